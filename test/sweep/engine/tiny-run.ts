/** Runs tiny sweeps through the built engine: the pool needs compiled files. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SweepOptions, SweepRun } from '../../../src/sweep/engine/run-sweep.js';
import type { SweepPlan } from '../../../src/sweep/plan/sweep-plan.js';

const tinyWorker = new URL('./tiny-worker.mjs', import.meta.url);

const engine = (await import(new URL('../../../dist/sweep/engine/run-sweep.js', import.meta.url).href)) as {
  runSweep(plan: SweepPlan, options: SweepOptions): Promise<SweepRun>;
};
const merging = (await import(new URL('../../../dist/sweep/engine/merge-shards.js', import.meta.url).href)) as {
  mergeShards(dir: string, options: Partial<SweepOptions>): Promise<SweepRun>;
};

export const runTiny = (plan: SweepPlan, out: string, options: Partial<SweepOptions> = {}): Promise<SweepRun> =>
  engine.runSweep(plan, { out, toolVersion: '0.0.0', jobs: 2, cache: false, worker: tinyWorker, ...options });

export const mergeTiny = (dir: string, options: Partial<SweepOptions> = {}): Promise<SweepRun> =>
  merging.mergeShards(dir, { jobs: 2, worker: tinyWorker, ...options });

/** Every file below a folder with its content, by its path; those of `without` are left out. */
export function filesIn(dir: string, without: readonly string[] = []): Record<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path): [string, string] => [path.slice(dir.length + 1), readFileSync(path, 'base64')])
      .filter(([path]) => !without.some((start) => path.startsWith(start))),
  );
}

let folders = 0;
export function freshFolder(root: string): string {
  const dir = join(root, `run${folders++}`);
  mkdirSync(dir);
  return dir;
}
