/**
 * Two levels by importance: all items start at a low option, and the most important ones are raised to a high one while the budget lasts. Items
 * of equal importance (the matrices of a block) are raised together or not at all; what does not fit is passed over for the next.
 * Without options given, low is the best uniform option within the budget and high the cheapest uniform one beyond it with a smaller error. `below`
 * takes a low option so many steps cheaper than that: at a budget that a uniform option fills (3 bits), 1 gives the mixtures of papers (2 and 4).
 */
import { z } from 'zod';
import { unknownName } from '../../lowbit-error.js';
import { allocationOf, isUsable, type Allocation, type AllocationProblem } from './allocation-problem.js';
import { bestUniform, uniformAllocations } from './uniform.js';

export const levelOptions = z.strictObject({
  low: z.string().optional().describe('option of the items that matter least'),
  high: z.string().optional().describe('option of the items that matter most'),
  below: z
    .int()
    .min(0)
    .default(0)
    .describe('without `low`: how many options, by cost, the low one lies below the best uniform one within the budget'),
});
export type LevelOptions = z.infer<typeof levelOptions>;

export interface Levels {
  readonly low: number;
  readonly high: number;
}

/** The two options; undefined when none beyond the budget errs less. Throws LowbitError for a name that is no option. */
export function levelsOf(problem: AllocationProblem, { low, high, below }: LevelOptions): Levels | undefined {
  const named = (name: string): number => {
    const option = problem.options.indexOf(name);
    if (option < 0) throw unknownName('option', name, problem.options);
    return option;
  };
  const all = uniformAllocations(problem);
  const lowest = low === undefined ? stepsBelow(all, bestUniform(problem).option, below) : named(low);
  if (high !== undefined) return { low: lowest, high: named(high) };
  let next: number | undefined;
  for (const [option, { cost, error }] of all.entries()) {
    if (cost <= problem.budget || !(error < all[lowest]!.error)) continue;
    if (next === undefined || cost < all[next]!.cost) next = option;
  }
  return next === undefined ? undefined : { low: lowest, high: next };
}

/** The option `steps` before `from` by cost; the cheapest where there are not so many, or where no option fits for all items. */
function stepsBelow(all: readonly Allocation[], from: number | undefined, steps: number): number {
  const byCost = [...all.keys()].sort((a, b) => all[a]!.cost - all[b]!.cost);
  const at = from === undefined ? 0 : byCost.indexOf(from);
  return byCost[Math.max(0, at - steps)]!;
}

/** The allocation that `importance` (one per item, NaN last) leads to. */
export function rankedChoice(problem: AllocationProblem, importance: ArrayLike<number>, levels: Levels | undefined): Allocation {
  const start = bestUniform(problem).allocation;
  if (levels === undefined) return start;
  const base = withOption(problem, start.choice, levels.low, [...problem.items.keys()]);
  // A low option named by the user may itself exceed the budget: then the cheaper start stays.
  const choice = allocationOf(problem, base).cost <= problem.budget ? base : Int32Array.from(start.choice);
  for (const group of ranked(importance)) {
    const raised = withOption(problem, choice, levels.high, group);
    if (allocationOf(problem, raised).cost <= problem.budget) choice.set(raised);
  }
  return allocationOf(problem, choice);
}

function withOption(problem: AllocationProblem, choice: Int32Array, option: number, items: readonly number[]): Int32Array {
  const changed = choice.slice();
  for (const item of items) if (isUsable(problem, item, option)) changed[item] = option;
  return changed;
}

/** Items by falling importance, those of equal importance together. */
function ranked(importance: ArrayLike<number>): number[][] {
  const known = Array.from(importance, (value) => (Number.isNaN(value) ? -Infinity : value));
  const groups = new Map<number, number[]>();
  for (const [item, value] of known.entries()) groups.set(value, [...(groups.get(value) ?? []), item]);
  return [...groups].sort(([a], [b]) => b - a).map(([, items]) => items);
}
