/** Which rows of a batch are results: those that did not fail and violate no constraint; and how many each constraint rules out, and why. */
import type { UnknownRows } from '../rows/part-summary.js';
import type { RowBatch } from '../rows/row-batch.js';

export interface FeasibleRows {
  /** Ascending. */
  readonly rows: Int32Array;
  /** How many rows that did not fail violate each of the first 31 constraints, and how many nothing else rules out. */
  readonly violated: Float64Array;
  readonly violatedAlone: Float64Array;
  /** Rows ruled out because the value of a constraint is unknown; not among the violated. */
  readonly unknown: UnknownRows;
}

const mostConstraints = 31;

export function feasibleRows({ length, points, violated: flags, unknown: doubts, errors }: RowBatch): FeasibleRows {
  const rows = new Int32Array(length);
  const violated = new Float64Array(mostConstraints);
  const violatedAlone = new Float64Array(mostConstraints);
  const unknown = noUnknownRows(mostConstraints);
  let count = 0;
  for (let row = 0; row < length; row++) {
    if (errors.size > 0 && errors.has(row)) continue;
    const flag = flags[row]!;
    if (flag === 0) {
      rows[count++] = row;
      continue;
    }
    const doubt = doubts[row]!;
    for (let rest = flag & ~doubt; rest !== 0; rest &= rest - 1) violated[lowestBit(rest)]!++;
    for (let rest = doubt; rest !== 0; rest &= rest - 1) countUnknown(unknown, lowestBit(rest), points[row]!);
    if (doubt === 0 && (flag & (flag - 1)) === 0) violatedAlone[lowestBit(flag)]!++;
  }
  return { rows: rows.subarray(0, count), violated, violatedAlone, unknown };
}

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);

export function noUnknownRows(length: number): UnknownRows {
  return { counts: new Float64Array(length), points: new Float64Array(length).fill(Infinity) };
}

export function countUnknown({ counts, points }: UnknownRows, i: number, point: number): void {
  counts[i]!++;
  if (point < points[i]!) points[i] = point;
}

/** Adds what was counted elsewhere. */
export function addUnknown(to: UnknownRows, more: UnknownRows): void {
  for (let i = 0; i < to.counts.length; i++) {
    to.counts[i]! += more.counts[i]!;
    to.points[i] = Math.min(to.points[i]!, more.points[i]!);
  }
}
