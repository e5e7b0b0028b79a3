/** FMPQ and Atom: is every block coded in its own width, and does the loop of GPTQ pay for Atom? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrix } from '../../src/numeric/matrix.js';
import { seededRandom } from '../../src/numeric/random.js';
import { quantize, quantizerNamed } from '../../src/quantizers/index.js';
import { outputError } from '../../src/quantizers/output-error.js';
import { parseOptions } from '../../src/quantizers/quantize-options.js';
import { bitsPerWeight, type QuantizedTensor } from '../../src/quantizers/quantizer.js';
import { heavyTailed } from './random-matrix.js';
import { calibrationOf, syntheticInputs } from './synthetic-calibration.js';
import { readBack } from './weight-matrices.js';

function inBlocks(name: string, cols: number, data: Float32Array, bits: readonly number[]): QuantizedTensor {
  const quantizer = quantizerNamed(name);
  return quantizer.quantizeBlocks!(matrix(data.length / cols, cols, data), parseOptions(quantizer, {}), Uint8Array.from(bits));
}

describe('blocks of two precisions', () => {
  it.each(['fmpq', 'atom'])('of %s are round to nearest of their width, a short last one too, but for the clip of Atom', (name) => {
    const cols = 300;
    const data = heavyTailed(2 * cols, 4);
    const values = readBack(inBlocks(name, cols, data, [4, 8, 4]));
    [4, 8, 4].forEach((bits, block) => {
      for (let row = 0; row < 2; row++) {
        const from = row * cols + block * 128;
        const part = data.slice(from, Math.min(from + 128, (row + 1) * cols));
        const clipped = name === 'atom' && bits === 4;
        const rounded = readBack(quantize('rtn', matrix(1, part.length, part), { bits }));
        if (!clipped) expect(values.slice(from, from + part.length)).toEqual(rounded);
        else expect(values.slice(from, from + part.length)).not.toEqual(rounded);
      }
    });
  });

  it.each(['fmpq', 'atom'])('of %s find their own code words again', (name) => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom([4], [8], [4, 4, 8], [8, 4]), fc.integer({ min: 1, max: 128 }), (seed, bits, last) => {
        const cols = 128 * (bits.length - 1) + last;
        const quantized = inBlocks(name, cols, heavyTailed(3 * cols, seed), bits);
        expect(quantizerNamed(name).encode(readBack(quantized), quantized)).toEqual(quantized.codes);
      }),
      { numRuns: 40 },
    );
  });

  it('are refused with a map of another length or of other widths', () => {
    const data = heavyTailed(256, 1);
    expect(() => inBlocks('fmpq', 256, data, [4])).toThrow(RangeError);
    expect(() => inBlocks('fmpq', 256, data, [4, 6])).toThrow(RangeError);
    expect(() => inBlocks('fmpq', 256, data, [4, 8])).not.toThrow();
  });

  it('keep an outlier from taking the small ones beside it when it has a block of its own, which one precision does not', () => {
    const { normal } = seededRandom(3);
    const data = Float32Array.from({ length: 256 }, (_, i) => (i === 255 ? 90 : normal()));
    const errorOf = (values: Float32Array): number => data.reduce((sum, x, i) => sum + (x - values[i]!) ** 2, 0);
    const together = errorOf(readBack(quantize('rtn', matrix(1, 256, data), { granularity: 'channel' })));
    expect(errorOf(readBack(inBlocks('fmpq', 256, data, [4, 8])))).toBeLessThan(together / 5);
  });
});

describe('the bits of mixed blocks', () => {
  it('are 4.125 for weights of FMPQ, and 4.125 + 4 * 128 / K for Atom beside one bit for each block of the matrix', () => {
    const tensor = matrix(4, 1024, heavyTailed(4096, 2));
    expect(bitsPerWeight(quantize('fmpq', tensor).bits)).toBe(4.125);
    expect(bitsPerWeight(quantize('atom', tensor).bits)).toBe(4.125 + (4 * 128) / 1024 + 8 / 4096);
    expect(quantize('atom', tensor).outlierShare).toBe(0.125);
  });
});

describe('Atom', () => {
  const inputs = syntheticInputs(400, 256, 8);
  const calibration = calibrationOf(inputs);
  const tensor = matrix(16, 256, heavyTailed(16 * 256, 6));

  it("rounds in GPTQ's loop when it knows the inputs, and says which it did", () => {
    expect(quantize('atom', tensor).choices['rounding']).toBe('nearest');
    expect(quantize('atom', tensor, {}, calibration).choices['rounding']).toBe('gptq');
    expect(quantize('atom', tensor, { rounding: 'nearest' }, calibration)).toEqual(quantize('atom', tensor, { rounding: 'nearest' }));
  });

  it('has a smaller output error from the loop on correlated inputs', () => {
    const errorOf = (quantized: QuantizedTensor): number => outputError(tensor, readBack(quantized), calibration.hessian);
    expect(errorOf(quantize('atom', tensor, {}, calibration))).toBeLessThan(0.8 * errorOf(quantize('atom', tensor)));
  });

  it('rounds to nearest in the loop where inputs are not correlated', () => {
    const diagonal = new Float32Array(256 * 256);
    for (let j = 0; j < 256; j++) diagonal[j * 257] = 1 + j;
    const uncorrelated = { ...calibration, hessian: matrix(256, 256, diagonal) };
    expect(quantize('atom', tensor, {}, uncorrelated).codes).toEqual(quantize('atom', tensor).codes);
  });

  it('finds the code words of the loop again', () => {
    const quantized = quantize('atom', tensor, {}, calibration);
    expect(quantizerNamed('atom').encode(readBack(quantized), quantized)).toEqual(quantized.codes);
  });
});
