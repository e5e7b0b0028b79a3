/** The rows of a sweep, read back part by part, so that a million of them are never in memory at once. */
import { LowbitError } from '../../lowbit-error.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { RowBatch } from '../rows/row-batch.js';
import { decodeRows, readPart, type StoredPart } from './part-file.js';
import { partFormat, type PartFormat } from './part-format.js';
import { partPath, partsPresent } from './sweep-folder.js';

export type WholePart = Extract<StoredPart, { state: 'whole' }>;

/**
 * Rows of the last rung in order of parts. Parts that are damaged or belong to another sweep are left out, as they are when a sweep goes on. `counted` is told
 * of every whole part, also of a lower rung.
 */
export async function* readRows(
  dir: string,
  plan: SweepPlan,
  counted?: (part: { readonly rung: number; readonly rows: number }) => void,
): AsyncGenerator<RowBatch> {
  const format = partFormat(plan);
  for (const part of partsPresent(dir)) {
    const stored = readPart(format, part, partPath(dir, part));
    if (stored.state !== 'whole') continue;
    counted?.({ rung: stored.rung, rows: Number(stored.metadata.num_rows) });
    if (isResult(format, stored)) yield decodeRows(format, stored.bytes, stored.metadata);
  }
}

/** Parts that must be there, because they were written or read a moment ago; those of lower rungs are passed over. */
export function* resultParts(format: PartFormat, dir: string, parts: Iterable<number>): Generator<WholePart> {
  for (const part of parts) {
    const stored = readPart(format, part, partPath(dir, part));
    if (stored.state !== 'whole') {
      const why = stored.state === 'absent' ? 'it is gone' : stored.why;
      throw new LowbitError(`a part of the sweep is not what it was: ${why}`, {
        place: partPath(dir, part),
        remedy: 'run the sweep again with --resume: the part is simulated again',
      });
    }
    if (isResult(format, stored)) yield stored;
  }
}

/** Rows at a lower rung of the fidelity ladder guide the search and are no result. */
function isResult({ plan }: PartFormat, { rung }: WholePart): boolean {
  return rung === Math.max(0, plan.rungs.length - 1);
}
