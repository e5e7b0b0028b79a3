import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lqLoraBits, lqLoraConfigurations } from '../../src/codesign/lq-lora-configurations.js';
import { formatNamed, operandFormat } from '../../src/formats/index.js';
import { matrix, type Matrix } from '../../src/numeric/matrix.js';
import { seededRandom } from '../../src/numeric/random.js';
import { inputWeights } from '../../src/quantizers/lq-lora.js';
import { quantize } from '../../src/quantizers/index.js';
import { bitsPerWeight } from '../../src/quantizers/quantizer.js';
import { calibrationOf, syntheticInputs } from './synthetic-calibration.js';
import { matrices, readBack } from './weight-matrices.js';

const { normal } = seededRandom(8);
const weights = matrix(
  48,
  64,
  Float32Array.from({ length: 48 * 64 }, () => normal()),
);
const calibration = calibrationOf(syntheticInputs(64, 64, 5));

function weightedError({ cols, data }: Matrix, read: Float32Array, scales: (column: number) => number): number {
  return data.reduce((sum, value, i) => sum + ((value - read[i]!) * scales(i % cols)) ** 2, 0);
}

describe('the storage of LQ-LoRA', () => {
  const wide = matrix(16, 1024, new Float32Array(16 * 1024));

  it('takes the published bits exactly under all 432 configurations, and 32 per tensor for the offset that the formula leaves out', () => {
    const all = lqLoraConfigurations();
    expect(all).toHaveLength(432);
    for (const { name, ...configuration } of all) {
      const { bits, format } = quantize('lq-lora', wide, { ...configuration, rank: 0 });
      const formula = lqLoraBits({ name, ...configuration });
      expect(format).toBe(name);
      expect(bits.payload + bits.group).toBe(formula);
      expect(bitsPerWeight(bits)).toBe(formula + 32 / (16 * 1024));
      const { payload_bitsPerElement, metadata_bitsPerElement } = operandFormat(name);
      expect(payload_bitsPerElement + metadata_bitsPerElement).toBe(formula);
    }
  });

  it('counts what is stored: codes, scales of both levels with short blocks, the offset, and FP16 factors', () => {
    const tensor = matrix(5, 37, weights.data.slice(0, 5 * 37));
    const { bits, side } = quantize('lq-lora', tensor, { bits: 3, block: 16, scaleBits: 4, scaleBlock: 4, scaleType: 'bf16', rank: 2 });
    const widths = { scaleCodes: 4, scaleScales: 16, scaleOffset: 32, lowRankA: 16, lowRankB: 16 } as Record<string, number>;
    const stored = Object.entries(side).reduce((sum, [name, values]) => sum + values.length * widths[name]!, 3 * 5 * 37);
    expect(bitsPerWeight(bits) * 5 * 37).toBeCloseTo(stored, 9);
  });

  it('puts scales at o + code t / (2^b0 - 1), the least and the largest of a block where t is exact', () => {
    const rows = Float32Array.of(2, 0.5, -6, 1, 3, 0, 0, -10);
    const { side } = quantize('lq-lora', matrix(1, 8, rows), {
      bits: 4,
      block: 2,
      scaleBits: 2,
      scaleBlock: 4,
      scaleType: 'fp16',
      rank: 0,
    });
    expect(side).toEqual({ scaleCodes: Uint8Array.of(0, 2, 0, 3), scaleScales: Float32Array.of(8), scaleOffset: Float32Array.of(2) });
  });

  it('rounds the scale of scales to its type before codes are made of it, and never codes above the last', () => {
    const rows = Float32Array.of(1, 1 + 257 / 256);
    const of = (scaleType: string) => quantize('lq-lora', matrix(1, 2, rows), { block: 1, scaleBits: 8, scaleType, rank: 0 }).side;
    expect(of('bf16')['scaleScales']![0]).toBe(1);
    expect(of('bf16')['scaleCodes']![1]).toBe(255);
    expect(of('fp32')['scaleScales']![0]).toBe(257 / 256);
  });

  it('refuses scales that FP16 does not hold, naming the types that do', () => {
    const of = (value: number) => () =>
      quantize('lq-lora', matrix(1, 2, Float32Array.of(0, value)), { block: 1, scaleType: 'fp16', rank: 0 });
    expect(of(65519)).not.toThrow();
    expect(of(65520)).toThrow(/does not fit fp16.*bf16 or fp32/);
  });

  it('reads weights within half a level and the rounding of the scale, on any matrix', () => {
    const levels = [...formatNamed('nf8').values];
    const widest = Math.max(...levels.slice(1).map((level, i) => level - levels[i]!));
    fc.assert(
      fc.property(matrices(1), (tensor) => {
        const quantized = quantize('lq-lora', tensor, { bits: 8, block: 4, scaleBlock: 4, scaleType: 'bf16', rank: 0 });
        const values = readBack(quantized);
        const top = Math.max(...quantized.side['scaleScales']!);
        const largest = tensor.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        // bf16 is off by 2^-9, codes of scales by half of 1/255.
        const slack = top * (1 / 510 + 2 ** -8) + largest * 1e-5 + 2 ** -125;
        values.forEach((value, i) => expect(Math.abs(value - tensor.data[i]!)).toBeLessThanOrEqual((widest / 2) * largest + slack));
      }),
      { numRuns: 60 },
    );
  });
});

