/**
 * Random assignment at equal cost: a random option per item; while the budget is exceeded, random items give way to a random cheaper option; then,
 * in random order, items take the dearest option that still fits, so that the budget is spent as the other methods spend it. Looks at costs
 * only, never at errors. Source: baseline.
 */
import { z } from 'zod';
import { seededRandom, type Random } from '../../numeric/random.js';
import { allocationOf, isUsable, type AllocationMethod, type AllocationProblem } from './allocation-problem.js';

export const randomChoice: AllocationMethod = {
  name: 'random',
  description: 'random options that spend the budget',
  source: 'baseline',
  modelVersion: 1,
  options: z.strictObject({}),
  needs: [],
  allocate: (problem, _, seed) => allocationOf(problem, randomWithin(problem, seededRandom(seed))),
};

/** A random choice that no single item can make dearer within the budget. */
export function randomWithin(problem: AllocationProblem, random: Random): Int32Array {
  const state: Spending = { problem, byCost: usableByCost(problem), places: new Int32Array(problem.items.length) };
  for (const [item, options] of state.byCost.entries()) state.places[item] = random.integer(options.length);
  const order = shuffled(state.byCost.length, random);
  cheapen(state, order, random);
  spend(state, order);
  return chosen(state);
}

interface Spending {
  readonly problem: AllocationProblem;
  /** Usable options of every item by rising cost. */
  readonly byCost: readonly (readonly number[])[];
  readonly places: Int32Array;
}

function costAt({ problem, byCost }: Spending, item: number, place: number): number {
  return problem.cost[item * problem.options.length + byCost[item]![place]!]!;
}

function left(state: Spending): number {
  return state.problem.budget - allocationOf(state.problem, chosen(state)).cost;
}

/** Round after round until the budget holds: at the latest when every item is at its cheapest. */
function cheapen(state: Spending, order: readonly number[], random: Random): void {
  while (left(state) < 0) {
    let missing = -left(state);
    for (const item of order) {
      const place = state.places[item]!;
      if (missing <= 0 || place === 0) continue;
      state.places[item] = random.integer(place);
      missing -= costAt(state, item, place) - costAt(state, item, state.places[item]);
    }
  }
}

/** Running sums may round: raises are taken back, last first, should the true sum exceed the budget. */
function spend(state: Spending, order: readonly number[]): void {
  const raises: { readonly item: number; readonly before: number }[] = [];
  let rest = left(state);
  for (const item of order) {
    const before = state.places[item]!;
    let place = before;
    while (place + 1 < state.byCost[item]!.length && costAt(state, item, place + 1) - costAt(state, item, before) <= rest) place++;
    if (place === before) continue;
    raises.push({ item, before });
    rest -= costAt(state, item, place) - costAt(state, item, before);
    state.places[item] = place;
  }
  while (left(state) < 0) {
    const last = raises.pop();
    if (last === undefined) return;
    state.places[last.item] = last.before;
  }
}

function chosen({ byCost, places }: Spending): Int32Array {
  return Int32Array.from(places, (place, item) => byCost[item]![place]!);
}

/** Usable options of every item by rising cost. */
function usableByCost(problem: AllocationProblem): number[][] {
  const { items, options, cost } = problem;
  return items.map((_, item) =>
    [...options.keys()]
      .filter((option) => isUsable(problem, item, option))
      .sort((a, b) => cost[item * options.length + a]! - cost[item * options.length + b]! || a - b),
  );
}

/** 0 .. count - 1 in random order (Fisher and Yates). */
function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
