/**
 * What follows from the parts of a run: files of rows or the marker of a shard, the result with its remarks, and how the run ended. Loaded while
 * parts are computed, for no part waits for it.
 */
import { writeShardMarker, type Shard } from '../store/shard-marker.js';
import type { PartFormat } from '../store/part-format.js';
import type { SweepResult } from '../sweep-result.js';
import { lostNote, type LostPart, type Taken } from './course.js';
import { withRemarks } from './remarks.js';
import { writeRowFiles, type RowFiles } from './row-files.js';

/** What came of a run. */
export interface SweepRun {
  /** Of the rows that are there; of a shard, of its own. */
  readonly result: SweepResult;
  /** `shard`: the shard is complete; `parts-lost`: all others are there. */
  readonly ending: 'complete' | 'shard' | 'interrupted' | 'parts-lost';
  readonly lost: readonly LostPart[];
  /** Names in the folder. */
  readonly rowFiles: readonly string[];
  /** What to tell whoever runs it; no part of the result, which is the same everywhere. */
  readonly notes: readonly string[];
}

/** A run whose last part is there, or that was stopped. */
export interface Simulated {
  readonly taken: Taken;
  readonly stopped: boolean;
  readonly notes: readonly string[];
}

interface Conclusion extends Simulated {
  readonly format: PartFormat;
  readonly dir: string;
}

/** Writes what follows from the parts that are there, and says how the run ended. */
export async function conclude(
  { format, dir, taken, stopped, notes }: Conclusion,
  { shard, rowFiles = 'small' }: { readonly shard?: Shard; readonly rowFiles?: RowFiles },
): Promise<SweepRun> {
  const { lost, parts } = taken;
  const rows = taken.rows();
  const whole = !stopped && lost.length === 0;
  const sentences = lost.map(lostNote);
  if (shard !== undefined) {
    if (whole) await writeShardMarker(dir, { planHash: format.hash, shard, parts: parts.length, rows });
    sentences.push(`shard ${shard.index} of ${shard.count}: \`lowbit sweep merge ${dir}\` makes one of all`);
  }
  const files = shard === undefined ? await writeRowFiles(format, dir, { parts, rows }, rowFiles) : [];
  const merged = taken.merger.result({ complete: whole && shard === undefined, notes: sentences, rungPoints: taken.rungPoints });
  // A shard is read by its merge alone.
  const result = shard === undefined ? withRemarks(format.plan, merged) : merged;
  const unfinished = stopped ? 'interrupted' : 'parts-lost';
  return { result, ending: whole ? (shard === undefined ? 'complete' : 'shard') : unfinished, lost, rowFiles: files, notes };
}
