import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorMetrics, sqnr_dB } from '../../src/numeric/error-metrics.js';
import { bitPatterns, maxAbs } from '../../src/numeric/extremes.js';
import { portableExp, portableLn, portableLog10 } from '../../src/numeric/logarithm.js';
import { histogramInStd, moments } from '../../src/numeric/moments.js';
import { seededRandom } from '../../src/numeric/random.js';

const finiteFloats = fc.float32Array({ noNaN: true, noDefaultInfinity: true, minLength: 1, maxLength: 40 });

describe('logarithm', () => {
  it('agrees with Math.log to 1e-15 relative over the whole range', () => {
    fc.assert(
      fc.property(fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true }), (x) => {
        expect(Math.abs(portableLn(x) - Math.log(x))).toBeLessThanOrEqual(1e-15 * Math.max(1, Math.abs(Math.log(x))));
      }),
    );
    expect(portableLn(1)).toBe(0);
    expect(portableLog10(1000)).toBeCloseTo(3, 14);
    expect(() => portableLn(0)).toThrow(RangeError);
  });
});

describe('exponential', () => {
  it('agrees with Math.exp to 1e-15 relative per unit of the exponent', () => {
    fc.assert(
      fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (y) => {
        expect(Math.abs(portableExp(y) / Math.exp(y) - 1)).toBeLessThanOrEqual(1e-15 * Math.max(1, Math.abs(y)));
      }),
    );
    expect(portableExp(0)).toBe(1);
  });

  it('undoes the logarithm', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (x) => {
        expect(portableExp(portableLn(x)) / x).toBeCloseTo(1, 13);
      }),
    );
  });

  it('ends at exponents of 700', () => {
    expect([portableExp(700), portableExp(-700)].every((x) => x > 0 && x < Infinity)).toBe(true);
    for (const y of [701, -701, NaN]) expect(() => portableExp(y)).toThrow(RangeError);
  });
});

describe('random numbers', () => {
  it('repeat for the same seed and differ for another', () => {
    const draw = (seed: number): number[] => Array.from({ length: 5 }, seededRandom(seed).normal);
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('follow the published xoshiro128** recurrence from the splitmix32 state', () => {
    const { uniform } = seededRandom(1);
    expect([uniform(), uniform(), uniform()].map((u) => u * 2 ** 32)).toEqual(reference(1, 3));
  });

  it('have the moments of a standard normal', () => {
    const { normal } = seededRandom(42);
    const { mean, std, kurtosis } = moments(Float32Array.from({ length: 100_000 }, normal));
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(Math.abs(std - 1)).toBeLessThan(0.01);
    expect(Math.abs((kurtosis ?? 0) - 3)).toBeLessThan(0.05);
  });

  it('refuse seeds that are no natural number', () => {
    for (const seed of [-1, 0.5, NaN, 2 ** 53]) expect(() => seededRandom(seed)).toThrow(RangeError);
  });
});

/** xoshiro128** in 64-bit integers, written from its definition. */
function reference(seed: number, count: number): number[] {
  const mask = 0xffffffffn;
  const rotl = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & mask;
  let state = BigInt(seed);
  const split = (): bigint => {
    state = (state + 0x9e3779b9n) & mask;
    let z = state ^ (state >> 16n);
    z = (z * 0x21f0aaadn) & mask;
    z = ((z ^ (z >> 15n)) * 0x735a2d97n) & mask;
    return z ^ (z >> 15n);
  };
  let [s0, s1, s2, s3] = [split(), split(), split(), split()];
  return Array.from({ length: count }, () => {
    const result = (rotl((s1 * 5n) & mask, 7n) * 9n) & mask;
    const t = (s1 << 9n) & mask;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = rotl(s3, 11n);
    return Number(result);
  });
}

describe('extremes', () => {
  it('equal those found by comparing floats', () => {
    fc.assert(
      fc.property(finiteFloats, (data) => {
        const bits = bitPatterns(data);
        expect(maxAbs(bits, 0, data.length)).toBe(Math.max(...data.map(Math.abs)));
      }),
    );
  });

  it('look only at their run, also in a view that starts inside a buffer', () => {
    const data = Float32Array.of(9, -1, 2, -9).subarray(1);
    expect(maxAbs(bitPatterns(data), 0, 2)).toBe(2);
    expect(maxAbs(bitPatterns(data), 1, 1)).toBe(0);
  });
});

describe('error metrics', () => {
  it('are those of the formula', () => {
    const metrics = errorMetrics(Float32Array.of(1, -2, 3, 0), Float32Array.of(1, -1, 3, 0.5));
    expect(metrics.mse).toBe((1 + 0.25) / 4);
    expect(metrics.maxAbsError).toBe(1);
    expect(metrics.sqnr_dB).toBeCloseTo(10 * Math.log10(14 / 1.25), 12);
  });

  it('have no decibels without error or without signal', () => {
    expect(errorMetrics(Float32Array.of(1), Float32Array.of(1)).sqnr_dB).toBeNull();
    expect(sqnr_dB(0, 1)).toBeNull();
    expect(() => errorMetrics(new Float32Array(0), new Float32Array(0))).toThrow(RangeError);
  });
});

describe('moments and histograms', () => {
  it('use N - 1 for the standard deviation and N for the kurtosis', () => {
    const { mean, std, kurtosis, maxOverStd } = moments(Float32Array.of(1, 2, 3, 4));
    expect(mean).toBe(2.5);
    expect(std).toBeCloseTo(Math.sqrt(5 / 3), 14);
    expect(kurtosis).toBeCloseTo(1.64, 12);
    expect(maxOverStd).toBeCloseTo(4 / Math.sqrt(5 / 3), 14);
  });

  it('say that equal values have no kurtosis', () => {
    expect(moments(Float32Array.of(5))).toEqual({ mean: 5, std: 0, kurtosis: null, maxOverStd: null });
    expect(histogramInStd(Float32Array.of(5, 5), moments(Float32Array.of(5, 5)), 4, 3).counts).toEqual([0, 0, 2, 0]);
  });

  it('count every value exactly once', () => {
    fc.assert(
      fc.property(finiteFloats, fc.integer({ min: 1, max: 30 }), (data, bins) => {
        const { counts } = histogramInStd(data, moments(data), bins, 4);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(data.length);
      }),
    );
  });
});
