/**
 * AdaPT's word lengths: every item takes the cheapest option whose stored values diverge from its weights by at most a threshold,
 *   KL(weights || values read back) <= epsilon   (signals/weight-divergence.ts measures it),
 * and an item without such an option the one that diverges least. One epsilon for all items: the smallest whose choice fits into the budget.
 * `wordLengthModel` is its analytical model of size and speed. Source: AdaPT, arXiv 2107.13490, as recalled. Left out: growing word lengths
 * with the diversity of gradients during training.
 */
import { z } from 'zod';
import {
  allocationOf,
  cheapestChoice,
  isUsable,
  type Allocation,
  type AllocationMethod,
  type AllocationProblem,
} from './allocation-problem.js';

export const adapt: AllocationMethod = {
  name: 'adapt',
  description: 'word lengths at one divergence between weights and stored values',
  source: 'AdaPT, arXiv 2107.13490 (as recalled)',
  modelVersion: 1,
  options: z.strictObject({}),
  needs: ['divergence'],
  allocate(problem) {
    const thresholds = [...new Set(problem.signals!.divergence!.filter((value) => Number.isFinite(value)))].sort((a, b) => a - b);
    // Where costs do not fall with the divergence the search may pass over a smaller threshold that fits; the last one tried always fits.
    let [low, high] = [0, thresholds.length - 1];
    let best: Allocation = allocationOf(problem, cheapestChoice(problem));
    while (low <= high) {
      const middle = (low + high) >> 1;
      const allocation = allocationOf(problem, choiceAt(problem, thresholds[middle]!));
      if (allocation.cost <= problem.budget) {
        best = allocation;
        high = middle - 1;
      } else low = middle + 1;
    }
    return best;
  },
};

function choiceAt(problem: AllocationProblem, threshold: number): Int32Array {
  const { items, options, cost } = problem;
  const divergence = problem.signals!.divergence!;
  const fallback = cheapestChoice(problem);
  return Int32Array.from(items, (_, item) => {
    let best = -1;
    let nearest = -1;
    for (let option = 0; option < options.length; option++) {
      const at = item * options.length + option;
      if (!isUsable(problem, item, option) || Number.isNaN(divergence[at])) continue;
      if (nearest < 0 || divergence[at]! < divergence[item * options.length + nearest]!) nearest = option;
      if (divergence[at]! <= threshold && (best < 0 || cost[at]! < cost[item * options.length + best]!)) best = option;
    }
    if (best >= 0) return best;
    return nearest >= 0 ? nearest : fallback[item]!;
  });
}

/** An item of AdaPT's model. */
export interface WordLengthItem {
  readonly weights: number;
  /** Multiply-accumulates of one inference. */
  readonly macs: number;
  readonly wordBits: number;
  /** Share of weights that are not zero. */
  readonly density: number;
}

/** Size and cost of one inference relative to the same network with 32-bit words and no zeros: sums of weights (or MACs) x word bits x density. */
export function wordLengthModel(items: readonly WordLengthItem[]): {
  readonly size: number;
  readonly cost: number;
  readonly speedup: number;
} {
  const share = (amount: (item: WordLengthItem) => number): number => {
    const full = items.reduce((sum, item) => sum + 32 * amount(item), 0);
    return items.reduce((sum, item) => sum + item.wordBits * item.density * amount(item), 0) / full;
  };
  const cost = share(({ macs }) => macs);
  return { size: share(({ weights }) => weights), cost, speedup: 1 / cost };
}
