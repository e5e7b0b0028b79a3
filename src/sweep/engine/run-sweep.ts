/**
 * Runs a sweep: claims the folder, hands parts to workers, adds their summaries in order and writes the rows. What is simulated is on disk part by part, so a
 * run that is killed, stopped or fails goes on with `resume` where it was, and ends in the same bytes; so do any number of workers and shards.
 */
import { toolVersion } from '../../config/tool-version.js';
import { LowbitError } from '../../lowbit-error.js';
import { openActivityCache } from '../evaluate/activity-cache/open-activity-cache.js';
import { spaceOf } from '../plan/space.js';
import { sequenceStrategies, type SweepPlan } from '../plan/sweep-plan.js';
import { sequenceOf } from '../search/index.js';
import { lockFolder } from '../store/folder-lock.js';
import { claimFolder, refuseReports, type Manifest } from '../store/manifest.js';
import { partFormat, type PartFormat } from '../store/part-format.js';
import { isOfShard, removeShardMarker, type Shard } from '../store/shard-marker.js';
import { makeSweepFolder, removeTemporaries } from '../store/sweep-folder.js';
import type { Simulated, SweepRun } from './conclude.js';
import { takenParts, type Course } from './course.js';
import { askParts, cutSequence, isClosedForm } from './part-sizes.js';
import type { Progress } from './progress.js';
import type { RowFiles } from './row-files.js';
import { runSearch } from './search-run.js';
import { ownParts, ownPositions, runSequence, type CutSequence } from './sequence-run.js';
import { startWorkers, type WorkerOptions, type Workers } from './worker-pool.js';

export type { SweepRun } from './conclude.js';

/** How a sweep is run: threads, files of rows, stopping, progress. */
export interface RunOptions extends WorkerOptions {
  /**
   * Workers that were started before the plan was read; they end with the run.
   * @internal
   */
  readonly workers?: Workers;
  readonly rowFiles?: RowFiles;
  /** Stops the run; what is finished stays, and the result says that it is not complete. */
  readonly signal?: AbortSignal;
  /** Told at most ten times a second, and at the end. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Where a sweep is run, and what of it. */
export interface SweepOptions extends RunOptions {
  /** Folder of the sweep. */
  readonly out: string;
  /** For sweep.json; default: that of this package. */
  readonly toolVersion?: string;
  /** Go on in a folder that holds parts of this sweep. */
  readonly resume?: boolean;
  readonly shard?: Shard;
  /** Keep results of layers for later sweeps and take those of earlier ones. */
  readonly cache?: boolean;
}

/**
 * Runs a sweep in a folder. Throws LowbitError when the folder cannot be taken or written, or the strategy cannot be cut into shards;
 * finished parts stay.
 */
export async function runSweep(plan: SweepPlan, options: SweepOptions): Promise<SweepRun> {
  const { out, shard, resume = false } = options;
  if (shard !== undefined) checkShard(plan, shard);
  const format = partFormat(plan);
  const sequence = cutPlan(plan, shard);
  const own = sequence?.own ?? ((): boolean => true);
  refuseReports(out);
  makeSweepFolder(out);
  const lock = lockFolder(out, shard);
  try {
    await claimFolder(out, { manifest: manifestOf(format, sequence, options), resume, own });
    removeTemporaries(out, own, shard === undefined);
    if (shard !== undefined) removeShardMarker(out, shard);
    const simulated = await simulate(plan, sequence, options).catch(withResume);
    if (simulated.stopped) removeTemporaries(out, own, shard === undefined);
    const { conclude } = await import('./conclude.js');
    const run = await conclude({ format, dir: out, ...simulated }, options).catch(withResume);
    return { ...run, notes: [...lock.notes, ...run.notes] };
  } finally {
    lock.release();
  }
}

/** Runs the parts on a pool that ends with them; what workers learned of layers is kept for later sweeps. */
async function simulate(plan: SweepPlan, sequence: CutSequence | undefined, options: SweepOptions): Promise<Simulated> {
  const space = spaceOf(plan);
  const total = sequence === undefined ? (plan.strategy.evaluations ?? space.size) : ownPositions(sequence);
  const taken = takenParts(plan, total, options.onProgress);
  const known = isClosedForm(plan) ? undefined : await openActivityCache({ enabled: options.cache ?? true });
  const notes = [...(known?.notes ?? [])];
  const setup = { plan, dir: options.out, ...(known === undefined ? {} : { activityTable: known.table }) };
  const workers = options.workers ?? startWorkers(options);
  const pool = workers.serve(setup, partsAtOnce(sequence));
  const course: Course = { plan, space, pool, mode: options.resume === true ? 'resume' : 'write', signal: options.signal, taken };
  try {
    const ended = await (sequence === undefined ? runSearch(course) : runSequence(course, sequence));
    return { taken, stopped: ended === 'stopped', notes };
  } finally {
    await workers.close();
    if (known !== undefined) for (const note of await known.save()) notes.push(note);
  }
}

/** The positions of a sequence strategy and the parts of this run; undefined for a search. */
export function cutPlan(plan: SweepPlan, shard: Shard | undefined): CutSequence | undefined {
  if (!sequenceStrategies.includes(plan.strategy.name)) return undefined;
  const sequence = sequenceOf(plan, spaceOf(plan));
  const own = shard === undefined ? (): boolean => true : (part: number): boolean => isOfShard(part, shard);
  return { sequence, cut: cutSequence(plan, sequence.length), own };
}

/** Parts there can be at once: more workers than that are not started. */
export function partsAtOnce(sequence: CutSequence | undefined): number {
  return sequence === undefined ? askParts : ownParts(sequence);
}

function checkShard({ strategy }: SweepPlan, { index, count }: Shard): void {
  if (!sequenceStrategies.includes(strategy.name)) {
    throw new LowbitError(`the search ${strategy.name} cannot be cut into shards: what it asks next depends on every answer so far`, {
      remedy: `run it without --shard, or take one of the strategies ${sequenceStrategies.join(', ')}`,
    });
  }
  if (!Number.isInteger(index) || !Number.isInteger(count) || index < 1 || index > count) {
    throw new LowbitError('not a shard', { value: `${index}/${count}`, remedy: 'give --shard i/n with i from 1 to n' });
  }
}

function manifestOf({ plan, hash }: PartFormat, sequence: CutSequence | undefined, options: SweepOptions): Manifest {
  return {
    schemaVersion: 1,
    tool: { name: 'lowbit', version: options.toolVersion ?? toolVersion() },
    planHash: hash,
    parts: sequence === undefined ? null : { count: sequence.cut.count, points: sequence.cut.points },
    shards: options.shard?.count ?? null,
    plan,
  };
}

/** Errors of files while a sweep is under way: what is finished is not lost. */
function withResume(error: unknown): never {
  if (!(error instanceof LowbitError)) throw error;
  const first = error.details.remedy === undefined ? '' : `${error.details.remedy}; `;
  throw new LowbitError(error.what, { ...error.details, remedy: `${first}finished parts stay: go on with --resume` });
}
