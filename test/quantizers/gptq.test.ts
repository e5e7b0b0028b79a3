/** Is GPTQ round to nearest where inputs are independent, is its loss what it leaves, and does it pay where they are not? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../property-seed.js';
import { matrix, type Matrix } from '../../src/numeric/matrix.js';
import type { Calibration } from '../../src/quantizers/calibration.js';
import { factoredHessian, withoutDead } from '../../src/quantizers/gptq-hessian.js';
import { gptqLoop } from '../../src/quantizers/gptq-loop.js';
import { quantize } from '../../src/quantizers/index.js';
import { fittedIntegerCoder } from '../../src/quantizers/integer-column-coder.js';
import { outputError } from '../../src/quantizers/output-error.js';
import type { QuantizedTensor } from '../../src/quantizers/quantizer.js';
import { heavyTailed } from './random-matrix.js';
import { calibrationOf, quantizeSeeing, syntheticCalibration, syntheticInputs } from './synthetic-calibration.js';
import { readBack } from './weight-matrices.js';

type Options = Readonly<Record<string, unknown>>;

const weights = (rows: number, cols: number, seed: number): Matrix => matrix(rows, cols, heavyTailed(rows * cols, seed, 0.05));

/** A calibration with that Hessian. */
function withHessian(hessian: Matrix): Calibration {
  return { ...syntheticCalibration(hessian.cols), hessian };
}

const diagonalHessian = (diagonal: readonly number[]): Matrix => {
  const data = new Float32Array(diagonal.length ** 2);
  diagonal.forEach((value, j) => (data[j * diagonal.length + j] = value));
  return matrix(diagonal.length, diagonal.length, data);
};

const errorOn = (tensor: Matrix, quantized: QuantizedTensor, { hessian }: Calibration): number =>
  outputError(tensor, readBack(quantized), hessian!);

/** tr(D H D') in float64, element by element. */
function traceOf(moved: Float64Array, hessian: (i: number, j: number) => number, size: number): number {
  let sum = 0;
  for (let row = 0; row < moved.length; row += size)
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) sum += moved[row + i]! * hessian(i, j) * moved[row + j]!;
  return sum;
}

const grids = fc.record({
  bits: fc.integer({ min: 2, max: 8 }),
  symmetric: fc.boolean(),
  granularity: fc.constantFrom('channel', 'group'),
  group: fc.constantFrom(1, 7, 16, 32, 100, 128, 150),
});

describe('GPTQ on independent inputs', () => {
  it('is round to nearest, code for code, in every order of columns', () => {
    fc.assert(
      fc.property(grids, fc.nat(), fc.integer({ min: 1, max: 300 }), fc.boolean(), (grid, seed, cols, staticGroups) => {
        const tensor = weights(3, cols, seed);
        const calibration = withHessian(diagonalHessian(Array.from({ length: cols }, (_, j) => ((j * 37) % 11) + 0.25)));
        const nearest = quantize('rtn', tensor, grid);
        const found = quantize('gptq', tensor, { ...grid, staticGroups, actOrder: staticGroups }, calibration);
        expect(found.codes).toEqual(nearest.codes);
        expect(found.side).toEqual(nearest.side);
        expect([found.format, found.bits]).toEqual([nearest.format, nearest.bits]);
      }),
      { numRuns: 60 },
    );
  });

  it('is so for more rows than go through the loop together', () => {
    const tensor = weights(1030, 40, 1);
    const calibration = withHessian(diagonalHessian(Array.from({ length: 40 }, () => 2)));
    const options = { bits: 3, group: 16, symmetric: false };
    expect(quantize('gptq', tensor, options, calibration).codes).toEqual(quantize('rtn', tensor, options).codes);
  });
});

describe('the loss of the loop', () => {
  it('is the output error under the damped Hessian', () => {
    for (const [rows, cols, columnOrder] of [
      [5, 60, 'as-stored'],
      [9, 200, 'act-order'],
      [530, 64, 'as-stored'],
    ] as const) {
      const tensor = weights(rows, cols, cols);
      const { hessian } = calibrationOf(syntheticInputs(3 * cols, cols, 4));
      const factored = factoredHessian(hessian, 0.01, columnOrder);
      const side = { scales: new Float32Array(rows).fill(0.02) };
      const groups = { grid: { bits: 3, symmetric: true }, side, groupsPerRow: 1, groupAt: () => 0 };
      const { codes, loss } = gptqLoop(tensor, factored, cols, (firstRow) => fittedIntegerCoder(groups, firstRow));
      const moved = Float64Array.from(codes, (code, i) => tensor.data[i]! - Math.fround(((code << 29) >> 29) * Math.fround(0.02)));
      const { data } = hessian;
      const mean = Array.from({ length: cols }, (_, j) => data[j * cols + j]!).reduce((sum, value) => sum + value, 0) / cols;
      const trace = traceOf(moved, (i, j) => data[i * cols + j]! + (i === j ? 0.01 * mean : 0), cols);
      expect(Math.abs(loss / trace - 1)).toBeLessThan(1e-4);
    }
  });
});

