/** Allocation methods by name: the table of contents of this folder, and the one way in. */
import { LowbitError, unknownName } from '../../lowbit-error.js';
import { parseOptions } from '../../quantizers/quantize-options.js';
import { adapt } from './adapt.js';
import { allocationOf, checkProblem, type Allocation, type AllocationMethod, type AllocationProblem } from './allocation-problem.js';
import { baq } from './baq.js';
import { dynamicProgramming } from './dynamic-programming.js';
import { evolutionary } from './evolutionary.js';
import { greedy } from './greedy.js';
import { hessianTrace } from './hessian-trace.js';
import { ilp } from './ilp.js';
import { lim } from './lim.js';
import { mixdq } from './mixdq.js';
import { mixllm } from './mixllm.js';
import { randomChoice } from './random-choice.js';
import { uniform } from './uniform.js';
import { zScore } from './z-score.js';

/** Every allocation method by its name. */
export const allocationMethods: Readonly<Record<string, AllocationMethod>> = Object.freeze({
  ilp,
  'dynamic-programming': dynamicProgramming,
  baq,
  mixllm,
  mixdq,
  lim,
  'z-score': zScore,
  'hessian-trace': hessianTrace,
  adapt,
  greedy,
  evolutionary,
  uniform,
  random: randomChoice,
});

/** The method of that name. Throws LowbitError for an unknown name, with the list. */
export function allocationMethodNamed(name: string): AllocationMethod {
  const method = Object.hasOwn(allocationMethods, name) ? allocationMethods[name] : undefined;
  if (method === undefined) throw unknownName('allocation method', name, Object.keys(allocationMethods));
  return method;
}

/** Options of a method as a user wrote them, and the seed of methods that draw. */
export interface AllocationRequest {
  /** As the user wrote them; defaults are filled in. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** An integer in [0, 2^53); methods without randomness ignore it. */
  readonly seed?: number;
}

/**
 * What a method chooses. Throws LowbitError for unknown names and options, for a budget below the cheapest choice (naming it), for an item
 * without a usable option, and for a signal the method needs and the problem does not have.
 */
export async function allocate(
  name: string,
  problem: AllocationProblem,
  { options = {}, seed = 1 }: AllocationRequest = {},
): Promise<Allocation> {
  const method = allocationMethodNamed(name);
  const parsed = parseOptions(method, options, 'allocation method');
  checkProblem(problem);
  const missing = method.needs.find((signal) => problem.signals?.[signal] === undefined);
  if (missing !== undefined) {
    throw new LowbitError(`allocation by ${name} needs a signal the problem does not have`, {
      value: missing,
      remedy: 'measure it on a model, or choose by a method that needs none',
    });
  }
  const allocation = await method.allocate(problem, parsed, seed);
  // A method that leaves the budget is a defect, not an error of the user.
  if (allocationOf(problem, allocation.choice).cost > problem.budget) throw new Error(`${name} left the budget`);
  return allocation;
}
