import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evenIndexes, evenIndexesWith } from '../../src/numeric/even-choice.js';
import { extent } from '../../src/numeric/extremes.js';

describe('few of many', () => {
  it('are all where they are no more, else as many as asked for with both ends, rising, at equal distances', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 2, max: 300 }), (length, most) => {
        const chosen = evenIndexes(length, most);
        expect(chosen).toHaveLength(Math.min(length, most));
        if (length > 0) expect([chosen[0], chosen.at(-1)]).toEqual([0, length - 1]);
        const steps = chosen.slice(1).map((index, i) => index - (chosen[i] ?? 0));
        if (steps.length > 0) expect([Math.min(...steps) >= 1, Math.max(...steps) - Math.min(...steps) <= 1]).toEqual([true, true]);
      }),
    );
  });

  it('hold what must be among them, once', () => {
    expect(evenIndexesWith(101, 3, [7, 50])).toEqual([0, 7, 50, 100]);
    expect(evenIndexesWith(3, 3, [1])).toEqual([0, 1, 2]);
  });
});

describe('the extent of values', () => {
  it('passes over NaN, is empty of none, and takes any number of values', () => {
    expect(extent([3, NaN, -1, 2])).toEqual([-1, 3]);
    expect(extent([])).toEqual([Infinity, -Infinity]);
    expect(extent(new Float64Array(300_000).fill(2))).toEqual([2, 2]);
  });
});