describe('NF8', () => {
  it('rises, ends at -1 and 1, holds 0 and solves the quantile formula', () => {
    const { values, bits } = formatNamed('nf8');
    expect([bits, values.length, values[0], values[127], values[255]]).toEqual([8, 256, -1, 0, 1]);
    expect(values.every((value, i) => i === 0 || value > values[i - 1]!)).toBe(true);
  });
});

describe.each(['lq-lora', 'lq-lora-inputs'])('the alternating loop of %s', (name) => {
  const scales = name === 'lq-lora' ? undefined : inputWeights(calibration);
  const errorOf = (options: object): number =>
    weightedError(weights, readBack(quantize(name, weights, { bits: 3, ...options }, calibration)), (column) => scales?.[column] ?? 1);

  it('is never worse than plain codes in the error it minimises, whatever the rank and the configuration', () => {
    for (const bits of [2, 3, 8])
      for (const scaleBits of [2, 8])
        for (const rank of [1, 8, 48])
          expect(errorOf({ bits, scaleBits, rank, block: 16 })).toBeLessThanOrEqual(errorOf({ bits, scaleBits, rank: 0, block: 16 }));
  });

  it('is never worse after more fits, and the error falls with the rank here', () => {
    const after = [1, 2, 5, 100].map((iterations) => errorOf({ rank: 8, iterations }));
    after.forEach((error, i) => expect(error).toBeLessThanOrEqual(after[i - 1] ?? Infinity));
    const byRank = [0, 4, 16, 48].map((rank) => errorOf({ rank }));
    byRank.forEach((error, i) => expect(error).toBeLessThan(byRank[i - 1] ?? Infinity));
  });

  it('gives the same bytes again and a rank cut to the shorter side', () => {
    const once = quantize(name, weights, { rank: 999 }, calibration);
    expect(once.choices['rank']).toBe(48);
    expect(quantize(name, weights, { rank: 999 }, calibration)).toEqual(once);
  });

  it('keeps plain codes with a product of zeros where no product is better', () => {
    const zeros = quantize(name, matrix(4, 64, new Float32Array(256)), { rank: 2 }, calibration);
    expect([...readBack(zeros)].every((value) => value === 0)).toBe(true);
  });
});

describe('weighting by inputs', () => {
  it('has a smaller error where inputs are large than the loop without, and a larger one in the weights', () => {
    const read = (name: string) => readBack(quantize(name, weights, { bits: 3, rank: 8 }, calibration));
    const scales = inputWeights(calibration);
    const error = (name: string, weighted: boolean) => weightedError(weights, read(name), (column) => (weighted ? scales[column]! : 1));
    expect(error('lq-lora-inputs', true)).toBeLessThan(error('lq-lora', true));
    expect(error('lq-lora-inputs', false)).toBeGreaterThan(error('lq-lora', false));
  });

  it('counts channels without inputs as hardly used, so that nothing is divided by 0', () => {
    const dead = calibrationOf(
      matrix(
        4,
        64,
        syntheticInputs(4, 64, 1).data.map((value, i) => (i % 64 === 3 ? 0 : value)),
      ),
    );
    expect(inputWeights(dead)[3]).toBeGreaterThan(0);
    expect([...readBack(quantize('lq-lora-inputs', weights, { rank: 4 }, dead))].every(Number.isFinite)).toBe(true);
  });
});
