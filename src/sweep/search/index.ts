/** The searches by name, and the sequences of the strategies whose points are known before the first is simulated. */
import type { Space } from '../plan/space.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import { expectedImprovement } from './expected-improvement.js';
import { gridSequence } from './grid.js';
import { latinHypercubeSequence } from './latin-hypercube.js';
import { nsga2 } from './nsga2.js';
import type { PointSequence } from './point-sequence.js';
import { randomSequence } from './random.js';
import { refineFront } from './refine-front.js';
import type { Strategy } from './search.js';
import { sobolSequence } from './sobol.js';
import { successiveHalving } from './successive-halving.js';

export const strategies = Object.freeze({
  nsga2,
  'expected-improvement': expectedImprovement,
  'successive-halving': successiveHalving,
  'refine-front': refineFront,
} satisfies Record<string, Strategy>);

/** The points of a grid, random, Latin hypercube or Sobol sweep in order. Throws LowbitError when the sequence cannot take so many points or dimensions. */
export function sequenceOf({ strategy, seed }: Pick<SweepPlan, 'strategy' | 'seed'>, space: Space): PointSequence {
  const evaluations = strategy.evaluations ?? space.size;
  switch (strategy.name) {
    case 'grid':
      return gridSequence(space);
    case 'random':
      return randomSequence(space, evaluations, seed);
    case 'latin-hypercube':
      return latinHypercubeSequence(space, evaluations, seed);
    case 'sobol':
      return sobolSequence(space, evaluations, seed);
    default:
      throw new Error(`${strategy.name} asks for its points as it goes`);
  }
}
