/** Is the clip search never worse than its start in its own objective, and round to nearest where there is nothing to clip? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../property-seed.js';
import { matrix, type Matrix } from '../../src/numeric/matrix.js';
import { quantize } from '../../src/quantizers/index.js';
import type { QuantizedTensor } from '../../src/quantizers/quantizer.js';
import { heavyTailed } from './random-matrix.js';
import { calibrationOf, syntheticInputs } from './synthetic-calibration.js';
import { readBack } from './weight-matrices.js';

const options = { bits: 3, group: 16 };

/** Sum over rows, groups and tokens of (what the group misses of its part of the output)^2, as the definition states it. */
function missedParts(tensor: Matrix, quantized: QuantizedTensor, samples: Matrix): number {
  const { cols, data } = tensor;
  const values = readBack(quantized);
  let total = 0;
  for (let start = 0; start < data.length; start += cols) {
    for (let from = 0; from < cols; from += options.group) {
      for (let token = 0; token < samples.rows; token++) {
        let part = 0;
        for (let k = from; k < Math.min(from + options.group, cols); k++)
          part += samples.data[token * cols + k]! * (values[start + k]! - data[start + k]!);
        total += part * part;
      }
    }
  }
  return total;
}

describe('the clip search of AWQ', () => {
  it.each([false, true])('is never worse than round to nearest in its objective, and better on heavy tails, symmetric: %s', (symmetric) => {
    let better = 0;
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 40 }), (seed, cols) => {
        const tensor = matrix(3, cols, heavyTailed(3 * cols, seed));
        const calibration = calibrationOf(syntheticInputs(20, cols, seed));
        const start = missedParts(tensor, quantize('rtn', tensor, { ...options, symmetric }), calibration.samples);
        const found = missedParts(tensor, quantize('awq-clip', tensor, { ...options, symmetric }, calibration), calibration.samples);
        // The search sums in float32.
        expect(found).toBeLessThanOrEqual(start * (1 + 1e-5));
        if (found < 0.999 * start) better++;
      }),
      { numRuns: 40 },
    );
    expect(better).toBeGreaterThan(20);
  });

  it('leaves alone what clipping makes worse, and says what share it clipped', () => {
    // Equal magnitudes lie on the grid: every clip errs more.
    const flat = matrix(
      2,
      32,
      Float32Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? 0.75 : -0.75)),
    );
    const calibration = calibrationOf(syntheticInputs(40, 32, 1));
    const kept = quantize('awq-clip', flat, { ...options, symmetric: true }, calibration);
    const nearest = quantize('rtn', flat, options);
    expect([kept.codes, kept.side, kept.bits, kept.format]).toEqual([nearest.codes, nearest.side, nearest.bits, nearest.format]);
    expect(kept.choices['clippedGroups']).toBe(0);
    const tailed = quantize('awq-clip', matrix(4, 128, heavyTailed(512, 3)), options, calibrationOf(syntheticInputs(64, 128, 2)));
    expect(tailed.choices['clippedGroups']).toBeGreaterThan(0.3);
  });

  it('rows searched together are what rows searched alone are', () => {
    const calibration = calibrationOf(syntheticInputs(30, 24, 1));
    const tensor = matrix(600, 24, heavyTailed(600 * 24, 9));
    const whole = quantize('awq-clip', tensor, options, calibration);
    for (const row of [0, 511, 512, 599]) {
      const alone = quantize('awq-clip', matrix(1, 24, tensor.data.slice(row * 24, (row + 1) * 24)), options, calibration);
      expect(alone.codes).toEqual(whole.codes.slice(row * 24, (row + 1) * 24));
    }
  });

  it('needs samples of the inputs', () => {
    expect(() => quantize('awq-clip', matrix(1, 4, new Float32Array(4)))).toThrow(/awq-clip needs to see the inputs.*samples/);
  });
});
