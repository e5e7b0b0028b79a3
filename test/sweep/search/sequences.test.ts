import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../property-seed.js';
import { seededRandom } from '../../../src/numeric/random.js';
import { sequenceOf } from '../../../src/sweep/search/index.js';
import { digitsOf } from '../../../src/sweep/search/initial-sample.js';
import { keyedPermutation } from '../../../src/sweep/search/keyed-permutation.js';
import { latinHypercube, MOST_REMEMBERED } from '../../../src/sweep/search/latin-hypercube.js';
import { sobolWords } from '../../../src/sweep/search/sobol.js';
import type { StrategyName } from '../../../src/sweep/plan/sweep-plan.js';
import type { Space } from '../../../src/sweep/plan/space.js';
import { anySizes, anySpace, spaceBy } from './spaces.js';

const anySeed = fc.integer({ min: 0, max: 2 ** 40 });

function sequence(name: StrategyName, space: Space, evaluations: number, seed = 1) {
  return sequenceOf({ strategy: { name, evaluations, settings: {} }, seed }, space);
}

describe('sequences of points', () => {
  it('hold distinct points that exist, as many as asked for and there are, whatever the strategy', () => {
    fc.assert(
      fc.property(anySpace, fc.integer({ min: 1, max: 400 }), anySeed, (space, evaluations, seed) => {
        for (const name of ['random', 'latin-hypercube', 'sobol'] as const) {
          const { length, points } = sequence(name, space, evaluations, seed);
          expect(length).toBe(Math.min(evaluations, space.size));
          const all = points(0, length);
          expect(new Set(all).size).toBe(length);
          expect([...all].every((point) => space.exists(digitsOf(point, space.sizes)))).toBe(true);
        }
      }),
    );
  });

  it('give the same points in pieces as at once, and again for the same seed', () => {
    fc.assert(
      fc.property(anySpace, fc.integer({ min: 1, max: 60 }), anySeed, (space, evaluations, seed) => {
        for (const name of ['grid', 'random', 'latin-hypercube', 'sobol'] as const) {
          const { length, points } = sequence(name, space, evaluations, seed);
          const middle = Math.floor(length / 2);
          const again = sequence(name, space, evaluations, seed);
          expect([...again.points(0, middle), ...again.points(middle, length)]).toEqual([...points(0, length)]);
        }
      }),
    );
  });

  it('are others for another seed', () => {
    const space = spaceBy([50, 50, 50]);
    for (const name of ['random', 'latin-hypercube', 'sobol'] as const) {
      expect([...sequence(name, space, 100, 1).points(0, 100)]).not.toEqual([...sequence(name, space, 100, 2).points(0, 100)]);
    }
  });

  it('visit every number of the space in order in a grid, points that do not exist included', () => {
    const space = spaceBy([2, 3], [{ dimension: 1, of: 0, oneOf: [1] }]);
    const { length, points } = sequenceOf({ strategy: { name: 'grid', settings: {} }, seed: 1 }, space);
    expect([...points(0, length)]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('refuse what they cannot remember or have no direction numbers for', () => {
    const large = spaceBy([4096, 4096]);
    for (const name of ['latin-hypercube', 'sobol'] as const) {
      expect(() => sequence(name, large, MOST_REMEMBERED + 1)).toThrow(/at most 1048576/);
    }
    expect(sequence('random', large, MOST_REMEMBERED + 1).length).toBe(MOST_REMEMBERED + 1);
    expect(() => sequence('sobol', spaceBy(new Array<number>(38).fill(2)), 10)).toThrow(/37 dimensions/);
    expect(sequence('sobol', spaceBy(new Array<number>(37).fill(2)), 10).length).toBe(10);
  });

  it('read a sample of 10^12 points anywhere without the points before', () => {
    const space = spaceBy([10_000, 10_000, 10_000]);
    const { points } = sequence('random', space, 10_000_000);
    const some = points(9_999_000, 10_000_000);
    expect(new Set(some).size).toBe(1000);
    expect(some.every((point) => point >= 0 && point < 1e12)).toBe(true);
  });
});

describe('a keyed permutation', () => {
  it('takes every number below its size once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), anySeed, (size, seed) => {
        const at = keyedPermutation(size, seededRandom(seed));
        const images = Array.from({ length: size }, (_, position) => at(position)).sort((a, b) => a - b);
        expect(images).toEqual(images.map((_, i) => i));
      }),
    );
  });

  it('spreads neighbouring positions over the whole range', () => {
    const at = keyedPermutation(1000, seededRandom(7));
    const counts = new Array<number>(10).fill(0);
    for (let position = 0; position < 200; position++) counts[Math.floor(at(position) / 100)]!++;
    for (const count of counts) expect(Math.abs(count - 20)).toBeLessThan(14);
  });

  it('stays inside 2^53', () => {
    const at = keyedPermutation(2 ** 53, seededRandom(3));
    for (let position = 0; position < 100; position++) expect(Number.isSafeInteger(at(position))).toBe(true);
  });
});

