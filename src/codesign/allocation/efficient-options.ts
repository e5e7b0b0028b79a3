/**
 * Dominated options pruned: one that costs no less and errs no less than another of the same item is in no better choice, so dropping it is exact.
 * What is left of an item stands by rising cost with strictly falling error. Of equal pairs the one named first stays.
 */
import { isUsable, type AllocationProblem } from './allocation-problem.js';

/** Options of one item that no other beats. */
export interface EfficientOptions {
  /** Indices into the options of the problem. */
  readonly option: Int32Array;
  /** Rising. */
  readonly cost: Float64Array;
  /** Falling. */
  readonly error: Float64Array;
}

/** Those of every item; an item without a usable option has none. */
export function efficientOptions(problem: AllocationProblem): EfficientOptions[] {
  return problem.items.map((_, item) => efficientOptionsOf(problem, item));
}

function efficientOptionsOf(problem: AllocationProblem, item: number): EfficientOptions {
  const count = problem.options.length;
  const error = problem.error.subarray(item * count, (item + 1) * count);
  const cost = problem.cost.subarray(item * count, (item + 1) * count);
  const usable = [...error.keys()].filter((option) => isUsable(problem, item, option));
  usable.sort((a, b) => cost[a]! - cost[b]! || error[a]! - error[b]! || a - b);
  const kept: number[] = [];
  for (const option of usable) if (kept.length === 0 || error[option]! < error[kept.at(-1)!]!) kept.push(option);
  return {
    option: Int32Array.from(kept),
    cost: Float64Array.from(kept, (option) => cost[option]!),
    error: Float64Array.from(kept, (option) => error[option]!),
  };
}
