import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pipeline, stepsOf } from '../../src/accelerator/timing/native-pipeline.js';
import type { Mapping, NativeProblem } from '../../src/accelerator/timing/native-problem.js';
import { cycleCauses } from '../../src/trace/layer-activity.js';
import { mappingsOf, problems } from './native-problems.js';
import { steppedTotal } from './native-stepped.js';

const mapped = (longest?: number) => problems(longest).chain((problem) => fc.tuple(fc.constant(problem), mappingsOf(problem)));
const cyclesOf = (problem: NativeProblem, mapping: Mapping) => pipeline(problem)(mapping, stepsOf(problem, mapping));

describe('the pipeline of native', () => {
  it('jumps over runs of tiles to the cycle that taking every fold of every step gives', () => {
    fc.assert(
      fc.property(mapped(20), ([problem, mapping]) => {
        expect(cyclesOf(problem, mapping).total).toBe(steppedTotal(problem, mapping));
      }),
      { numRuns: 600 },
    );
  });

  it('explains the total by causes that are never negative', () => {
    fc.assert(
      fc.property(mapped(), ([problem, mapping]) => {
        const cycles = cyclesOf(problem, mapping);
        for (const cause of cycleCauses) expect(cycles[cause], cause).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
