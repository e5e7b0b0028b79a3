/**
 * What is left of a multiple-choice knapsack after pruning, in units of the distance between a known choice (upper bound U) and its bound (L):
 *   minimise sum penalty + slack,   slack = (room - sum extra) unit >= 0
 * penalty of an option = (its error + price * its cost - least of the same over the item) / (U - L), unit = price / (U - L). A choice better than
 * the known one has an objective below 1, whatever the units of the problem are. Solvers: state-lists.ts and highs-knapsack.ts.
 */
import type { EfficientOptions } from './efficient-options.js';
import type { Relaxation } from './lower-hull.js';

export interface KnapsackCore {
  /** Items with at least two options left, as indices into those of the problem. */
  readonly open: readonly number[];
  readonly options: readonly CoreOptions[];
  /** Budget less the cheapest option left of every item. */
  readonly room: number;
  /** What a unit of cost is worth. */
  readonly unit: number;
}

/** Options left of one item, by rising cost. */
export interface CoreOptions {
  /** Cost above the cheapest left. */
  readonly extra: Float64Array;
  /** At least one of them 0. */
  readonly penalty: Float64Array;
}

/** The core of `left`, options that a better choice than the known one may take. */
export function knapsackCore(
  left: readonly EfficientOptions[],
  budget: number,
  { price, least }: Relaxation,
  distance: number,
): KnapsackCore {
  const open = [...left.keys()].filter((item) => left[item]!.option.length > 1);
  return {
    open,
    // The option of least error + price * cost is never dropped: decided items have no penalty.
    options: open.map((item) => {
      const { cost, error } = left[item]!;
      return {
        extra: cost.map((value) => value - cost[0]!),
        penalty: cost.map((value, place) => (error[place]! + price * value - least[item]!) / distance),
      };
    }),
    room: left.reduce((rest, { cost }) => rest - cost[0]!, budget),
    unit: price / distance,
  };
}
