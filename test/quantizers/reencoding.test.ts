import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockTypeNames, blockTypes } from '../../src/formats/gguf/block-types.js';
import { matrix } from '../../src/numeric/matrix.js';
import { quantizerNamed } from '../../src/quantizers/index.js';
import { quantizeSeeing } from './synthetic-calibration.js';
import { matrices, readBack } from './weight-matrices.js';

type Options = Readonly<Record<string, unknown>>;

const variants: readonly (readonly [string, Options, number])[] = [
  ...[2, 3, 4, 5, 8].flatMap((bits) =>
    ['tensor', 'channel', 'group'].flatMap((granularity) => [
      ['rtn', { bits, granularity, group: 8 }, 1] as const,
      ['rtn', { bits, granularity, group: 8, symmetric: false }, 1] as const,
      ['rtn', { bits, granularity, group: 8, fullRange: true }, 1] as const,
    ]),
  ),
  ...['e2m1', 'e3m0', 'e1m2', 'e2m2', 'e3m1', 'e2m3', 'e3m2', 'e4m3', 'e5m2'].map(
    (element) => ['float', { element, granularity: 'group', group: 8 }, 1] as const,
  ),
  ...['e2m1', 'e2m3', 'e3m2', 'e4m3', 'e5m2', 'e2m0', 'int8'].flatMap((element) =>
    ['floor', 'ceil', 'even', 'bitmod'].map((scaleRule) => ['mx', { element, scaleRule }, 32] as const),
  ),
  ['mx', { scaleRule: 'mr-gptq' }, 32],
  ['nvfp4', {}, 16],
  ['nf4', { block: 8 }, 1],
  ['nf4', { block: 8, doubleQuantization: true }, 1],
  ['nf4', { bits: 3, block: 8 }, 1],
  ['nf4', { bits: 2, block: 8, doubleQuantization: true }, 1],
  ...[2, 3, 4, 8].flatMap((bits) =>
    [2, 8].map((scaleBits) => ['lq-lora', { bits, scaleBits, block: 8, scaleBlock: 4, scaleType: 'bf16', rank: 0 }, 1] as const),
  ),
  ...['lq-lora', 'lq-lora-inputs'].map((name) => [name, { bits: 3, block: 8, rank: 2 }, 1] as const),
  ...[2, 3, 8].flatMap((bits) => [-4, -1, 4].map((threshold) => ['gobo', { bits, threshold }, 1] as const)),
  ...['round', 'ceil'].flatMap((scaleRounding) => [8, 128].map((group) => ['qoq', { scaleRounding, group }, 1] as const)),
  ['qoq', { granularity: 'channel' }, 1],
  ['fmpq', {}, 1],
  ...[1, 2, 4, 6].map((bits) => ['quest', { bits }, 1] as const),
  ['atom', {}, 1],
  ['atom', { clip: 0.5 }, 128],
  ...[2, 3, 4, 8].flatMap((bits) => [0.02, 0.2, 5].map((tau) => ['spqr', { bits, tau }, 1] as const)),
  ...['mxfp4', 'nvfp4'].map((format) => ['mr-gptq', { target: format, hadamard: 0 }, 32] as const),
  ...[2, 4].flatMap((bits) => [false, true].map((symmetric) => ['awq-clip', { bits, group: 8, symmetric }, 1] as const)),
  ...[2, 4].flatMap((bits) =>
    [{ group: 8 }, { group: 8, symmetric: false, actOrder: true }, { granularity: 'channel', staticGroups: true }].map(
      (rest) => ['gptq', { bits, ...rest }, 1] as const,
    ),
  ),
  ...blockTypeNames.map((type) => ['gguf', { type }, blockTypes[type].elements] as const),
  ...[2, 4, 8].map((bits) => ['mxint', { bits, group: 8 }, 1] as const),
  ...['lqer', 'l2qer'].flatMap((name) => ['mxint', 'rtn'].map((base) => [name, { base, bits: 3, group: 8, rank: 2 }, 1] as const)),
];

describe.each(variants)('%s %j', (name, options, multiple) => {
  const cols = Math.max(32, multiple);

  it('finds its own code words again from the values read back, on any matrix', () => {
    fc.assert(
      fc.property(matrices(multiple), (tensor) => {
        const quantized = quantizeSeeing(name, tensor, options);
        const values = readBack(quantized);
        expect(quantizerNamed(name).encode(values, quantized)).toEqual(quantized.codes);
        expect(values.every(Number.isFinite)).toBe(true);
        expect(quantized.codes.every((code) => code < 2 ** quantized.codeBits)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('reads zeros back as zeros', () => {
    const quantized = quantizeSeeing(name, matrix(2, cols, new Float32Array(2 * cols)), options);
    expect(readBack(quantized).every((value) => value === 0)).toBe(true);
  });

  it('does not change its input and gives the same bytes twice', () => {
    const data = Float32Array.from({ length: 2 * cols }, (_, i) => ((i * 37) % 64) / 16 - 2);
    const before = data.slice();
    const first = quantizeSeeing(name, matrix(2, cols, data), options);
    expect(data).toEqual(before);
    expect(quantizeSeeing(name, matrix(2, cols, data), options)).toEqual(first);
  });
});
