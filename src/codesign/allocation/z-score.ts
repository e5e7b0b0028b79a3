/**
 * Layer-wise quantization by the distribution of z-scores: ZD = share of the weights of a block with z = (w - mean) / deviation above 1, smaller is
 * more important (signals/z-score-share.ts measures it). Choice: ranked-choice.ts. Source: Layer-wise quantization, 2024 (arXiv 2406.17415);
 * formula as recalled.
 */
import type { AllocationMethod } from './allocation-problem.js';
import { levelOptions, levelsOf, rankedChoice, type LevelOptions } from './ranked-choice.js';

export const zScore: AllocationMethod<LevelOptions> = {
  name: 'z-score',
  description: 'more bits for the blocks with the fewest weights above one deviation',
  source: 'Layer-wise quantization, arXiv 2406.17415 (formula as recalled)',
  modelVersion: 1,
  options: levelOptions,
  needs: ['zd'],
  allocate: (problem, options) =>
    rankedChoice(
      problem,
      problem.signals!.zd!.map((share) => -share),
      levelsOf(problem, options),
    ),
};
