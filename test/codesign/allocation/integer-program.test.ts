import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AllocationProblem } from '../../../src/codesign/allocation/allocation-problem.js';
import { efficientOptions } from '../../../src/codesign/allocation/efficient-options.js';
import { allocate } from '../../../src/codesign/allocation/index.js';
import { hullSteps, relaxation } from '../../../src/codesign/allocation/lower-hull.js';
import { fractions, smallProblems } from './problem.js';

const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));

/** Least error over all choices, by trying them. */
function bruteForce({ items, options, error, cost, allowed, budget }: AllocationProblem): number {
  const rest = (item: number, left: number): number => {
    if (left < 0) return Infinity;
    if (item === items.length) return 0;
    let best = Infinity;
    for (let option = 0; option < options.length; option++) {
      const at = item * options.length + option;
      if (allowed?.[at] === 0 || Number.isNaN(error[at])) continue;
      best = Math.min(best, error[at]! + rest(item + 1, left - cost[at]!));
    }
    return best;
  };
  return rest(0, budget);
}

describe('the integer program', () => {
  it.each(['auto', 'lists', 'highs'])('by %s equals exact dynamic programming, with its bound at the error', async (solver) => {
    await fc.assert(
      fc.asyncProperty(smallProblems(), async (problem) => {
        const exact = await allocate('dynamic-programming', problem);
        const found = await allocate('ilp', problem, { options: { solver } });
        expect(close(found.error, exact.error)).toBe(true);
        expect(close(found.errorBound!, exact.error)).toBe(true);
      }),
      { numRuns: 80 },
    );
  });

  it('equals the best of all choices where costs are no integers', async () => {
    await fc.assert(
      fc.asyncProperty(smallProblems(fractions), fc.constantFrom('auto', 'highs'), async (problem, solver) => {
        const found = await allocate('ilp', problem, { options: { solver } });
        const best = bruteForce(problem);
        expect(found.error).toBeLessThanOrEqual(best + 1e-6 * Math.abs(best));
      }),
      { numRuns: 60 },
    );
  });

  it('finds a choice off the convex hull that greedy steps cannot reach', async () => {
    // One item: cost 2 lies above the line from 0 to 3, and only it fits.
    const problem: AllocationProblem = {
      items: [{ name: 'a', weights: 1 }],
      options: ['0', '2', '3'],
      error: Float64Array.of(9, 8, 0),
      cost: Float64Array.of(0, 2, 3),
      budget: 2,
    };
    expect((await allocate('ilp', problem)).error).toBe(8);
    expect((await allocate('ilp', { ...problem, budget: 3 })).error).toBe(0);
  });
});

describe('dynamic programming', () => {
  it('equals the best of all choices', async () => {
    await fc.assert(
      fc.asyncProperty(smallProblems(), async (problem) => {
        expect(close((await allocate('dynamic-programming', problem)).error, bruteForce(problem))).toBe(true);
      }),
      { numRuns: 80 },
    );
  });

  it('refuses costs that are no integers and tables that are too large', async () => {
    const problem = { items: [{ name: 'a', weights: 1 }], options: ['x', 'y'], error: Float64Array.of(1, 0), budget: 2 };
    await expect(allocate('dynamic-programming', { ...problem, cost: Float64Array.of(0, 0.5) })).rejects.toThrow(/integers: 0.5 \(a\)/);
    const wide = {
      items: [
        { name: 'a', weights: 1 },
        { name: 'b', weights: 1 },
      ],
      options: ['x', 'y'],
      error: Float64Array.of(1, 0, 1, 0),
      cost: Float64Array.of(0, 2 ** 40, 0, 2 ** 40 + 1),
      budget: 2 ** 40,
    };
    await expect(allocate('dynamic-programming', wide)).rejects.toThrow(/too many distinct costs.*choose by ilp/);
  });
});

describe('pruning', () => {
  it('keeps rising costs with falling errors, and an option no worse than each that it drops', () => {
    fc.assert(
      fc.property(smallProblems(), (problem) => {
        for (const [item, { option, cost, error }] of efficientOptions(problem).entries()) {
          for (let i = 1; i < option.length; i++) expect(cost[i]! > cost[i - 1]! && error[i]! < error[i - 1]!).toBe(true);
          for (let other = 0; other < problem.options.length; other++) {
            const at = item * problem.options.length + other;
            if (problem.allowed![at] === 0 || Number.isNaN(problem.error[at])) continue;
            expect([...option.keys()].some((i) => cost[i]! <= problem.cost[at]! && error[i]! <= problem.error[at]!)).toBe(true);
          }
        }
      }),
    );
  });

  it('bounds the least error from below', async () => {
    await fc.assert(
      fc.asyncProperty(smallProblems(), async (problem) => {
        const efficient = efficientOptions(problem);
        const { bound } = relaxation(efficient, hullSteps(efficient), problem.budget);
        const { error } = await allocate('dynamic-programming', problem);
        expect(bound).toBeLessThanOrEqual(error + 1e-9 * Math.max(1, error));
      }),
    );
  });
});
