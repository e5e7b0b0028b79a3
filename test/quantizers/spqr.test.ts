/** Does SpQR keep every weight within its bound or apart, protect groups from single weights, and count what it stores? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorMetrics } from '../../src/numeric/error-metrics.js';
import { float16Bits, float16FromBits } from '../../src/numeric/float16.js';
import { matrix, type Matrix } from '../../src/numeric/matrix.js';
import { seededRandom } from '../../src/numeric/random.js';
import { quantize } from '../../src/quantizers/index.js';
import { bitsPerWeight, type QuantizedTensor } from '../../src/quantizers/quantizer.js';
import { tensorStatistics } from '../../src/quantizers/statistics.js';
import { outputError } from '../../src/quantizers/output-error.js';
import { spqr } from '../../src/quantizers/spqr.js';
import { heavyTailed } from './random-matrix.js';
import { calibrationOf, syntheticInputs } from './synthetic-calibration.js';
import { matrices, readBack } from './weight-matrices.js';

const gaussian = (rows: number, cols: number, seed = 5): Matrix => {
  const { normal } = seededRandom(seed);
  return matrix(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, () => normal() * 0.04),
  );
};

/** Mean over the columns of the variance down each, over N - 1. */
function meanVariance({ rows, cols, data }: Matrix): number {
  const variances = Array.from({ length: cols }, (_, column) => {
    const values = Array.from({ length: rows }, (_row, row) => data[row * cols + column]!);
    const mean = values.reduce((sum, value) => sum + value, 0) / rows;
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (rows - 1);
  });
  return variances.reduce((sum, value) => sum + value, 0) / cols;
}

/** Flat indices of the outliers, row by row. */
function outlierIndices({ side, rows, cols }: QuantizedTensor): number[] {
  return Array.from({ length: rows }, (_, row) =>
    [...side['outlierColumns']!.slice(side['rowPointers']![row], side['rowPointers']![row + 1])].map((column) => row * cols + column),
  ).flat();
}

describe('the outliers of SpQR', () => {
  it('are none in a single row, which has no variance', () => {
    const quantized = quantize('spqr', matrix(1, 32, heavyTailed(32, 3)), { bits: 2 });
    expect(quantized.outlierShare).toBe(0);
  });

  it('are all weights that are not within the bound, and are read back as FP16', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 2, max: 4 }), fc.constantFrom(0.02, 0.2, 1), (seed, bits, tau) => {
        const tensor = matrix(20, 40, heavyTailed(800, seed));
        const bound = tau * meanVariance(tensor);
        const quantized = quantize('spqr', tensor, { bits, tau });
        const values = readBack(quantized);
        const apart = new Set(outlierIndices(quantized));
        expect(quantized.outlierShare).toBe(apart.size / 800);
        tensor.data.forEach((value, i) => {
          if (apart.has(i)) expect(values[i]).toBe(float16FromBits(float16Bits(value)));
          else expect((values[i]! - value) ** 2).toBeLessThanOrEqual(bound * (1 + 1e-9));
        });
      }),
      { numRuns: 40 },
    );
  });

  it('become fewer with a wider bound, and are none with one nothing reaches', () => {
    const tensor = matrix(64, 64, heavyTailed(4096, 7));
    const shares = [0.02, 0.2, 1, 1e9].map((tau) => quantize('spqr', tensor, { tau }).outlierShare ?? 0);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(shares[0]).toBeGreaterThan(shares[2]!);
    expect(shares.at(-1)).toBe(0);
  });

  it('are all inexact weights of a matrix whose rows are equal: its bound is 0', () => {
    const quantized = quantize('spqr', matrix(2, 5, Float32Array.of(0.1, -0.3, 0.7, 0.2, 0, 0.1, -0.3, 0.7, 0.2, 0)));
    expect(quantized.outlierShare).toBeGreaterThanOrEqual(0.6);
  });

  it('reach the statistics as measured', () => {
    const tensor = matrix(32, 64, heavyTailed(2048, 3));
    const quantized = quantize('spqr', tensor);
    expect(quantized.outlierShare).toBeGreaterThan(0);
    expect(tensorStatistics(tensor, quantized, readBack(quantized))).toMatchObject({
      origin: 'measured',
      outlierShare: quantized.outlierShare,
    });
  });
});

