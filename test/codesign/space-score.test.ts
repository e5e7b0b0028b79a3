import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSpaces, sampledSpaceScore, spaceScore } from '../../src/codesign/space-score.js';

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

describe('the score of samples, as released', () => {
  const samples = { cost: [1, 2, 3, 4], loss: [4, 2, 1, 8] };
  const scoring = { top: 50, share: 0.1, exponent: 0.01 };

  it('averages the lowest losses among the samples that a budget holds, at and just below the cost of one', () => {
    expect([...sampledSpaceScore(samples, [0.99, 1, 1.99, 2, 4]).best]).toEqual([NaN, 1 / 4, 1 / 4, 1 / 3, 4 / 15]);
    expect([...sampledSpaceScore(samples, [2, 4], { ...scoring, top: 1 }).best]).toEqual([1 / 2, 1]);
  });

  it('counts a budget less that holds less than a share of the samples, and not one that holds it', () => {
    const at = (share: number, exponent: number): number => sampledSpaceScore(samples, [2], { top: 1, share, exponent }).score;
    expect(at(0.5, 1)).toBe(1 / 2);
    expect(at(1, 1)).toBe(1 / 4);
    expect(at(1, 2)).toBe(1 / 8);
    const many = { cost: Array.from({ length: 1000 }, (_, i) => i + 1), loss: new Float64Array(1000).fill(2) };
    expect(sampledSpaceScore(many, [100]).score).toBe(1 / 2);
    expect(sampledSpaceScore(many, [1]).score).toBeCloseTo(1 / (2 * 100 ** 0.01), 12);
  });

  it('leaves unknown samples out, and refuses losses of which there is no reciprocal', () => {
    const more = { cost: [...samples.cost, NaN, 1], loss: [...samples.loss, 0.1, NaN] };
    expect(sampledSpaceScore(more, [1, 2, 4])).toEqual(sampledSpaceScore(samples, [1, 2, 4]));
    expect(() => sampledSpaceScore({ cost: [1], loss: [0] }, [1])).toThrow(RangeError);
  });
});
