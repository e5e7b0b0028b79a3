/** Does MR-GPTQ search scales that are never worse, keep to the basis of the matrix, and beat rounding in that basis? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../property-seed.js';
import { hadamardInPlace } from '../../src/numeric/hadamard.js';
import { matrix, type Matrix } from '../../src/numeric/matrix.js';
import { quantize, quantizerNamed } from '../../src/quantizers/index.js';
import { searchedScales } from '../../src/quantizers/mr-gptq-scales.js';
import { outputError } from '../../src/quantizers/output-error.js';
import { heavyTailed } from './random-matrix.js';
import { calibrationOf, quantizeSeeing, syntheticInputs } from './synthetic-calibration.js';
import { readBack } from './weight-matrices.js';

const formats = ['mxfp4', 'nvfp4'] as const;
const weights = (rows: number, cols: number, seed: number): Matrix => matrix(rows, cols, heavyTailed(rows * cols, seed, 0.05));
const plain = (format: 'mxfp4' | 'nvfp4', tensor: Matrix) =>
  format === 'mxfp4' ? quantize('mx', tensor, { scaleRule: 'mr-gptq' }) : quantize('nvfp4', tensor);

const distance = (a: Float32Array, b: Float32Array): number => Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));

/** Independent inputs of equal size. */
const identity = (size: number) => {
  const data = Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  return { ...calibrationOf(syntheticInputs(2, size, 1)), hessian: matrix(size, size, data) };
};

describe.each(formats)('MR-GPTQ in %s', (format) => {
  it('searches scales whose summed power of errors is never above that of the plain rule', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const tensor = weights(2, 64, seed);
        const calibration = identity(64);
        const found = readBack(quantize('mr-gptq', tensor, { target: format, hadamard: 0 }, calibration));
        const start = readBack(plain(format, tensor));
        const { block } = searchedScales(tensor, format);
        for (let from = 0; from < found.length; from += block) {
          const errorOf = (values: Float32Array): number =>
            Array.from({ length: block }, (_, i) => Math.abs(tensor.data[from + i]! - values[from + i]!) ** 2.4).reduce((a, b) => a + b, 0);
          expect(errorOf(found)).toBeLessThanOrEqual(errorOf(start) * (1 + 1e-5));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('gives the matrix in the basis it came in, with any transform', () => {
    const tensor = weights(4, 128, 3);
    const calibration = identity(128);
    for (const hadamard of [0, 16, 32, 64, 128]) {
      const quantized = quantize('mr-gptq', tensor, { target: format, hadamard }, calibration);
      const values = readBack(quantized);
      const turned = { ...tensor, data: tensor.data.slice() };
      if (hadamard > 0) hadamardInPlace(turned.data, hadamard);
      const inBasis = readBack(quantize('mr-gptq', turned, { target: format, hadamard: 0 }, calibration));
      // The transform keeps lengths.
      expect(distance(values, tensor.data)).toBeCloseTo(distance(inBasis, turned.data), 5);
      expect(quantizerNamed('mr-gptq').encode(values, quantized)).toEqual(quantized.codes);
      expect(quantized.bits).toEqual(plain(format, tensor).bits);
    }
  });

  it('of a matrix that is transformed beforehand stores the codes of one that it transforms itself', () => {
    // Independent inputs of equal size stay so under a transform.
    const tensor = weights(4, 64, 5);
    const turned = { ...tensor, data: tensor.data.slice() };
    hadamardInPlace(turned.data, 32);
    const itself = quantize('mr-gptq', tensor, { target: format, hadamard: 32 }, identity(64));
    const beforehand = quantize('mr-gptq', turned, { target: format, hadamard: 0 }, identity(64));
    expect([itself.codes, itself.side]).toEqual([beforehand.codes, beforehand.side]);
  });

  it('errs less than rounding in the same basis, on the mean of 40 problems of correlated inputs', () => {
    const ratios = Array.from({ length: 40 }, (_, seed) => {
      const tensor = weights(4, 64, seed);
      const calibration = calibrationOf(syntheticInputs(256, 64, seed));
      const nearest = outputError(tensor, readBack(plain(format, tensor)), calibration.hessian);
      return (
        outputError(tensor, readBack(quantize('mr-gptq', tensor, { target: format, hadamard: 0 }, calibration)), calibration.hessian) /
        nearest
      );
    });
    expect(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length).toBeLessThan(1);
  });
});

describe('MR-GPTQ refuses', () => {
  it('rows that are not whole blocks of the format or of the transform, naming the multiple', () => {
    const attempt = (cols: number, options: object) => (): unknown => quantizeSeeing('mr-gptq', weights(1, cols, 1), { ...options });
    expect(attempt(48, {})).toThrow(/rows of 48 elements do not divide into mxfp4 blocks; .*multiple of 32/);
    expect(attempt(48, { target: 'nvfp4' })).toThrow(/Hadamard blocks; .*multiple of 32/);
    expect(attempt(48, { target: 'nvfp4', hadamard: 16 })).not.toThrow();
    expect(attempt(96, { hadamard: 64 })).toThrow(/Hadamard blocks; .*multiple of 64/);
    expect(attempt(64, { hadamard: 24 })).toThrow(/hadamard/);
  });
});
