/** Which row of a sweep without a feasible one comes nearest to a constraint of the form `a <= b`: by the ratio of its two sides, so that no unit matters. */
import { percent } from '../../report/number-text.js';
import { runProgram } from '../../sweep/plan/run-program.js';
import type { ColumnProgram } from '../../sweep/plan/column-program.js';
import type { SweepPlan } from '../../sweep/plan/sweep-plan.js';
import type { RowBatch } from '../../sweep/rows/row-batch.js';
import { readRows } from '../../sweep/store/read-rows.js';

/** undefined: the constraint is no comparison, rows do not store what it reads, or no row has a positive ratio. */
export async function nearestMiss(dir: string, plan: SweepPlan, constraint: string): Promise<string | undefined> {
  const program = plan.constraints.find(({ text }) => text === constraint)?.program;
  const ratio = program === undefined ? undefined : ratioOf(program);
  if (ratio === undefined || !ratio.columns.every((name) => plan.columns.includes(name))) return undefined;
  let nearest = { point: 0, miss: Infinity };
  for await (const batch of readRows(dir, plan)) {
    for (const [row, value] of valuesOf(plan, batch, ratio).entries()) {
      // A ratio that is not positive says nothing, NaN neither.
      const miss = value > 0 ? Math.abs(value - 1) : Infinity;
      if (miss < nearest.miss) nearest = { point: batch.points[row] ?? 0, miss };
    }
  }
  return nearest.miss === Infinity ? undefined : `the nearest is point ${nearest.point}, ${missText(nearest.miss)} off`;
}

/** Per cent up to ten times the limit, above that a factor. */
const missText = (miss: number): string => (miss < 9 ? percent(miss) : `a factor ${(miss + 1).toPrecision(2)}`);

/** The two sides of a comparison as their ratio. */
function ratioOf({ steps, columns, axes }: ColumnProgram): ColumnProgram | undefined {
  const last = steps.at(-1);
  if (last === undefined || !('operation' in last) || !['<', '<=', '>', '>='].includes(last.operation)) return undefined;
  return { steps: [...steps.slice(0, -1), { operation: '/' }], columns, axes };
}

function valuesOf(plan: SweepPlan, batch: RowBatch, program: ColumnProgram): Float64Array {
  const column = (name: string): Float64Array => batch.columns[plan.columns.indexOf(name)] ?? new Float64Array(batch.length).fill(NaN);
  const axis = (name: string): Float64Array => {
    const a = plan.axes.findIndex((candidate) => candidate.name === name);
    return Float64Array.from(batch.axes[a] ?? [], (index) => Number(plan.axes[a]?.values[index] ?? NaN));
  };
  return runProgram(program, column, axis, batch.length);
}
