/** Do bytes come back from the spool as they went in, with no name left in the folder and a clear error where none can be made? */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSpool } from '../../src/tensors/spool-file.js';

const folder = mkdtempSync(join(tmpdir(), 'lowbit-spool-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a spool', () => {
  it('gives back every part, in any order and more than once, and leaves no file', () => {
    const spool = openSpool(join(folder, 'codes.safetensors'));
    const parts = [Uint8Array.of(1, 2, 3), new Uint8Array(0), new Uint8Array(100_000).fill(7), Uint8Array.of(9)];
    const readers = parts.map((part) => spool.add(part));
    expect(readdirSync(folder)).toEqual([]);
    for (const i of [3, 0, 2, 1, 0]) expect(readers[i]?.()).toEqual(parts[i]);
    spool.close();
  });

  it('names the file that was asked for when its folder takes none', () => {
    expect(() => openSpool('/proc/codes.safetensors')).toThrow(/cannot write.*\/proc\/codes\.safetensors/s);
  });

  it('serves a device from the folder of temporary files', () => {
    const spool = openSpool('/dev/null');
    expect(spool.add(Uint8Array.of(5))()).toEqual(Uint8Array.of(5));
    spool.close();
  });
});
