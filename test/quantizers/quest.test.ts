/** Does QuEST lose on normal numbers what its constants promise, and are they the best ones? */
import { describe, expect, it } from 'vitest';
import { errorMetrics } from '../../src/numeric/error-metrics.js';
import { matrix } from '../../src/numeric/matrix.js';
import { normalCumulative, normalDensity } from '../../src/numeric/normal-distribution.js';
import { quantize } from '../../src/quantizers/index.js';
import { bitsPerWeight } from '../../src/quantizers/quantizer.js';
import { readBack } from './weight-matrices.js';

/** Clip and mean squared error of a standard normal variable by bits. */
const optima = [
  [1, 0.79788456, 0.36338],
  [2, 1.49353, 0.11885],
  [3, 2.0510681, 0.03744],
  [4, 2.5140045, 0.011543],
  [5, 2.9161513, 0.0034952],
  [6, 3.2779848, 0.00104],
] as const;

/** Integral of (x - nearest level)^2 over the density; levels are step (k - 1/2) within +-clip. */
function expectedError(bits: number, clip: number): number {
  const step = (2 * clip) / (2 ** bits - 1);
  const width = 1 / 2048;
  let sum = 0;
  for (let x = -8 + width / 2; x < 8; x += width) {
    const level = Math.min(clip, Math.max(-clip, step * (Math.floor(x / step) + 0.5)));
    sum += (x - level) ** 2 * normalDensity(x) * width;
  }
  return sum;
}

/** Places that cut a standard normal variable into equal shares, by bisection. */
function normalQuantiles(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    let [low, high] = [-9, 9];
    for (let round = 0; round < 40; round++) {
      const middle = (low + high) / 2;
      if (normalCumulative(middle) < (i + 0.5) / count) low = middle;
      else high = middle;
    }
    return low;
  });
}

describe('the levels of QuEST', () => {
  it.each(optima)('at %i bits lose least with the clip %f: %f of a unit variance', (bits, clip, error) => {
    expect(expectedError(bits, clip)).toBeCloseTo(error, 5);
    expect(expectedError(bits, clip)).toBeLessThan(Math.min(expectedError(bits, clip * 0.99), expectedError(bits, clip * 1.01)));
  });

  const numbers = normalQuantiles(20_000);
  it.each(optima)('at %i bits lose that on normal numbers, within 2 %', (bits, _clip, error) => {
    const { mse } = errorMetrics(numbers, readBack(quantize('quest', matrix(1, numbers.length, numbers), { bits })));
    expect(Math.abs(mse / error - 1)).toBeLessThan(0.02);
  });

  it('at 2 bits and a root mean square of 1 read 0 as -0.4978 (a tie to even) and far values as 1.4935', () => {
    // Two of 5 and -5, zeros otherwise: 50 over 50 numbers.
    const row = new Float32Array(50);
    row.set([5, -5]);
    const values = readBack(quantize('quest', matrix(1, 50, row), { bits: 2 }));
    expect(values[2]).toBeCloseTo(-0.49784, 3);
    expect([values[0], values[1]]).toEqual([-values[1]!, -values[0]!]);
    expect(values[0]).toBeCloseTo(1.49353, 3);
  });

  it('cost their bits and 16 per row', () => {
    expect(bitsPerWeight(quantize('quest', matrix(2, 512, new Float32Array(1024).fill(1)), { bits: 3 }).bits)).toBe(3 + 16 / 512);
  });
});
