/**
 * RowBatch: many points with their results, in columns. What workers compute, what a part of a sweep stores and what fronts are made of.
 * Unknown and failed values are NaN, never 0.
 */
import type { SweepPlan } from '../plan/sweep-plan.js';

export interface RowBatch {
  readonly length: number;
  /** Number of the point in its space (space.ts). */
  readonly points: Float64Array;
  /** One column per axis of the plan: index of its value, -1 where a condition keeps the axis out. */
  readonly axes: readonly Int32Array[];
  /** One per name of `plan.columns`. */
  readonly columns: readonly Float64Array[];
  /** One per objective of the plan, as written (not turned for `maximize`). */
  readonly objectives: readonly Float64Array[];
  /** Low and high end of each objective; there when `plan.errorBars` is. */
  readonly bounds?: readonly { readonly low: Float64Array; readonly high: Float64Array }[];
  /** Constraints the point violates, bit i for constraint i of the plan (at most 31); 0: feasible. */
  readonly violated: Int32Array;
  /** Of those, the ones whose value is unknown, because something they read is; a failed row has none. */
  readonly unknown: Int32Array;
  /** Message by row for points that failed. */
  readonly errors: ReadonlyMap<number, string>;
}

/** Evaluates points of one plan. Made once per worker; keeps what points share. */
export interface Evaluator {
  /** Results of the points at a rung (default: the last). A point that fails is a row with its message; it never throws for one point. */
  evaluate(points: Float64Array, rung?: number): RowBatch;
}

/** Names of the stored columns in order: point, axes, result columns, objectives (and their bounds), violated, unknown, error. */
export function storedNames(plan: SweepPlan): string[] {
  const objectives = plan.objectives.flatMap(({ name }) => (plan.errorBars ? [name, `${name}_low`, `${name}_high`] : [name]));
  const columns = plan.columns.filter((name) => !objectives.includes(name));
  return ['point', ...plan.axes.map(({ name }) => name), ...columns, ...objectives, 'violated', 'unknown', 'error'];
}
