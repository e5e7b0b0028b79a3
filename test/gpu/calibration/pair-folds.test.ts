import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldsOf, pairHash, pairName } from '../../../src/gpu/calibration/pair-folds.js';

const rows = fc.array(fc.record({ n: fc.integer({ min: 1, max: 40 }), k: fc.integer({ min: 1, max: 40 }) }), {
  minLength: 60,
  maxLength: 200,
});

describe('folds of measured rows', () => {
  it('never share a pair, and differ by one pair at most', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 2, max: 6 }), (pairs, folds) => {
        const fold = foldsOf(pairs, folds);
        const byPair = new Map<string, number>();
        pairs.forEach((pair, i) => {
          expect(byPair.get(pairName(pair)) ?? fold[i]).toBe(fold[i]);
          byPair.set(pairName(pair), fold[i]!);
        });
        const sizes = Array.from({ length: folds }, (_, f) => [...byPair.values()].filter((own) => own === f).length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('do not depend on the order of rows', () => {
    fc.assert(
      fc.property(rows, (pairs) => {
        const [forward, backward] = [foldsOf(pairs, 5), foldsOf(pairs.toReversed(), 5)];
        expect(Array.from(backward).reverse()).toEqual(Array.from(forward));
      }),
    );
  });

  it('have the hash that is documented', () => {
    // FNV-1a of "1x1", "4096x4096" and "12288x1536", finished by splitmix32; worked out by the same rules in Python.
    expect([pairHash(1, 1), pairHash(4096, 4096), pairHash(12288, 1536)]).toEqual([3861148993, 797638571, 833857696]);
  });

  it('need as many pairs as folds, and two at least', () => {
    const pairs = [1, 2, 3].map((n) => ({ n, k: 1 }));
    expect(Array.from(foldsOf(pairs, 3)).sort()).toEqual([0, 1, 2]);
    expect(() => foldsOf(pairs, 4)).toThrow('3 pairs in 4 folds');
    expect(() => foldsOf(pairs, 1)).toThrow(RangeError);
  });
});
