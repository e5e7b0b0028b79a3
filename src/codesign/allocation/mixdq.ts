/**
 * MixDQ: errors of layers that are judged by different metrics are in different units, so each metric group gets an integer program of its own. The
 * budget is split between two groups so that the mean cost per weight of the second is k times that of the first, k = 0.46 .. 1.36 in ten steps,
 * each split is a candidate, and the best is found by measuring it. Source: MixDQ, ECCV 2024, and its released search (the ten ratios).
 * `metricSplits` gives all candidates. As a method without measurements it takes the split with the least sum over groups of error over the error
 * of the best uniform choice [this project's choice]. More than two groups share in proportion to their weights. Left out: activations kept in FP16.
 */
import { z } from 'zod';
import { allocationOf, cheapestChoice, type Allocation, type AllocationMethod, type AllocationProblem } from './allocation-problem.js';
import { leastError } from './integer-program.js';
import { bestUniform } from './uniform.js';

/** Mean cost per weight of the second group over that of the first. */
const RATIOS = Array.from({ length: 10 }, (_, i) => 0.46 + 0.1 * i);

const options = z.strictObject({
  ratio: z.number().positive().optional().describe('mean cost per weight of metric group 1 over that of group 0; absent: the best of ten'),
});

export const mixdq: AllocationMethod<z.infer<typeof options>> = {
  name: 'mixdq',
  description: 'an integer program per metric group, the budget split between them',
  source: 'MixDQ, ECCV 2024',
  modelVersion: 1,
  options,
  needs: ['metricGroup'],
  async allocate(problem, { ratio }) {
    const splits = await metricSplits(problem, ratio === undefined ? RATIOS : [ratio]);
    const reference = groupErrors(problem, bestUniform(problem).allocation.choice);
    let best: { readonly allocation: Allocation; readonly score: number } | undefined;
    for (const allocation of splits) {
      const score = groupErrors(problem, allocation.choice).reduce((sum, error, group) => sum + relative(error, reference[group]!), 0);
      if (best === undefined || score < best.score) best = { allocation, score };
    }
    return best?.allocation ?? allocationOf(problem, cheapestChoice(problem));
  },
};

function relative(error: number, reference: number): number {
  return reference === 0 ? error : error / reference;
}

function groupErrors({ items, options: names, error, signals }: AllocationProblem, choice: Int32Array): number[] {
  const sums: number[] = [];
  for (const item of items.keys()) {
    const group = signals!.metricGroup![item]!;
    sums[group] = (sums[group] ?? 0) + error[item * names.length + choice[item]!]!;
  }
  return Array.from(sums, (sum) => sum);
}

/** The candidates: one per ratio that leaves every group its cheapest choice. */
async function metricSplits(problem: AllocationProblem, ratios: readonly number[]): Promise<Allocation[]> {
  const group = problem.signals!.metricGroup!;
  const groups = [...new Set(group)].sort((a, b) => a - b);
  const parts = groups.map((number) => [...group.keys()].filter((item) => group[item] === number));
  const smallest = parts.map((part) => partProblem(problem, part, 0)).map((part) => allocationOf(part, cheapestChoice(part)).cost);
  const weights = parts.map((part) => part.reduce((sum, item) => sum + problem.items[item]!.weights, 0));
  const allocations: Allocation[] = [];
  for (const ratio of ratios) {
    const shares = weights.map((count, place) => count * (place === 0 ? 1 : ratio));
    const budgets = sharedBudgets(problem.budget, smallest, shares);
    const choice = new Int32Array(problem.items.length);
    for (const [place, part] of parts.entries()) {
      const allocation = await leastError(partProblem(problem, part, budgets[place]!), { gap: 0, nodes: 100_000, solver: 'auto' });
      for (const [i, item] of part.entries()) choice[item] = allocation.choice[i]!;
    }
    const allocation = allocationOf(problem, choice);
    if (allocation.cost <= problem.budget) allocations.push(allocation);
  }
  return allocations;
}

/** Shares of the budget; a group whose share is below its cheapest choice gets that, and the others share the rest. */
function sharedBudgets(budget: number, smallest: readonly number[], shares: readonly number[]): number[] {
  const fixed = new Set<number>();
  for (;;) {
    const rest = budget - [...fixed].reduce((sum, place) => sum + smallest[place]!, 0);
    const free = shares.reduce((sum, share, place) => (fixed.has(place) ? sum : sum + share), 0);
    const budgets = shares.map((share, place) => (fixed.has(place) ? smallest[place]! : (rest * share) / free));
    const below = budgets.findIndex((part, place) => !fixed.has(place) && part < smallest[place]!);
    if (below < 0) return budgets;
    fixed.add(below);
  }
}

/** The same problem for some items. */
function partProblem({ options: names, ...problem }: AllocationProblem, part: readonly number[], budget: number): AllocationProblem {
  const rows = <Table extends Float64Array | Uint8Array>(table: Table, empty: Table): Table => {
    for (const [i, item] of part.entries()) empty.set(table.subarray(item * names.length, (item + 1) * names.length), i * names.length);
    return empty;
  };
  const size = part.length * names.length;
  return {
    items: part.map((item) => problem.items[item]!),
    options: names,
    error: rows(problem.error, new Float64Array(size)),
    cost: rows(problem.cost, new Float64Array(size)),
    budget,
    ...(problem.allowed === undefined ? {} : { allowed: rows(problem.allowed, new Uint8Array(size)) }),
  };
}
