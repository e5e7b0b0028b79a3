/** Runs the built command line as a user does. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The program as it was built. */
export const entry = resolve(import.meta.dirname, '../../dist/program/main.js');

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** One run of `lowbit` with these words; `cwd` defaults to a folder that is not the repository. */
export function lowbit(words: readonly string[], options: { readonly input?: string; readonly cwd?: string } = {}): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...words], {
    encoding: 'utf8',
    cwd: options.cwd ?? tmpdir(),
    maxBuffer: 2 ** 28,
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  return { code: status, out: stdout, err: stderr };
}

/** The JSON document a run prints, as the type the caller expects. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- a cast at every call would say less
export function lowbitJson<T>(words: readonly string[], options: Parameters<typeof lowbit>[1] = {}): T {
  const { code, out, err } = lowbit([...words, '--json'], options);
  if (code !== 0) throw new Error(`lowbit ${words.join(' ')} exited ${code}: ${err}`);
  return JSON.parse(out) as T;
}

export function scratchFolder(): string {
  return mkdtempSync(join(tmpdir(), 'lowbit-test-'));
}
