/** What dominates a point: the feasible rows that are nowhere worse than given objective values and better in one, and by how much in each. */
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { RowBatch } from '../rows/row-batch.js';
import { feasibleRows } from './feasible-rows.js';
import { signsOf } from './minimised.js';

export interface Dominators {
  /** Rows of the batch, ascending. */
  readonly rows: Int32Array;
  /** `gains[i * objectives + o]`: how much better the row is in that objective, in its unit, at least 0. */
  readonly gains: Float64Array;
}

/** `target`: the objectives of the point as written, in the order of the plan. Nothing dominates a point with an unknown objective, nor is such a row found. */
export function dominators(plan: SweepPlan, batch: RowBatch, target: ArrayLike<number>): Dominators {
  const signs = signsOf(plan.objectives);
  const rows = feasibleRows(batch).rows.filter((row) => {
    let better = false;
    for (const [o, sign] of signs.entries()) {
      const [own, rival] = [sign * target[o]!, sign * batch.objectives[o]![row]!];
      // Written so that NaN on either side fails.
      if (!(rival <= own)) return false;
      if (rival < own) better = true;
    }
    return better;
  });
  const gains = new Float64Array(rows.length * signs.length);
  for (const [i, row] of rows.entries()) {
    for (const [o, sign] of signs.entries()) {
      const [own, rival] = [target[o]!, batch.objectives[o]![row]!];
      gains[i * signs.length + o] = sign > 0 ? own - rival : rival - own;
    }
  }
  return { rows, gains };
}
