/**
 * The linear relaxation of the multiple-choice knapsack, solved exactly: only options on the lower convex hull of (cost, error) of an item
 * can be in it, and taking the steps along all hulls by falling gain per cost until one no longer fits is its optimum (Sinha and Zoltners,
 * Operations Research 27(3), 1979). The gain per cost of that step is the price lambda of a unit of cost, and
 *   sum over items of min over options (error + lambda cost) - lambda budget
 * is the Lagrangian bound: no choice within the budget errs less.
 */
import type { EfficientOptions } from './efficient-options.js';

/** From one vertex of the hull of an item to the next dearer one. */
export interface HullStep {
  readonly item: number;
  /** Places within the efficient options of the item. */
  readonly from: number;
  readonly to: number;
  /** By how much the error falls. */
  readonly gain: number;
  readonly extraCost: number;
}

/** Steps of all items by falling gain per cost; those of one item stay in their order. */
export function hullSteps(efficient: readonly EfficientOptions[]): HullStep[] {
  const steps = efficient.flatMap((options, item) => stepsOfItem(options, item));
  return steps
    .map((step, place) => ({ step, place, rate: step.gain / step.extraCost }))
    .sort((a, b) => b.rate - a.rate || a.place - b.place)
    .map(({ step }) => step);
}

function stepsOfItem({ cost, error }: EfficientOptions, item: number): HullStep[] {
  const vertices: number[] = [];
  for (let place = 0; place < cost.length; place++) {
    while (vertices.length > 1 && !isConvex(vertices.at(-2)!, vertices.at(-1)!, place)) vertices.pop();
    vertices.push(place);
  }
  return vertices.slice(1).map((to, i) => {
    const from = vertices[i]!;
    return { item, from, to, gain: error[from]! - error[to]!, extraCost: cost[to]! - cost[from]! };
  });

  function isConvex(a: number, b: number, c: number): boolean {
    return (error[a]! - error[b]!) * (cost[c]! - cost[b]!) > (error[b]! - error[c]!) * (cost[b]! - cost[a]!);
  }
}

export interface Relaxation {
  /** Error per unit of cost that the last unit of the budget is worth; 0 when all steps fit. */
  readonly price: number;
  /** No choice within the budget has a smaller error. */
  readonly bound: number;
  /** Least of error + price * cost over the options of each item. */
  readonly least: Float64Array;
}

/** The relaxation of items that each have at least one option, under a budget the cheapest choice fits into. */
export function relaxation(efficient: readonly EfficientOptions[], steps: readonly HullStep[], budget: number): Relaxation {
  let left = efficient.reduce((rest, { cost }) => rest - cost[0]!, budget);
  let price = 0;
  for (const { gain, extraCost } of steps) {
    if (extraCost > left) {
      price = gain / extraCost;
      break;
    }
    left -= extraCost;
  }
  const least = Float64Array.from(efficient, ({ cost, error }) =>
    error.reduce((best, value, place) => Math.min(best, value + price * cost[place]!), Infinity),
  );
  return { price, bound: least.reduce((sum, value) => sum + value, 0) - price * budget, least };
}
