/** The contenders among rows with bounds, each kind once, and no more than a sweep can carry. */
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { FrontRows } from '../rows/part-summary.js';
import { contenders } from './contenders.js';
import { distinctRows } from './distinct.js';
import { rowsUpTo } from './flat-points.js';
import { minimisedBounds, minimisedColumns, pick } from './front-rows.js';

/**
 * Contenders of rows that stand in the order of their points. Rows equal in objectives and bounds are one, the first. Of more than `most` those of the
 * lowest numbers are kept, and all that rule others out; `leftOut` counts what the others stand for.
 */
export function boundContenders(plan: SweepPlan, rows: FrontRows, most: number): { kept: FrontRows; leftOut: number } {
  const { low, high } = minimisedBounds(plan, rows);
  const { rows: found, strongest } = contenders(low, high, rowsUpTo(rows.points.length));
  const distinct = distinctRows([...minimisedColumns(plan, rows), ...low, ...high], found, rows.same);
  const kinds = Array.from(distinct.rows, (row, i) => ({ row, same: distinct.same[i]! })).sort((a, b) => a.row - b.row);
  const strong = new Set(strongest);
  const stays = (row: number, i: number): boolean => i < most || strong.has(row);
  const kept = kinds.filter(({ row }, i) => stays(row, i));
  const leftOut = kinds.reduce((count, { row, same }, i) => (stays(row, i) ? count : count + same), 0);
  return {
    kept: pick(
      rows,
      Int32Array.from(kept, ({ row }) => row),
      Float64Array.from(kept, ({ same }) => same),
    ),
    leftOut,
  };
}
