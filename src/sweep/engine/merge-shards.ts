/**
 * Joins the shards of a sweep: checks that all are done and of one plan, reads every part once more (in the pool), and writes the files a single run
 * would have written, byte for byte. Nothing is simulated: a part that is missing or damaged is the shard's to mend.
 */
import { LowbitError } from '../../lowbit-error.js';
import { spaceOf } from '../plan/space.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import { lockFolder } from '../store/folder-lock.js';
import { readManifest } from '../store/manifest.js';
import { partFormat } from '../store/part-format.js';
import { checkShards } from '../store/shard-marker.js';
import { partPath, removeTemporaries } from '../store/sweep-folder.js';
import { conclude, type SweepRun } from './conclude.js';
import { takenParts, type Course } from './course.js';
import { cutPlan, partsAtOnce, type RunOptions } from './run-sweep.js';
import { ownPositions, runSequence, type CutSequence } from './sequence-run.js';
import { startWorkers } from './worker-pool.js';

/** Throws LowbitError: not a sweep in shards, shards missing or of another sweep, parts missing or damaged; each with the command that mends it. */
export async function mergeShards(dir: string, options: RunOptions = {}): Promise<SweepRun> {
  const { plan, planHash, shards } = readManifest(dir);
  const sequence = cutPlan(plan, undefined);
  if (shards === null || sequence === undefined) {
    throw new LowbitError('the sweep in this folder is not cut into shards', {
      place: dir,
      remedy: 'there is nothing to merge; `lowbit sweep FILE --resume --out` goes on with it',
    });
  }
  checkShards(dir, shards, planHash);
  const lock = lockFolder(dir, undefined);
  try {
    return await joinParts({ dir, plan, shards, sequence }, options);
  } finally {
    lock.release();
  }
}

interface Join {
  readonly dir: string;
  readonly plan: SweepPlan;
  readonly shards: number;
  readonly sequence: CutSequence;
}

async function joinParts({ dir, plan, shards, sequence }: Join, options: RunOptions): Promise<SweepRun> {
  removeTemporaries(dir, () => true, true);
  const format = partFormat(plan);
  const taken = takenParts(plan, ownPositions(sequence), options.onProgress);
  const workers = options.workers ?? startWorkers(options);
  const pool = workers.serve({ plan, dir }, partsAtOnce(sequence));
  const course: Course = { plan, space: spaceOf(plan), pool, mode: 'read', signal: options.signal, taken };
  const ended = await runSequence(course, sequence).finally(() => workers.close());
  refuseUnusable(dir, shards, taken.unusable);
  return conclude({ format, dir, taken, stopped: ended === 'stopped', notes: [] }, options);
}

function refuseUnusable(dir: string, shards: number, unusable: Course['taken']['unusable']): void {
  const [first] = unusable;
  if (first === undefined) return;
  const owners = [...new Set(unusable.map(({ part }) => (part % shards) + 1))].sort((a, b) => a - b);
  const commands = owners.map((index) => `--shard ${index}/${shards}`).join(', then ');
  throw new LowbitError(`${unusable.length} ${unusable.length === 1 ? 'part' : 'parts'} cannot be used, part ${first.part}: ${first.why}`, {
    place: partPath(dir, first.part),
    remedy: `run \`lowbit sweep FILE --resume --out ${dir}\` with ${commands}`,
  });
}
