/**
 * Uniform assignment: one option for all items, that of least total error within the budget. An item that may not take it takes its own cheapest.
 * When no option fits for all, every item takes its cheapest. What every method has to beat. Source: baseline.
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

export const uniform: AllocationMethod = {
  name: 'uniform',
  description: 'one option for all items: that of least total error within the budget',
  source: 'baseline',
  modelVersion: 1,
  options: z.strictObject({}),
  needs: [],
  allocate: (problem) => bestUniform(problem).allocation,
};

export interface UniformChoice {
  readonly allocation: Allocation;
  /** Absent: none fits for all items. */
  readonly option?: number;
}

/** The best uniform choice within the budget. */
export function bestUniform(problem: AllocationProblem): UniformChoice {
  let best: UniformChoice = { allocation: allocationOf(problem, cheapestChoice(problem)) };
  for (const [option, allocation] of uniformAllocations(problem).entries()) {
    if (allocation.cost > problem.budget) continue;
    if (best.option === undefined || allocation.error < best.allocation.error) best = { allocation, option };
  }
  return best;
}

/** What every option for all items comes to, whether it fits or not. */
export function uniformAllocations(problem: AllocationProblem): Allocation[] {
  const cheapest = cheapestChoice(problem);
  return problem.options.map((_, option) =>
    allocationOf(
      problem,
      cheapest.map((own, item) => (isUsable(problem, item, option) ? option : own)),
    ),
  );
}
