/**
 * The least error within the budget, proven: dominated options go first (efficient-options.ts), a greedy choice gives an upper bound U and the
 * relaxation a lower bound L with its price lambda (lower-hull.ts). An option whose reduced cost
 *   error + lambda cost - min over the options of its item of the same
 * exceeds U - L is in no better choice and goes too; items left with one option are decided. What is left is solved by lists of states
 * (state-lists.ts), or, where those grow too long (costs that are no integers), by HiGHS (highs-knapsack.ts). Nothing of this gives up
 * exactness: what is reported as `errorBound` is the smaller of the solver's bound and the error found.
 * Source of the reduction: Sinha and Zoltners, Operations Research 27(3), 1979.
 */
import { LowbitError } from '../../lowbit-error.js';
import { allocationOf, type Allocation, type AllocationProblem } from './allocation-problem.js';
import { efficientOptions, type EfficientOptions } from './efficient-options.js';
import { greedyAllocation } from './greedy.js';
import { solveKnapsack, type KnapsackLimits } from './highs-knapsack.js';
import { knapsackCore, type KnapsackCore } from './knapsack-core.js';
import { hullSteps, relaxation, type Relaxation } from './lower-hull.js';
import { bestOfLists } from './state-lists.js';

/** U and L count as equal when they differ by less than this share: sums of a few hundred numbers in float64. */
const ROUNDING = 1e-13;

export interface ProgramLimits {
  /** The search ends when the error found is proven to be this close to the least, as a share of it. */
  readonly gap: number;
  /** Nodes of the search tree, after which the best choice found is returned with its bound. */
  readonly nodes: number;
  /** What solves the core: lists of states, HiGHS, or the first that can. */
  readonly solver: 'auto' | 'lists' | 'highs';
}

/** A choice of least error, with the proof. The budget holds the cheapest choice. */
export async function leastError(problem: AllocationProblem, limits: ProgramLimits): Promise<Allocation> {
  const efficient = efficientOptions(problem);
  const steps = hullSteps(efficient);
  const known = greedyAllocation(problem, efficient, steps);
  const relaxed = relaxation(efficient, steps, problem.budget);
  const distance = known.error - relaxed.bound;
  if (distance <= Math.max(limits.gap, ROUNDING) * Math.abs(known.error))
    return { ...known, errorBound: Math.min(relaxed.bound, known.error) };
  return solved(problem, reduced(efficient, relaxed, distance), { known, relaxed, distance, limits });
}

/** Efficient options that a better choice than the known one may still take. */
function reduced(efficient: readonly EfficientOptions[], { price, least }: Relaxation, distance: number): EfficientOptions[] {
  return efficient.map((options, item) => {
    const kept = [...options.option.keys()].filter(
      (place) => options.error[place]! + price * options.cost[place]! - least[item]! <= distance * (1 + 1e-9),
    );
    const pick = (values: Float64Array): Float64Array => Float64Array.from(kept, (place) => values[place]!);
    return { option: Int32Array.from(kept, (place) => options.option[place]!), cost: pick(options.cost), error: pick(options.error) };
  });
}

interface Known {
  readonly known: Allocation;
  readonly relaxed: Relaxation;
  /** U - L */
  readonly distance: number;
  readonly limits: ProgramLimits;
}

async function solved(problem: AllocationProblem, left: readonly EfficientOptions[], given: Known): Promise<Allocation> {
  const { known, relaxed, distance, limits } = given;
  const core = knapsackCore(left, problem.budget, relaxed, distance);
  const allocationFor = (places: Int32Array): Allocation => {
    const choice = Int32Array.from(left, ({ option }) => option[0]!);
    for (const [i, item] of core.open.entries()) choice[item] = left[item]!.option[places[i]!]!;
    return allocationOf(problem, choice);
  };
  const fits = (places: Int32Array): boolean => allocationFor(places).cost <= problem.budget;
  const { places, bound } = await solvedCore(core, { gap: (limits.gap * Math.abs(known.error)) / distance, limits, fits });
  const found = places === undefined ? known : allocationFor(places);
  const best = found.error < known.error ? found : known;
  return { ...best, errorBound: Math.min(relaxed.bound + Math.min(1, Math.max(0, bound)) * distance, best.error) };
}

interface CoreSearch {
  /** In units of the core. */
  readonly gap: number;
  readonly limits: ProgramLimits;
  readonly fits: (places: Int32Array) => boolean;
}

async function solvedCore(
  core: KnapsackCore,
  { gap, limits: { nodes, solver }, fits }: CoreSearch,
): Promise<{ readonly places?: Int32Array; readonly bound: number }> {
  const places = solver === 'highs' ? undefined : bestOfLists(core);
  if (places === null) return { bound: 1 };
  if (places !== undefined && fits(places)) return { places, bound: 1 };
  if (solver === 'lists' && places === undefined) throw tooManyStates(core.open.length);
  const highsLimits: KnapsackLimits = { gap, nodes };
  return solveKnapsack(core, highsLimits, fits);
}

function tooManyStates(items: number): LowbitError {
  return new LowbitError('lists of states grow too long for this problem', {
    value: `${items} items are open`,
    remedy: 'set solver to highs',
  });
}
