/** Commands named as those of Slurm that note what they are asked and answer from files: for what a submission says, without a Slurm. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface FakeSlurm {
  readonly environment: NodeJS.ProcessEnv;
  /** A new folder with blanks, quotes and a dollar in its name. */
  readonly folder: string;
  /** Lines squeue answers with: `job|task|state|reason`. */
  queue(...lines: string[]): void;
  /** From now on sbatch refuses with these words. */
  refuse(words: string): void;
  /** From now on sbatch finds no configuration. */
  lose(): void;
  /** Command lines so far, the working folder in front. */
  calls(): string[];
}

export function fakeSlurm(): FakeSlurm {
  const root = mkdtempSync(join(tmpdir(), 'lowbit-fake-slurm-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, `it's a "sweep" of $HOME`);
  const bin = join(root, 'bin');
  for (const path of [folder, bin]) mkdirSync(path);
  const log = join(root, 'calls');
  writeFileSync(join(root, 'queue'), '');
  command(bin, 'sbatch', [
    `if [ "$1" = --version ]; then [ ! -e ${root}/lost ] && exit 0; echo 'sbatch: fatal: Could not establish a configuration source' >&2; exit 1; fi`,
    `echo "$PWD: sbatch $*" >> ${log}`,
    `if [ -e ${root}/refuse ]; then cat ${root}/refuse >&2; exit 1; fi`,
    `echo $((100 + $(grep -c ': sbatch' ${log})))`,
  ]);
  command(bin, 'squeue', [`cat ${root}/queue`]);
  command(bin, 'scancel', [`echo "$PWD: scancel $*" >> ${log}`]);
  return {
    environment: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` },
    folder,
    queue: (...lines) => writeFileSync(join(root, 'queue'), lines.map((line) => `${line}\n`).join('')),
    refuse: (words) => writeFileSync(join(root, 'refuse'), words),
    lose: () => writeFileSync(join(root, 'lost'), ''),
    calls: () => (existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []),
  };
}

function command(bin: string, name: string, lines: readonly string[]): void {
  writeFileSync(join(bin, name), ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
}
