/**
 * Ranking by the mean trace of the Hessian: the sensitivity of an item to a change of its weights is tr(H) / n times |change|^2, so items with a large
 * mean trace keep the most bits. Choice: ranked-choice.ts. Source: HAWQ-V2, NeurIPS 2020. Left out: the exhaustive Pareto search of HAWQ-V2 (a
 * problem whose errors are mean trace x squared weight change, given to ilp, is that of HAWQ-V3).
 */
import type { AllocationMethod } from './allocation-problem.js';
import { levelOptions, levelsOf, rankedChoice, type LevelOptions } from './ranked-choice.js';

export const hessianTrace: AllocationMethod<LevelOptions> = {
  name: 'hessian-trace',
  description: 'more bits where the mean trace of the Hessian is largest',
  source: 'HAWQ-V2, NeurIPS 2020',
  modelVersion: 1,
  options: levelOptions,
  needs: ['hessianTrace'],
  allocate: (problem, options) => rankedChoice(problem, problem.signals!.hessianTrace!, levelsOf(problem, options)),
};
