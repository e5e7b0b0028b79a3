import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nativeCounts } from '../../src/accelerator/timing/native/counts.js';
import { mappingSpace } from '../../src/accelerator/timing/native/mapping-space.js';
import { objectiveOf } from '../../src/accelerator/timing/native/objective.js';
import { pipeline, stepsOf } from '../../src/accelerator/timing/native/pipeline.js';
import type { NativeProblem } from '../../src/accelerator/timing/native/problem.js';
import { bestMapping, type SearchGoal } from '../../src/accelerator/timing/native/search.js';
import { LowbitError } from '../../src/lowbit-error.js';
import { listed, problems } from './native-problems.js';

const goal: SearchGoal = {
  objective: objectiveOf('latency'),
  tolerance: 0,
  activity: () => {
    throw new Error('latency asks for no activity');
  },
  energy_pJ: () => null,
  place: 'layer x',
};

function best(problem: NativeProblem): number {
  try {
    return bestMapping(problem, goal).cycles.total;
  } catch (error) {
    if (error instanceof LowbitError) return Infinity;
    throw error;
  }
}

const someCores = (longest?: number) =>
  fc.tuple(problems(longest), fc.integer({ min: 1, max: 4 })).map(([problem, cores]) => ({ ...problem, cores }));

describe('the mapping search of native', () => {
  it('finds the latency an exhaustive search finds', () => {
    fc.assert(
      fc.property(someCores(40), (problem) => {
        const space = listed(mappingSpace(problem));
        fc.pre(space.length > 0);
        const run = pipeline(problem);
        const all = space.map(({ mapping }) => run(mapping, stepsOf(problem, mapping)).total);
        expect(best(problem)).toBe(all.reduce((least, value) => Math.min(least, value)));
        space.forEach(({ mapping, atLeast_cycles }, i) => {
          expect(all[i], JSON.stringify(mapping)).toBeGreaterThanOrEqual(Math.floor(atLeast_cycles));
        });
      }),
      { numRuns: 60 },
    );
  });

  it('takes of all mappings within the tolerance one that moves the fewest bytes, and of those one of the least latency', () => {
    fc.assert(
      fc.property(someCores(40), fc.constantFrom(0, 0.01, 0.1, 0.5), (problem, tolerance) => {
        const space = listed(mappingSpace(problem));
        fc.pre(space.length > 0);
        const run = pipeline(problem);
        const all = space.map(({ mapping }) => {
          const { weightLoads, activationLoads } = nativeCounts(problem, mapping);
          const loaded_bits = weightLoads * problem.dram_bits.weight + activationLoads * problem.dram_bits.activation;
          return { mapping, loaded_bits, total: run(mapping, stepsOf(problem, mapping)).total };
        });
        const least = all.reduce((a, { total }) => Math.min(a, total), Infinity);
        const within = all.filter(({ total }) => total <= least * (1 + tolerance));
        const fewest = within.reduce((a, { loaded_bits }) => Math.min(a, loaded_bits), Infinity);
        const fastest = within.filter(({ loaded_bits }) => loaded_bits === fewest).reduce((a, { total }) => Math.min(a, total), Infinity);
        const found = bestMapping(problem, { ...goal, tolerance });
        expect(all.find(({ mapping }) => JSON.stringify(mapping) === JSON.stringify(found.mapping))?.loaded_bits).toBe(fewest);
        expect(found.cycles.total).toBe(fastest);
      }),
      { numRuns: 60 },
    );
  });

  it.each(['m', 'n', 'k'] as const)('is never faster for a larger %s', (dimension) => {
    fc.assert(
      fc.property(someCores(40), fc.integer({ min: 1, max: 16 }), (problem, more) => {
        expect(best({ ...problem, [dimension]: problem[dimension] + more })).toBeGreaterThanOrEqual(best(problem));
      }),
      { numRuns: 150 },
    );
  });

  it('is never slower with more bandwidth', () => {
    fc.assert(
      fc.property(someCores(40), fc.double({ min: 1, max: 4, noNaN: true }), (problem, factor) => {
        expect(best({ ...problem, dram_bitsPerCycle: problem.dram_bitsPerCycle * factor })).toBeLessThanOrEqual(best(problem));
      }),
    );
  });

  it.each(['weight', 'activation', 'output'] as const)('is never slower with a larger %s buffer', (buffer) => {
    fc.assert(
      fc.property(someCores(40), fc.integer({ min: 1, max: 4096 }), (problem, more) => {
        const larger = { ...problem, half_bits: { ...problem.half_bits, [buffer]: problem.half_bits[buffer] + more } };
        expect(best(larger)).toBeLessThanOrEqual(best(problem));
      }),
    );
  });
});
