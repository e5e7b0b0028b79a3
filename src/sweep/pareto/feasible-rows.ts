/** Which rows of a batch are results: those that did not fail and violate no constraint; and how many each constraint rules out. */
import type { RowBatch } from '../rows/row-batch.js';

export interface FeasibleRows {
  /** Ascending. */
  readonly rows: Int32Array;
  /** How many rows that did not fail violate each of the first 31 constraints, and how many violate it alone. */
  readonly violated: Float64Array;
  readonly violatedAlone: Float64Array;
}

const mostConstraints = 31;

export function feasibleRows({ length, violated: flags, errors }: RowBatch): FeasibleRows {
  const rows = new Int32Array(length);
  const violated = new Float64Array(mostConstraints);
  const violatedAlone = new Float64Array(mostConstraints);
  let count = 0;
  for (let row = 0; row < length; row++) {
    if (errors.size > 0 && errors.has(row)) continue;
    const flag = flags[row]!;
    if (flag === 0) {
      rows[count++] = row;
      continue;
    }
    for (let rest = flag; rest !== 0; rest &= rest - 1) violated[31 - Math.clz32(rest & -rest)]!++;
    if ((flag & (flag - 1)) === 0) violatedAlone[31 - Math.clz32(flag)]!++;
  }
  return { rows: rows.subarray(0, count), violated, violatedAlone };
}
