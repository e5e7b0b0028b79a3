import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../property-seed.js';
import { strategies } from '../../../src/sweep/search/index.js';
import type { Strategy } from '../../../src/sweep/search/search.js';
import { anySpace, questions, spaceBy } from './spaces.js';

const all: readonly Strategy[] = Object.values(strategies);
const sum = (digits: readonly number[]): number => digits.reduce((total, digit) => total + digit, 0);
const judges = {
  'two ends': (digits: number[]) => ({ objectives: [1 + sum(digits), 1 + sum(digits.map((digit) => (digit - 3) ** 2))], violations: 0 }),
  'nothing known': () => ({ objectives: [NaN, NaN], violations: 1 }),
  'unknown without violation': () => ({ objectives: [NaN, 1], violations: 0 }),
  'nothing feasible': (digits: number[]) => ({ objectives: [sum(digits), -sum(digits)], violations: 1 + (sum(digits) % 3) }),
  'half feasible': (digits: number[]) => ({ objectives: [sum(digits), 5 - sum(digits)], violations: sum(digits) % 2 }),
  'some failed': (digits: number[]) =>
    sum(digits) % 3 === 0 ? { objectives: [NaN, NaN], violations: 2 } : { objectives: [digits[0]!, 1], violations: 0 },
  constant: () => ({ objectives: [4, 4], violations: 0 }),
  huge: (digits: number[]) => ({ objectives: [1e300 * (1 + sum(digits)), -1e300], violations: 0 }),
};
const anyJudge = fc.constantFrom(...Object.keys(judges)) as fc.Arbitrary<keyof typeof judges>;

describe.each(all)('$name', (strategy) => {
  const objectives = Math.min(2, strategy.objectives.most);
  const judgeBy = (name: keyof typeof judges) => (digits: number[]) => {
    const answer = judges[name](digits);
    return { objectives: answer.objectives.slice(0, objectives), violations: answer.violations };
  };

  it('asks for contained points only, none twice, and keeps the budget, whatever the answers are', () => {
    fc.assert(
      fc.property(
        anySpace,
        anyJudge,
        fc.record({ evaluations: fc.integer({ min: 1, max: 40 }), seed: fc.nat(1000), every: fc.integer({ min: 1, max: 5 }) }),
        (space, judge, { evaluations, seed, every }) => {
          const allowed = (digits: ArrayLike<number>) => every === 1 || space.pointOf(digits) % every !== 0;
          const rungs = strategy.name === 'successive-halving' ? every : 1;
          const run = { strategy, space, evaluations, seed, rungs, allowed, judge: judgeBy(judge), objectives, settings: small(strategy) };
          const asked = questions(run);
          expect(questions(run)).toEqual(asked);
        },
      ),
      { numRuns: strategy.name === 'expected-improvement' ? 40 : 100 },
    );
  });

  it('finds every point of a space smaller than its budget, and ends', () => {
    for (const space of [spaceBy([1]), spaceBy([1, 1, 1]), spaceBy([3, 1, 4]), spaceBy([2, 3, 2], [{ dimension: 2, of: 0, oneOf: [1] }])]) {
      const asked = questions({ strategy, space, evaluations: 100, judge: judgeBy('two ends'), objectives });
      expect(asked.length).toBe(strategy.name === 'refine-front' ? Math.min(space.size, asked.length) : space.size);
      expect(asked.length).toBeGreaterThan(0);
    }
  });

  it('asks for nothing in a space that constraints leave empty', () => {
    expect(
      questions({ strategy, space: spaceBy([4, 4]), evaluations: 9, allowed: () => false, judge: judgeBy('constant'), objectives }),
    ).toEqual([]);
  });

  it('spends a budget of one on one point', () => {
    expect(questions({ strategy, space: spaceBy([9, 9]), evaluations: 1, judge: judgeBy('two ends'), objectives }).length).toBe(1);
  });

  it('asks otherwise for another seed', () => {
    const run = { strategy, space: spaceBy([30, 30, 30]), evaluations: 30, judge: judgeBy('two ends'), objectives };
    expect(questions({ ...run, seed: 1 })).not.toEqual(questions({ ...run, seed: 2 }));
  });

  it('works in a space of 10^12 points of which conditions leave thousands', () => {
    const space = spaceBy([10_000, 10_000, 10_000]);
    const asked = questions({
      strategy,
      space: { ...space, size: 15_000, exists: (digits) => digits[1] === 0 && (digits[2] === 0 || digits[0]! < 5000) },
      evaluations: 24,
      judge: judgeBy('two ends'),
      objectives,
    });
    expect(asked.length).toBe(24);
  });
});

/** Few points at the start, so that small budgets reach what comes after it. */
function small(strategy: Strategy): Record<string, number> {
  return { initial: 4, population: 4, ...(strategy.name === 'expected-improvement' ? { batch: 2 } : {}) };
}
