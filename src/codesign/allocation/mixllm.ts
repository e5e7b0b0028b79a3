/**
 * MixLLM: one ranking of all output features of all layers by the loss change that the low option causes,
 *   salience = |sum G c| + 0.5 (sum G c)^2,   G = gradient of the loss, c = change of the weights of the feature,
 * and the top share gets the high option (published: 10 % at 8 bits, the rest at 4: 4.4 bits). Items are features there; whole matrices can be
 * ranked the same way. signals/salience.ts measures it. Choice: ranked-choice.ts. Source: MixLLM, arXiv 2412.14590; formula as recalled.
 */
import type { AllocationMethod } from './allocation-problem.js';
import { levelOptions, levelsOf, rankedChoice, type LevelOptions } from './ranked-choice.js';

export const mixllm: AllocationMethod<LevelOptions> = {
  name: 'mixllm',
  description: 'more bits for the features whose quantization changes the loss most, ranked over the whole model',
  source: 'MixLLM, arXiv 2412.14590 (formula as recalled)',
  modelVersion: 1,
  options: levelOptions,
  needs: ['salience'],
  allocate(problem, options) {
    const levels = levelsOf(problem, options);
    const low = levels?.low ?? 0;
    const importance = problem.items.map((_, item) => problem.signals!.salience![item * problem.options.length + low]!);
    return rankedChoice(problem, importance, levels);
  },
};