describe('a Latin hypercube', () => {
  it('uses the positions of each dimension equally often up to one, and no point twice', () => {
    fc.assert(
      fc.property(anySizes, fc.double({ min: 0, max: 1, noNaN: true }), anySeed, (sizes, share, seed) => {
        const size = sizes.reduce((product, s) => product * s, 1);
        const count = Math.max(1, Math.round(share * size));
        const digits = latinHypercube(sizes, count, seededRandom(seed));
        for (const [d, s] of sizes.entries()) {
          const used = new Array<number>(s).fill(0);
          for (let i = 0; i < count; i++) used[digits[i * sizes.length + d]!]!++;
          expect(Math.max(...used) - Math.min(...used)).toBeLessThanOrEqual(1);
        }
        const rows = Array.from({ length: count }, (_, i) => digits.subarray(i * sizes.length, (i + 1) * sizes.length).join(' '));
        expect(new Set(rows).size).toBe(count);
      }),
    );
  });

  it('does not leave dimensions of the same size on a diagonal', () => {
    const digits = latinHypercube([16, 16], 16, seededRandom(1));
    const sums = new Set(Array.from({ length: 16 }, (_, i) => (digits[2 * i]! - digits[2 * i + 1]! + 16) % 16));
    expect(sums.size).toBeGreaterThan(4);
  });
});

describe('the Sobol sequence', () => {
  it('starts with the published points', () => {
    const next = sobolWords(3);
    const points = Array.from({ length: 10 }, () => Array.from(next(), (word) => word / 2 ** 32));
    // Joe and Kuo, notes on generating Sobol sequences: the first ten points of new-joe-kuo-6.21201 in three dimensions.
    expect(points).toEqual([
      [0, 0, 0],
      [0.5, 0.5, 0.5],
      [0.75, 0.25, 0.25],
      [0.25, 0.75, 0.75],
      [0.375, 0.375, 0.625],
      [0.875, 0.875, 0.125],
      [0.625, 0.125, 0.875],
      [0.125, 0.625, 0.375],
      [0.1875, 0.3125, 0.9375],
      [0.6875, 0.8125, 0.4375],
    ]);
  });

  it('has every interval of length 2^-k once in each dimension among its first 2^k points', () => {
    const next = sobolWords(37);
    const words = Array.from({ length: 256 }, () => Uint32Array.from(next()));
    for (let d = 0; d < 37; d++) expect(new Set(words.map((word) => word[d]! >>> 24)).size).toBe(256);
  });

  it('keeps that evenness on an axis after the shift', () => {
    const space = spaceBy([8, 8, 8]);
    const { points } = sequence('sobol', space, 8, 12);
    const digits = Array.from(points(0, 8), (point) => digitsOf(point, space.sizes));
    for (let d = 0; d < 3; d++) expect(new Set(digits.map((row) => row[d])).size).toBe(8);
  });
});
