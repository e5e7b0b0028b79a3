/** Does the built program take every quantizer through `quantize` and every shipped scheme through `simulate --scheme`? */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { quantizerNamed, quantizers } from '../../src/quantizers/index.js';
import { schemeNames } from '../trace/catalogue.js';

const root = resolve(import.meta.dirname, '../..');
const TOGETHER = 2;

/** What a run refuses, or nothing. */
async function refusal(words: readonly string[]): Promise<string | undefined> {
  try {
    await promisify(execFile)(process.execPath, [resolve(root, 'dist/program/main.js'), ...words, '--json', '--quiet'], {
      cwd: tmpdir(),
      maxBuffer: 2 ** 28,
    });
    return undefined;
  } catch (error) {
    return (error as { stderr?: string }).stderr ?? String(error);
  }
}

async function refusals(runs: ReadonlyMap<string, readonly string[]>): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const waiting = [...runs];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const text = await refusal(next[1]);
      if (text !== undefined) found[next[0]] = text;
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, lane));
  return found;
}

/** Refused, with the reason: none. */
const EXPECTED: Readonly<Record<string, string>> = {};

describe('the program as built', () => {
  it('simulates every shipped scheme', { timeout: 600_000 }, async () => {
    const words = ['simulate', '--hw', 'fp16', '--model', 'tiny', '--phase', 'decode', '--context', '64', '--scheme'];
    expect(await refusals(new Map(schemeNames.map((name) => [name, [...words, name]])))).toEqual(EXPECTED);
  });

  it('quantizes a matrix with every quantizer', { timeout: 600_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'every-method-'));
    const text = join(folder, 'text.txt');
    writeFileSync(text, readFileSync(resolve(root, 'models/tiny/calibration.txt'), 'latin1').slice(0, 4096), 'latin1');
    const calibration = ['--calibration', text];
    const words = ['quantize', resolve(root, 'models/tiny'), '--tensor', 'model.layers.0.self_attn.k_proj.weight', '--quantizer'];
    const runs = Object.keys(quantizers).map(
      (name) => [name, [...words, name, ...(quantizerNamed(name).needs === undefined ? [] : calibration)]] as const,
    );
    expect(await refusals(new Map(runs))).toEqual(EXPECTED);
    rmSync(folder, { recursive: true });
  });
});
