/**
 * Exact dynamic programming over integer costs: f_i(c) = least error of the first i items at a cost of exactly c,
 *   f_i(c) = min over options o of f_(i-1)(c - cost[i, o]) + error[i, o],   best = min over c <= budget of f_n(c).
 * Costs are taken over their cheapest option and divided by their greatest common divisor first. Knows nothing of bounds or hulls: the oracle
 * the integer program is tested against, and a method for small cases. Time and memory grow with items x (budget / divisor).
 * Source: Dudzinski and Walukiewicz, European J. of Operational Research 28(1), 1987. Left out: costs that are no integers (refused).
 */
import { z } from 'zod';
import { LowbitError } from '../../lowbit-error.js';
import { allocationOf, cheapestChoice, isUsable, type AllocationMethod, type AllocationProblem } from './allocation-problem.js';

/** Cells of the table of choices, two bytes each. */
const MOST_CELLS = 2 ** 27;

export const dynamicProgramming: AllocationMethod = {
  name: 'dynamic-programming',
  description: 'exact, for integer costs and small budgets',
  source: 'Dudzinski and Walukiewicz, European J. of Operational Research 28(1), 1987',
  modelVersion: 1,
  options: z.strictObject({}),
  needs: [],
  allocate(problem) {
    const allocation = allocationOf(problem, bestChoice(problem));
    return { ...allocation, errorBound: allocation.error };
  },
};

/** Costs above those of the cheapest choice, in units of their greatest common divisor. */
function unitCosts(problem: AllocationProblem): { readonly units: Float64Array; readonly room: number } {
  const { items, options, cost, budget } = problem;
  const cheapest = cheapestChoice(problem);
  const extra = new Float64Array(cost.length);
  let divisor = 0;
  let [base, most] = [0, 0];
  for (let item = 0; item < items.length; item++) {
    const least = cost[item * options.length + cheapest[item]!]!;
    base += least;
    let dearest = 0;
    for (let option = 0; option < options.length; option++) {
      const at = item * options.length + option;
      if (!isUsable(problem, item, option)) continue;
      if (!Number.isSafeInteger(cost[at])) throw notAnInteger(cost[at]!, items[item]!.name);
      extra[at] = cost[at]! - least;
      dearest = Math.max(dearest, extra[at]);
      divisor = greatestCommonDivisor(divisor, extra[at]);
    }
    most += dearest;
  }
  const unit = Math.max(1, divisor);
  return { units: extra.map((value) => value / unit), room: Math.floor(Math.min(budget - base, most) / unit) };
}

function notAnInteger(cost: number, item: string): LowbitError {
  return new LowbitError('dynamic programming needs costs that are integers', {
    value: cost,
    place: item,
    remedy: 'count in bits, bytes or cycles, or choose by ilp',
  });
}

function greatestCommonDivisor(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

function bestChoice(problem: AllocationProblem): Int32Array {
  const { items, options } = problem;
  const { units, room } = unitCosts(problem);
  const width = room + 1;
  if (width * items.length > MOST_CELLS) {
    throw new LowbitError('too many distinct costs for dynamic programming', {
      value: `${items.length} items x ${width} costs`,
      remedy: 'choose by ilp',
    });
  }
  const chosen = new Uint16Array(width * items.length);
  let least = new Float64Array(width).fill(Infinity);
  least[0] = 0;
  for (let item = 0; item < items.length; item++) {
    const next = new Float64Array(width).fill(Infinity);
    const row = chosen.subarray(item * width, (item + 1) * width);
    for (let option = 0; option < options.length; option++) {
      if (!isUsable(problem, item, option)) continue;
      const at = item * options.length + option;
      extend(least, next, { row, option, shift: units[at]!, error: problem.error[at]! });
    }
    least = next;
  }
  return tracedBack(problem, chosen, units, cheapestCost(least));
}

interface Extension {
  /** The option chosen at each cost. */
  readonly row: Uint16Array;
  readonly option: number;
  readonly shift: number;
  readonly error: number;
}

function extend(before: Float64Array, after: Float64Array, { row, option, shift, error }: Extension): void {
  for (let cost = shift; cost < after.length; cost++) {
    const total = before[cost - shift]! + error;
    if (total < after[cost]!) {
      after[cost] = total;
      row[cost] = option;
    }
  }
}

/** The smallest cost of least error. */
function cheapestCost(least: Float64Array): number {
  let best = 0;
  for (let cost = 1; cost < least.length; cost++) if (least[cost]! < least[best]!) best = cost;
  return best;
}

function tracedBack({ items, options }: AllocationProblem, chosen: Uint16Array, units: Float64Array, total: number): Int32Array {
  const width = chosen.length / items.length;
  const choice = new Int32Array(items.length);
  let cost = total;
  for (let item = items.length - 1; item >= 0; item--) {
    choice[item] = chosen[item * width + cost]!;
    cost -= units[item * options.length + choice[item]!]!;
  }
  return choice;
}
