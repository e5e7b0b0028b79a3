/**
 * Evolutionary search: a population of random choices within the budget; parents by tournaments of two, uniform crossover, mutation of single items,
 * and a repair that makes random items cheaper until the budget holds; the best of parents and children survive. Seeded: the same
 * choice for the same seed. Source: baseline, as HAQ- and SpaceEvo-like searches use it; all numbers are this project's choice.
 */
import { z } from 'zod';
import { seededRandom, type Random } from '../../numeric/random.js';
import { allocationOf, type Allocation, type AllocationMethod, type AllocationProblem } from './allocation-problem.js';
import { efficientOptions, type EfficientOptions } from './efficient-options.js';
import { randomWithin } from './random-choice.js';

const options = z.strictObject({
  population: z.int().min(2).default(64).describe('choices kept from one generation to the next'),
  generations: z.int().positive().default(100).describe('how often children are made'),
  mutation: z.number().min(0).max(1).default(0.02).describe('share of items that change their option at random'),
});
type EvolutionaryOptions = z.infer<typeof options>;

export const evolutionary: AllocationMethod<EvolutionaryOptions> = {
  name: 'evolutionary',
  description: 'seeded evolutionary search',
  source: 'baseline',
  modelVersion: 1,
  options,
  needs: [],
  allocate(problem, chosen, seed) {
    const random = seededRandom(seed);
    const efficient = efficientOptions(problem);
    let population = Array.from({ length: chosen.population }, () => allocationOf(problem, randomWithin(problem, random)));
    for (let generation = 0; generation < chosen.generations; generation++) {
      const children = population.map(() => child(problem, efficient, population, { random, mutation: chosen.mutation }));
      population = [...population, ...children].sort((a, b) => a.error - b.error || a.cost - b.cost).slice(0, chosen.population);
    }
    return population.reduce((best, candidate) => (candidate.error < best.error ? candidate : best));
  },
};

interface Variation {
  readonly random: Random;
  readonly mutation: number;
}

function child(
  problem: AllocationProblem,
  efficient: readonly EfficientOptions[],
  population: readonly Allocation[],
  { random, mutation }: Variation,
): Allocation {
  const parent = (): Allocation => {
    const [a, b] = [population[random.integer(population.length)]!, population[random.integer(population.length)]!];
    return a.error <= b.error ? a : b;
  };
  const [mother, father] = [parent(), parent()];
  const choice = Int32Array.from(mother.choice, (option, item) => (random.uniform() < 0.5 ? option : father.choice[item]!));
  for (const [item, { option }] of efficient.entries()) {
    if (random.uniform() < mutation) choice[item] = option[random.integer(option.length)]!;
  }
  return repaired(problem, efficient, choice, random);
}

/** Rounds of random items until the true sum is within the budget: at the latest when every item is at its cheapest. */
function repaired(problem: AllocationProblem, efficient: readonly EfficientOptions[], choice: Int32Array, random: Random): Allocation {
  const count = problem.options.length;
  for (;;) {
    const allocation = allocationOf(problem, choice);
    if (allocation.cost <= problem.budget) return allocation;
    let excess = allocation.cost - problem.budget;
    for (let tries = 0; tries < choice.length && excess > 0; tries++) {
      const item = random.integer(choice.length);
      const { option, cost } = efficient[item]!;
      const now = problem.cost[item * count + choice[item]!]!;
      let place = cost.length - 1;
      while (place >= 0 && cost[place]! >= now) place--;
      if (place < 0) continue;
      choice[item] = option[place]!;
      excess -= now - cost[place]!;
    }
  }
}