describe('GPTQ on correlated inputs', () => {
  const problems = Array.from({ length: 100 }, (_, seed) => ({
    tensor: weights(4, 64, seed),
    calibration: calibrationOf(syntheticInputs(256, 64, seed)),
  }));
  const ratios = (options: Options): number[] =>
    problems.map(({ tensor, calibration }) => {
      const grid = { bits: 3, group: 32 };
      const nearest = quantize('rtn', tensor, grid);
      return (
        errorOn(tensor, quantize('gptq', tensor, { ...grid, ...options }, calibration), calibration) / errorOn(tensor, nearest, calibration)
      );
    });
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

  it.each([{}, { staticGroups: true }, { actOrder: true }, { actOrder: true, staticGroups: true }, { symmetric: true }])(
    'errs less than round to nearest on the mean of 100 problems, with %j',
    (options) => {
      expect(mean(ratios(options))).toBeLessThan(1);
    },
  );

  it('is never worse with the fallback, which says what it took', () => {
    for (const ratio of ratios({ fallback: 'rtn' })) expect(ratio).toBeLessThanOrEqual(1);
    const { tensor, calibration } = problems[0]!;
    expect(quantize('gptq', tensor, { fallback: 'rtn', bits: 3 }, calibration).choices['taken']).toMatch(/gptq|rtn/);
  });

  it('takes the fallback where the loop is worse', () => {
    // One row, hardly any correlation: greedy rounding loses in about a sixth of such problems.
    const { hessian } = problems[0]!.calibration;
    const calibration = withHessian({ ...hessian, data: hessian.data.map((value, i) => (i % 65 === 0 ? value : value * 0.02)) });
    const worse = Array.from({ length: 60 }, (_, seed) => {
      const tensor = weights(1, 64, seed);
      const found = quantize('gptq', tensor, { bits: 3, group: 32, fallback: 'rtn' }, calibration);
      if (found.choices['taken'] === 'rtn') expect(found.codes).toEqual(quantize('rtn', tensor, { bits: 3, group: 32 }).codes);
      return found.choices['taken'] === 'rtn';
    });
    expect(worse).toContain(true);
    expect(worse).toContain(false);
  });
});

describe('what GPTQ says and refuses', () => {
  it('dead inputs have weights of 0 and are counted', () => {
    const inputs = syntheticInputs(100, 20, 1);
    for (let token = 0; token < 100; token++) inputs.data[token * 20 + 3] = 0;
    const calibration = calibrationOf(inputs);
    const tensor = weights(4, 20, 2);
    const quantized = quantize('gptq', tensor, {}, calibration);
    expect(quantized.choices['deadColumns']).toBe(1);
    expect([0, 1, 2, 3].map((row) => readBack(quantized)[row * 20 + 3])).toEqual([0, 0, 0, 0]);
    expect(withoutDead(tensor, new Uint8Array(20))).toBe(tensor);
  });

  it('a singular Hessian is damped more until it can be factored, and the damping that was used is said', () => {
    const tensor = weights(4, 32, 3);
    // Two tokens cannot span 32 inputs.
    const calibration = calibrationOf(syntheticInputs(2, 32, 1));
    expect(quantize('gptq', tensor, { damping: 0 }, calibration).choices['dampingUsed']).toBe(0.01);
    expect(quantize('gptq', tensor, { damping: 1e-9 }, calibration).choices['dampingUsed']).toBeGreaterThan(1e-9);
    expect(quantize('gptq', tensor, {}, calibration).choices['dampingUsed']).toBeUndefined();
  });

  it('no Hessian, one of another width, and one that is none are refused', () => {
    const tensor = weights(2, 8, 1);
    expect(() => quantize('gptq', tensor)).toThrow(/gptq needs to see the inputs.*hessian/);
    expect(() => quantize('gptq', tensor, {}, syntheticCalibration(9))).toThrow(/another width/);
    expect(() => quantize('gptq', tensor, {}, withHessian(diagonalHessian([1, 1, 1, 1, 1, 1, 1, NaN])))).toThrow(/finite/);
    expect(() => quantize('gptq', tensor, {}, withHessian(diagonalHessian([1, 1, 1, 1, 1, 1, 1, -1])))).toThrow(/finite/);
    const swapped = matrix(2, 2, Float32Array.of(1e-30, 1e30, 1e30, 1e-30));
    expect(() => quantize('gptq', weights(2, 2, 1), {}, withHessian(swapped))).toThrow(/no sum of squares/);
    expect(() => quantize('gptq', { rows: 1, cols: 20_001, data: new Float32Array(20_001) }, {})).toThrow(/at most 20000/);
  });

  it('groups of another order store the group of every column', () => {
    const quantized = quantizeSeeing('gptq', weights(4, 96, 5), { group: 32, actOrder: true });
    const counts = [0, 1, 2].map((group) => [...quantized.side['groupIndex']!].filter((index) => index === group).length);
    expect(counts).toEqual([32, 32, 32]);
    expect(quantized.bits.permutation).toBe(32 / 4);
    expect(quantizeSeeing('gptq', weights(4, 96, 5), { group: 32, actOrder: true, staticGroups: true }).bits.permutation).toBe(0);
  });
});
