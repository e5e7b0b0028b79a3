/** Does the interval of a difference cover what it should, and the same for the same seed? */
import { describe, expect, it } from 'vitest';
import { pairedBootstrap } from '../../src/numeric/paired-bootstrap.js';
import { seededRandom } from '../../src/numeric/random.js';

function normals(count: number, seed: number, shift = 0): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random.normal() + shift);
}

describe('the paired bootstrap', () => {
  it('resolves a difference that is the same in every pair, with an interval of no width', () => {
    const a = normals(40, 1);
    const b = a.map((value) => value - 0.25);
    const { difference, low, high, resolved } = pairedBootstrap(a, b, { seed: 1 });
    expect(difference).toBeCloseTo(0.25, 12);
    expect(high - low).toBeLessThan(1e-12);
    expect(resolved).toBe(true);
  });

  it('has the width of the normal interval for normal differences: 2 x 1.96 deviations of the mean, to 10 %', () => {
    const differences = normals(400, 2);
    const mean = differences.reduce((sum, value) => sum + value, 0) / 400;
    const deviation = Math.sqrt(differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 400);
    const { low, high } = pairedBootstrap(
      differences,
      differences.map(() => 0),
      { seed: 3 },
    );
    const expected = (2 * 1.96 * deviation) / 20;
    expect((high - low) / expected).toBeGreaterThan(0.9);
    expect((high - low) / expected).toBeLessThan(1.1);
  });

  it('leaves 0 out of 95 % intervals of pure noise in 1 to 10 of 100 cases, where a binomial count of 5 % lies 97 times in 100', () => {
    const resolved = Array.from({ length: 100 }, (_, i) => {
      const noise = normals(60, 100 + i);
      return pairedBootstrap(
        noise,
        noise.map(() => 0),
        { seed: i, resamples: 1000 },
      ).resolved;
    });
    expect(resolved.filter(Boolean).length).toBeGreaterThanOrEqual(1);
    expect(resolved.filter(Boolean).length).toBeLessThanOrEqual(10);
  });

  it('gives the same interval for the same seed, another for another', () => {
    const [a, b] = [normals(30, 5), normals(30, 6)];
    expect(pairedBootstrap(a, b, { seed: 7 })).toEqual(pairedBootstrap(a, b, { seed: 7 }));
    expect(pairedBootstrap(a, b, { seed: 7 }).low).not.toBe(pairedBootstrap(a, b, { seed: 8 }).low);
  });

  it('refuses lists that are no pairs', () => {
    expect(() => pairedBootstrap([1, 2], [1], { seed: 1 })).toThrow(RangeError);
    expect(() => pairedBootstrap([1], [1], { seed: 1 })).toThrow(RangeError);
  });
});
