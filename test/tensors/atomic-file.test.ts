import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LowbitError } from '../../src/lowbit-error.js';
import { writeFileAtomically } from '../../src/tensors/atomic-file.js';
import { temporaryFolder } from './temporary-folder.js';

const root = temporaryFolder();
let count = 0;
function freshFolder(): string {
  const folder = join(root, `f${count++}`);
  mkdirSync(folder);
  return folder;
}

describe('writeFileAtomically', () => {
  it('writes text, bytes and streams of bytes as they are', async () => {
    const folder = freshFolder();
    await writeFileAtomically(join(folder, 'text'), 'grüße\n');
    await writeFileAtomically(join(folder, 'bytes'), Uint8Array.of(0, 255, 7));
    await writeFileAtomically(join(folder, 'stream'), [Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3)]);
    expect(readFileSync(join(folder, 'text'), 'utf8')).toBe('grüße\n');
    expect([...readFileSync(join(folder, 'bytes'))]).toEqual([0, 255, 7]);
    expect([...readFileSync(join(folder, 'stream'))]).toEqual([1, 2, 3]);
    expect(readdirSync(folder).sort()).toEqual(['bytes', 'stream', 'text']);
  });

  it('shows the old file until the new one is whole', async () => {
    const path = join(freshFolder(), 'a');
    writeFileSync(path, 'old');
    await writeFileAtomically(path, watching(path));
    expect(readFileSync(path, 'utf8')).toBe('new');
    function* watching(of: string): Generator<Uint8Array> {
      yield Buffer.from('ne');
      expect(readFileSync(of, 'utf8')).toBe('old');
      yield Buffer.from('w');
      expect(readFileSync(of, 'utf8')).toBe('old');
    }
  });

  it('leaves the old file and no temporary behind when the data fail half-way', async () => {
    const folder = freshFolder();
    const path = join(folder, 'a');
    writeFileSync(path, 'old');
    await expect(writeFileAtomically(path, failing())).rejects.toThrow('no more data');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['a']);
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(new Uint8Array(100_000));
      throw new Error('no more data');
    }
  });

  it('lets several writers of one path finish, one of them last', async () => {
    const folder = freshFolder();
    const path = join(folder, 'a');
    const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(5000));
    await Promise.all(texts.map((text) => writeFileAtomically(path, text)));
    expect(texts).toContain(readFileSync(path, 'utf8'));
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('keeps the permissions of the file it replaces, and a symbolic link a link', async () => {
    const folder = freshFolder();
    const path = join(folder, 'a');
    const link = join(folder, 'link');
    writeFileSync(path, 'old');
    chmodSync(path, 0o640);
    symlinkSync(path, link);
    await writeFileAtomically(link, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it('says which folder is missing and what to do', async () => {
    const path = join(root, 'nowhere', 'a.json');
    await expect(writeFileAtomically(path, 'x')).rejects.toThrow(LowbitError);
    await expect(writeFileAtomically(path, 'x')).rejects.toThrow(
      /cannot write .*nowhere.a\.json: no such file or folder.*create the folder/,
    );
  });

  it('refuses to replace a folder', async () => {
    await expect(writeFileAtomically(root, 'x')).rejects.toThrow(/cannot write .*it is a folder/);
  });

  it.skipIf(!existsSync('/dev/full'))('reports a full device, and never renames over a device', async () => {
    const before = statSync('/dev/full');
    await expect(writeFileAtomically('/dev/full', 'x')).rejects.toThrow(/no space left on the device.*free some space/);
    await writeFileAtomically('/dev/null', 'x');
    expect(statSync('/dev/full').ino).toBe(before.ino);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});
