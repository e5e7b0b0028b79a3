/**
 * Greedy by marginal gain: from the cheapest option of every item, the step that lowers the error most per unit of cost, until none fits.
 * Steps go along the lower convex hull of each item (lower-hull.ts), so taking them in order of gain per cost is the same as looking for the
 * best step every time; one that does not fit is left out with those behind it. What is left of the budget goes to single exchanges, largest
 * gain first. Never worse than the bound of the linear relaxation by more than one step's gain. Source: textbook baseline.
 */
import { z } from 'zod';
import { allocationOf, type Allocation, type AllocationMethod, type AllocationProblem } from './allocation-problem.js';
import { efficientOptions, type EfficientOptions } from './efficient-options.js';
import { hullSteps, type HullStep } from './lower-hull.js';

export const greedy: AllocationMethod = {
  name: 'greedy',
  description: 'largest fall of the error per unit of cost first',
  source: 'baseline; Sinha and Zoltners, Operations Research 27(3), 1979, for the steps',
  modelVersion: 1,
  options: z.strictObject({}),
  needs: [],
  allocate(problem) {
    const efficient = efficientOptions(problem);
    return greedyAllocation(problem, efficient, hullSteps(efficient));
  },
};

/** The same from efficient options and steps that are known. */
export function greedyAllocation(
  problem: AllocationProblem,
  efficient: readonly EfficientOptions[],
  steps: readonly HullStep[],
): Allocation {
  const places = new Int32Array(efficient.length);
  let left = efficient.reduce((rest, { cost }) => rest - cost[0]!, problem.budget);
  for (const { item, from, to, extraCost } of steps) {
    if (places[item] !== from || extraCost > left) continue;
    places[item] = to;
    left -= extraCost;
  }
  fill(efficient, places, left);
  return withinBudget(problem, efficient, places);
}

/** Spends what is left on the exchange that lowers the error most, until none fits. */
function fill(efficient: readonly EfficientOptions[], places: Int32Array, budgetLeft: number): void {
  for (let left = budgetLeft; ;) {
    let best = { item: -1, to: 0, gain: 0 };
    for (const [item, { cost, error }] of efficient.entries()) {
      const place = places[item]!;
      let to = place;
      while (to + 1 < cost.length && cost[to + 1]! - cost[place]! <= left) to++;
      const gain = error[place]! - error[to]!;
      if (gain > best.gain) best = { item, to, gain };
    }
    if (best.item < 0) return;
    const { cost } = efficient[best.item]!;
    left -= cost[best.to]! - cost[places[best.item]!]!;
    places[best.item] = best.to;
  }
}

/** Sums in another order may round above the budget: the last such bit is given back by the cheapest step down. */
function withinBudget(problem: AllocationProblem, efficient: readonly EfficientOptions[], places: Int32Array): Allocation {
  for (;;) {
    const choice = Int32Array.from(places, (place, item) => efficient[item]!.option[place]!);
    const allocation = allocationOf(problem, choice);
    if (allocation.cost <= problem.budget) return allocation;
    let best = { item: -1, loss: Infinity };
    for (const [item, { error }] of efficient.entries()) {
      const place = places[item]!;
      const loss = place === 0 ? Infinity : error[place - 1]! - error[place]!;
      if (loss < best.loss) best = { item, loss };
    }
    places[best.item]!--;
  }
}
