/** `lowbit sweep FILE` and `lowbit sweep merge DIR`: runs the engine, shows how far it is, and writes and prints what came of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LowbitError } from '../../lowbit-error.js';
import { spaceOf } from '../../sweep/plan/space.js';
import type { SweepPlan } from '../../sweep/plan/sweep-plan.js';
import type { RunOptions, SweepOptions, SweepRun } from '../../sweep/engine/run-sweep.js';
import type { Workers } from '../../sweep/engine/worker-pool.js';
import { readManifest } from '../../sweep/store/manifest.js';
import { repeated, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { toolVersion } from '../../config/tool-version.js';
import { readyFolder } from './output-folder.js';
import { note } from './present.js';
import { stopOnSignal } from './sweep-interrupt.js';
import type { SweepRunContext } from './sweep-outcome.js';
import { progressLine } from './sweep-progress.js';

/** More points than this are kept: they take long enough that losing them would hurt. */
const MOST_WITHOUT_FOLDER = 100_000;

/** `workers`: started already, so that they load what they need while the plan is read. */
export async function runSweepFile(args: Arguments, file: string, workers: Workers): Promise<void> {
  const shard = shardOf(args);
  const settings = { ...runSettings(args), workers };
  const out = single('out', args['out']);
  const plan = await readPlan(args, file);
  const stored = { ...settings, toolVersion: toolVersion(), resume: args['resume'] === true, ...(shard === undefined ? {} : { shard }) };
  if (out === undefined) return runInPassing(args, plan, stored);
  readyFolder(out);
  const { runSweep } = await import('../../sweep/engine/run-sweep.js');
  const again = ['lowbit', 'sweep', file, ...againWords(args), '--out', out, '--resume'];
  await underSignals(args, { plan, dir: out, kept: true, again, shard }, (options) => runSweep(plan, { ...stored, ...options, out }));
}

/** The plan of a sweep file as the command line changes it. */
export async function readPlan(args: Arguments, file: string): Promise<SweepPlan> {
  const seed = seedOf(args);
  const { readSweep } = await import('../../sweep/plan/read-sweep.js');
  return readSweep(file, { set: repeated(args['set']), ...(seed === undefined ? {} : { seed }) });
}

export async function mergeSweep(args: Arguments, dir: string, workers: Workers): Promise<void> {
  const settings = { ...runSettings(args), workers };
  const { plan } = readManifest(dir);
  readyFolder(dir);
  const { mergeShards } = await import('../../sweep/engine/merge-shards.js');
  const again = ['lowbit', 'sweep', 'merge', dir];
  await underSignals(args, { plan, dir, kept: true, again, merging: true }, (options) => mergeShards(dir, { ...settings, ...options }));
}

/** Without `--out`: in a folder that is gone when the process ends. */
async function runInPassing(args: Arguments, plan: SweepPlan, settings: Omit<SweepOptions, 'out'>): Promise<void> {
  for (const option of ['resume', 'shard', 'png', 'rows']) {
    if (args[option] !== undefined) throw new LowbitError(`--${option} needs --out`, { remedy: 'add --out DIR, the folder of the sweep' });
  }
  const points = plan.strategy.evaluations ?? spaceOf(plan).size;
  if (points >= MOST_WITHOUT_FOLDER) {
    throw new LowbitError(`a sweep of ${points} points needs --out`, {
      remedy: 'add --out DIR: what is finished is kept there, and --resume goes on with it',
    });
  }
  const dir = mkdtempSync(join(tmpdir(), 'lowbit-sweep-'));
  process.once('exit', () => {
    rmSync(dir, { recursive: true, force: true });
  });
  const { runSweep } = await import('../../sweep/engine/run-sweep.js');
  await underSignals(args, { plan, dir, kept: false, again: undefined }, (options) =>
    runSweep(plan, { ...settings, ...options, rowFiles: 'never', out: dir }),
  );
  note(args, ['rows and page were not kept; --out DIR keeps them']);
}

async function underSignals(
  args: Arguments,
  context: SweepRunContext,
  work: (options: Pick<RunOptions, 'signal' | 'onProgress'>) => Promise<SweepRun>,
): Promise<void> {
  const stop = stopOnSignal(args);
  const line = progressLine(args);
  let ending: Promise<void> | undefined;
  let run: SweepRun;
  try {
    run = await work({
      signal: stop.signal,
      onProgress(progress) {
        line.show(progress);
        // Neither before the first rows are there nor after the last: workers compute now.
        ending ??= loadEnding(context);
      },
    });
  } finally {
    line.clear();
  }
  note(args, run.notes);
  await (ending ?? loadEnding(context));
  const { finishSweep } = await import('./sweep-outcome.js');
  await finishSweep(args, { ...context, run, interruptedBy: stop.received() });
}

/** The code that ends a sweep, with that of its page where it gets one. */
async function loadEnding({ kept, shard }: SweepRunContext): Promise<void> {
  if (kept && shard === undefined) {
    await Promise.all([import('../../report/report.js'), import('../../report/report-model.js'), import('./page-scripts.js')]);
    const { chartLibraries } = await import('../../report/browser-builds.js');
    chartLibraries();
  }
  await import('../../sweep/engine/conclude.js');
  await import('./sweep-outcome.js');
}

function runSettings(args: Arguments): RunOptions & Pick<SweepOptions, 'cache'> {
  const rows = single('rows', args['rows']);
  if (rows !== undefined && rows !== 'always' && rows !== 'never') {
    throw new LowbitError('--rows takes a word', { value: rows, allowed: ['always', 'never'], remedy: 'rows.parquet is always written' });
  }
  return {
    cache: args['cache'] !== false,
    ...(rows === undefined ? {} : { rowFiles: rows }),
  };
}

const LARGEST_SEED = 2 ** 32 - 1;

function seedOf(args: Arguments): number | undefined {
  const text = single('seed', args['seed']);
  if (text === undefined) return undefined;
  const seed = Number(text);
  if (text.trim() !== '' && Number.isInteger(seed) && seed >= 0 && seed <= LARGEST_SEED) return seed;
  throw new LowbitError(`--seed takes a whole number from 0 to ${LARGEST_SEED}`, { value: text, remedy: 'for example --seed 1' });
}

function shardOf(args: Arguments): { readonly index: number; readonly count: number } | undefined {
  const text = single('shard', args['shard']);
  if (text === undefined) return undefined;
  const [, i, n] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const [index, count] = [Number(i), Number(n)];
  if (i === undefined || index < 1 || index > count) {
    throw new LowbitError('--shard takes i/n with i from 1 to n', { value: text, remedy: 'for example --shard 2/8' });
  }
  return { index, count };
}

/** Options that make the sweep what it is, for the command that goes on with it. */
function againWords(args: Arguments): string[] {
  const seed = single('seed', args['seed']);
  const shard = single('shard', args['shard']);
  return [
    ...repeated(args['set']).flatMap((setting) => ['--set', setting]),
    ...(seed === undefined ? [] : ['--seed', seed]),
    ...(shard === undefined ? [] : ['--shard', shard]),
  ];
}
