/**
 * The integer program of LQ-LoRA: one option per item, least sum of errors within the budget, solved to proven optimality (integer-program.ts).
 * Source: LQ-LoRA, ICLR 2024, section 3.2 (there with Gurobi and all 432 options; here dominated options are pruned first, which is exact).
 */
import { z } from 'zod';
import type { AllocationMethod } from './allocation-problem.js';
import { leastError, type ProgramLimits } from './integer-program.js';

export const ilp: AllocationMethod<ProgramLimits> = {
  name: 'ilp',
  description: 'integer program: the least sum of errors within the budget, proven',
  source: 'LQ-LoRA, ICLR 2024, section 3.2',
  modelVersion: 1,
  options: z.strictObject({
    gap: z.number().min(0).max(1).default(0).describe('distance from the least error at which the search may end, as a share of it'),
    solver: z.enum(['auto', 'lists', 'highs']).default('auto').describe('what solves the core that is left after pruning'),
    nodes: z.int().positive().default(100_000).describe('nodes of the search tree, after which the best choice found is taken'),
  }),
  needs: [],
  allocate: leastError,
};
