import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrix, type Matrix } from '../../src/numeric/matrix.js';
import { seededRandom } from '../../src/numeric/random.js';
import { channelScales } from '../../src/quantizers/lqer.js';
import { quantize, quantizerNamed } from '../../src/quantizers/index.js';
import { bitsPerWeight } from '../../src/quantizers/quantizer.js';
import { calibrationOf, syntheticInputs } from './synthetic-calibration.js';
import { matrices, readBack } from './weight-matrices.js';

const { normal } = seededRandom(21);
const weights = matrix(
  48,
  64,
  Float32Array.from({ length: 48 * 64 }, () => normal()),
);
const calibration = calibrationOf(syntheticInputs(64, 64, 5));

/** sum over elements of (s_j (w - w^))^2. */
function weightedError({ cols, data }: Matrix, read: Float32Array, scales: (channel: number) => number): number {
  return data.reduce((sum, value, i) => sum + ((value - read[i]!) * scales(i % cols)) ** 2, 0);
}

describe('MXINT', () => {
  it('takes its power of two from the largest magnitude, rounds to even and keeps the code -2^(b-1) unused', () => {
    const row = Float32Array.of(1.9, -1.99, 0.125, 0.375, 0.0625, -1, 0, 0.9);
    const quantized = quantize('mxint', matrix(1, 8, row), { bits: 4, group: 8 });
    expect([...readBack(quantized)]).toEqual([1.75, -1.75, 0, 0.5, 0, -1, 0, 1]);
    expect(quantized.side['exponents']).toEqual(Uint8Array.of(127));
  });

  it('takes b + 8/16 bits, and a short last group an exponent of its own', () => {
    const ofWidth = (cols: number): number => bitsPerWeight(quantize('mxint', matrix(1, cols, new Float32Array(cols)), { bits: 6 }).bits);
    expect(ofWidth(64)).toBe(6.5);
    expect(ofWidth(20)).toBe(6 + 16 / 20);
  });

  it('is off by at most a step of the group, wherever nothing clips by half of one', () => {
    fc.assert(
      fc.property(matrices(1), fc.integer({ min: 2, max: 8 }), (tensor, bits) => {
        const quantized = quantize('mxint', tensor, { bits, group: 4 });
        const groups = Math.ceil(tensor.cols / 4);
        readBack(quantized).forEach((value, i) => {
          const group = Math.floor(i / tensor.cols) * groups + Math.floor((i % tensor.cols) / 4);
          const step = 2 ** (quantized.side['exponents']![group]! - 127 - (bits - 2));
          const error = Math.abs(value - tensor.data[i]!);
          expect(error).toBeLessThanOrEqual(Math.abs(tensor.data[i]!) > (2 ** (bits - 1) - 1) * step ? step : step / 2);
        });
      }),
      { numRuns: 80 },
    );
  });
});

describe.each(['mxint', 'rtn'])('low-rank correction over %s', (base) => {
  const errorOf = (name: string, rank: number, scales: (channel: number) => number): number =>
    weightedError(weights, readBack(quantize(name, weights, { base, bits: 3, rank }, calibration)), scales);

  it('makes the error smaller with every step of the rank', () => {
    const plain = weightedError(weights, readBack(quantize(base, weights, { bits: 3, group: 16 })), () => 1);
    const errors = [1, 4, 8, 16, 32, 48].map((rank) => errorOf('lqer', rank, () => 1));
    expect([plain, ...errors].every((error, i, all) => i === 0 || error < all[i - 1]!)).toBe(true);
    // At full rank only the rounding of the factors to 8 bits is left.
    expect(errors.at(-1)! / plain).toBeLessThan(1e-3);
  });

  it('with the scales of the input makes the error weighted by them smaller with every step, and smaller than without them', () => {
    const scales = channelScales(calibration);
    const weighted = (channel: number): number => scales[channel]!;
    const errors = [1, 4, 8, 16, 32].map((rank) => errorOf('l2qer', rank, weighted));
    expect(errors.every((error, i) => i === 0 || error < errors[i - 1]!)).toBe(true);
    [1, 4, 8, 16, 32].forEach((rank, i) => {
      expect(errors[i]).toBeLessThan(errorOf('lqer', rank, weighted));
    });
  });
});

describe('what the factors take', () => {
  it('is counted to the bit: 8 per element and 8 per 16 of them along K and along the rank', () => {
    const bitsOf = (rank: number): number => quantize('lqer', weights, { rank }).bits.lowRank;
    expect(bitsOf(32)).toBe((32 * (48 + 64) * 8.5) / (48 * 64));
    expect(bitsOf(4)).toBe((4 * (48 + 64) * 8 + 8 * (4 * 4 + 48)) / (48 * 64));
    expect(quantizerNamed('lqer').lowRank!({ rank: 4 })).toEqual({ rank: 4, format: 'mxint8-g16' });
  });

  it('ends at the shorter side of the matrix', () => {
    const quantized = quantize('lqer', weights, { rank: 500 });
    expect(quantized.choices['rank']).toBe(48);
    expect(quantized.bits.lowRank).toBe(quantize('lqer', weights, { rank: 48 }).bits.lowRank);
  });
});

describe('scales of the input channels', () => {
  it('have one as the geometric middle of the least and the most used, and stay finite for a channel that is never used', () => {
    const of = (means: readonly number[]): number[] => [
      ...channelScales({
        tokens: 1,
        channels: { meanAbs: Float32Array.from(means), maxAbs: Float32Array.from(means), squareSum: Float64Array.from(means) },
      }),
    ];
    expect(of([1, 4, 16])).toEqual([0.25, 1, 4]);
    expect(of([0, 1])).toEqual([2 ** -10, 2 ** 10]);
    expect(of([0, 0])).toEqual([1, 1]);
  });
});

describe('without what it needs', () => {
  it('L2QER says so', () => {
    expect(() => quantize('l2qer', weights)).toThrow(/quantizer l2qer needs to see the inputs of the matrix: channels/);
  });
});