describe('the groups of SpQR', () => {
  it('keep their resolution beside a weight far away, which rounding to nearest does not', () => {
    const clean = gaussian(32, 128);
    const spoiled = matrix(32, 128, clean.data.slice());
    const near: number[] = [];
    for (let i = 0; i < spoiled.data.length; i++) {
      if (i % 173 === 5) spoiled.data[i] = 3;
      else near.push(i);
    }
    const errorOf = (name: string, tensor: Matrix, options: Readonly<Record<string, unknown>>): number => {
      const values = readBack(quantize(name, tensor, options));
      return near.reduce((sum, i) => sum + (values[i]! - tensor.data[i]!) ** 2, 0);
    };
    // Far weights raise the variance that bounds errors to about 34 times that of the others. Beside one of them others of the group may
    // count as spoilers too: leaving them out takes their own error away. That costs the factor below 1.5.
    const clean3 = errorOf('spqr', clean, { bits: 3, tau: 1e9 });
    expect(errorOf('spqr', spoiled, { bits: 3, tau: 0.02 })).toBeLessThan(1.5 * clean3);
    expect(errorOf('spqr', spoiled, { bits: 3, tau: 1e9 })).toBeGreaterThan(3 * clean3);
    const rounded = { bits: 3, group: 16, symmetric: false };
    expect(errorOf('rtn', spoiled, rounded)).toBeGreaterThan(3 * errorOf('rtn', clean, rounded));
  });

  it('lose little to the second level: within 3 dB of groups with FP16 scales', () => {
    const tensor = gaussian(64, 256);
    const sqnr = (name: string, options: object): number =>
      errorMetrics(tensor.data, readBack(quantize(name, tensor, { ...options }))).sqnr_dB ?? 0;
    expect(sqnr('spqr', { bits: 4, tau: 1e9 })).toBeGreaterThan(sqnr('rtn', { bits: 4, group: 16, symmetric: false }) - 3);
  });

  it('of zeros are zeros beside groups of other values', () => {
    const tensor = gaussian(16, 32);
    tensor.data.fill(0, 64, 80);
    expect([...readBack(quantize('spqr', tensor, { tau: 1e9 })).slice(64, 80)].every((value) => value === 0)).toBe(true);
  });
});

describe('the bits of SpQR', () => {
  it('are the published 3.625 + 32 r, 3.945 at one outlier in a hundred, beside 32 for the pointer of each row', () => {
    const { bits, outlierShare = 0 } = quantize('spqr', matrix(64, 256, heavyTailed(64 * 256, 1)));
    expect(bits.payload + bits.group).toBe(3.625);
    expect(bits.outlier).toBeCloseTo(32 * outlierShare + 32 / 256, 12);
    expect(bits.payload + bits.group + 32 * 0.01).toBeCloseTo(3.945, 12);
  });

  it('are those of everything stored, whatever the matrix', () => {
    fc.assert(
      fc.property(matrices(1), fc.integer({ min: 2, max: 8 }), (tensor, codeBits) => {
        const { bits, codes, side } = quantize('spqr', tensor, { bits: codeBits });
        const fp16 = ['scaleLows', 'scaleSteps', 'zeroLows', 'zeroSteps', 'outliers', 'outlierColumns'];
        const halves = fp16.reduce((sum, name) => sum + side[name]!.length, 0);
        const groups = side['scaleCodes']!.length + side['zeroCodes']!.length;
        const stored = codes.length * codeBits + 3 * groups + 16 * halves + 32 * tensor.rows;
        expect(bitsPerWeight(bits) * codes.length).toBeCloseTo(stored, 6);
      }),
    );
  });
});

describe('what SpQR cannot store', () => {
  it('are more than 65,536 columns and numbers beyond FP16', () => {
    const wide = (cols: number) => (): unknown => quantize('spqr', matrix(1, cols, new Float32Array(cols)));
    expect(wide(65536)).not.toThrow();
    expect(wide(65537)).toThrow(/16 bits: 65537 columns.*at most 65536/);
    expect(() => quantize('spqr', matrix(1, 1, Float32Array.of(7 * 65520)))).toThrow(/does not fit FP16.*65504/);
  });
});

describe('SpQR with a Hessian', () => {
  const tensor = matrix(20, 64, heavyTailed(20 * 64, 3, 0.05));
  const calibration = calibrationOf(syntheticInputs(256, 64, 3));
  const scaled = (factor: number) => ({
    ...calibration,
    hessian: matrix(
      64,
      64,
      Float32Array.from({ length: 64 * 64 }, (_, i) => (i % 65 === 0 ? factor : 0)),
    ),
  });

  it('of independent inputs that are all alike is SpQR without one', () => {
    const options = { bits: 3, tau: 0.2 };
    const without = quantize('spqr', tensor, options);
    // Sensitivities divide out of the bound; damping only scales them all.
    const found = quantize('spqr', tensor, { ...options, damping: 0 }, scaled(4));
    expect([found.codes, found.side, found.bits]).toEqual([without.codes, without.side, without.bits]);
    expect([without.choices['calibrated'], found.choices['calibrated']]).toEqual([undefined, true]);
  });

  it('errs less on the outputs than without, on the mean of 40 problems, and reads back its own codes', () => {
    const ratios = Array.from({ length: 40 }, (_, seed) => {
      const weights = matrix(16, 64, heavyTailed(16 * 64, seed, 0.05));
      const seen = calibrationOf(syntheticInputs(256, 64, seed));
      // No outliers: the two forms keep different shares of them.
      const options = { bits: 3, tau: 1e9 };
      const found = quantize('spqr', weights, options, seen);
      expect(spqr.encode(readBack(found), found)).toEqual(found.codes);
      return (
        outputError(weights, readBack(found), seen.hessian) /
        outputError(weights, readBack(quantize('spqr', weights, options)), seen.hessian)
      );
    });
    expect(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length).toBeLessThan(1);
  });

  it('keeps weights apart by what their error costs: more of them at inputs that are eight times as large', () => {
    const inputs = syntheticInputs(256, 64, 7);
    const found = quantize('spqr', tensor, { bits: 2, tau: 0.3 }, calibrationOf(inputs));
    const share = (wanted: boolean): number => {
      const columns = [...found.side['outlierColumns']!].filter((column) => (column % 16 === 5) === wanted).length;
      return columns / (wanted ? 4 : 60);
    };
    expect(share(true)).toBeGreaterThan(share(false));
  });
});
