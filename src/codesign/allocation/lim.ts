/**
 * Layer-wise quantization by LIM: blocks that change their input most keep the most bits; LIM = -cos(input, output of the block), higher is more
 * important (signals/block-change.ts measures it). Choice: ranked-choice.ts. Source: Layer-wise quantization, 2024 (arXiv 2406.17415); the
 * ordering is that of the abstract, the formula as recalled. Published use: 4 bits above, 2 bits below, safe until 25 to 50 % of the layers are lowered.
 */
import type { AllocationMethod } from './allocation-problem.js';
import { levelOptions, levelsOf, rankedChoice, type LevelOptions } from './ranked-choice.js';

export const lim: AllocationMethod<LevelOptions> = {
  name: 'lim',
  description: 'more bits for the blocks that change their input most',
  source: 'Layer-wise quantization, arXiv 2406.17415 (formula as recalled)',
  modelVersion: 1,
  options: levelOptions,
  needs: ['lim'],
  allocate: (problem, options) => rankedChoice(problem, problem.signals!.lim!, levelsOf(problem, options)),
};
