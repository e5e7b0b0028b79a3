import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSpaces, spaceScore } from '../../src/codesign/space-score.js';

describe('the Q-T score of a space', () => {
  it('sums the best quality of every budget, at and just below the cost of a candidate', () => {
    const space = { cost: [1, 2, 3], quality: [10, 8, 12] };
    const { score, served, best } = spaceScore(space, [0.99, 1, 2.99, 3]);
    expect([...best]).toEqual([NaN, 10, 10, 12]);
    expect({ score, served }).toEqual({ score: 32, served: 3 });
  });

  it('does not fall when candidates are added, and unknown ones change nothing', () => {
    const values = fc.array(fc.tuple(fc.double({ min: 0, max: 10, noNaN: true }), fc.double({ min: 0, max: 10, noNaN: true })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(values, values, (some, more) => {
        const space = (pairs: readonly (readonly [number, number])[]): { cost: number[]; quality: number[] } => ({
          cost: pairs.map(([cost]) => cost),
          quality: pairs.map(([, quality]) => quality),
        });
        const budgets = [1, 5, 10];
        const small = spaceScore(space(some), budgets);
        expect(compareSpaces(spaceScore(space([...some, ...more]), budgets), small)).toBeLessThanOrEqual(0);
        expect(spaceScore(space([...some, [NaN, 99], [1, NaN]]), budgets)).toEqual(small);
      }),
    );
  });

  it('puts a space that serves more budgets first', () => {
    expect(
      compareSpaces({ score: 1, served: 2, best: new Float64Array() }, { score: 9, served: 1, best: new Float64Array() }),
    ).toBeLessThan(0);
  });
});
