import { describe, expect, it } from 'vitest';
import { blockTypeNames } from '../../src/formats/gguf/block-types.js';
import { operandFormat } from '../../src/formats/index.js';
import { LowbitError } from '../../src/lowbit-error.js';
import { matrix } from '../../src/numeric/matrix.js';
import { seededRandom } from '../../src/numeric/random.js';
import { granularities } from '../../src/quantizers/group-geometry.js';
import { quantize, quantizerNamed, quantizers } from '../../src/quantizers/index.js';
import { idleOptions, optionsOf, parseOptions } from '../../src/quantizers/quantize-options.js';
import { tensorStatistics } from '../../src/quantizers/statistics.js';
import { tensorStatisticsSchema } from '../../src/trace/layer-trace.js';
import { quantizeSeeing } from './synthetic-calibration.js';

const tensor = matrix(2, 4, Float32Array.of(1, -2, 3, 0, 0.5, 0.25, -4, 7));

/** Values of both signs, so that a sign left to the data is found. */
const signedRamp = Float32Array.from({ length: 65536 }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5);

const quickSearch = { clipStep: 50 };

/** Every option that can change what is stored, for every quantizer. */
const optionTable: readonly (readonly [name: string, options: Readonly<Record<string, unknown>>])[] = [
  ...granularities.flatMap((granularity) => [
    ...[2, 3, 4, 5, 6, 7, 8].flatMap((bits) => [
      ['rtn', { bits, granularity }] as const,
      ['rtn', { bits, granularity, symmetric: false, group: 64 }] as const,
      ['rtn', { bits, granularity, fullRange: true, group: 32 }] as const,
    ]),
    ...['e2m1', 'e3m0', 'e1m2', 'e2m2', 'e3m1', 'e2m3', 'e3m2', 'e4m3', 'e5m2'].map(
      (element) => ['float', { element, granularity, group: 32 }] as const,
    ),
    ...[3, 4, 5, 6, 7, 8].map((bits) => ['ant', { ...quickSearch, bits, granularity, group: 64 }] as const),
    ...['int', 'pot', 'flint', 'float'].map((type) => ['ant', { ...quickSearch, type, granularity, signed: false }] as const),
    ...[4, 8].map((bits) => ['olive', { ...quickSearch, bits, granularity, group: 64 }] as const),
    ...['int', 'flint'].map((normal) => ['olive', { ...quickSearch, normal, granularity, signed: false }] as const),
  ]),
  ...['e2m1', 'e2m3', 'e3m2', 'e4m3', 'e5m2', 'e2m0', 'int8'].flatMap((element) => [
    ['mx', { element }] as const,
    ['mx', { element, scaleRule: 'bitmod' }] as const,
  ]),
  ...blockTypeNames.map((type) => ['gguf', { type }] as const),
  ...[2, 4, 8].flatMap((bits) => [16, 64].map((group) => ['mxint', { bits, group }] as const)),
  ...['mxint', 'rtn'].flatMap((base) => [['lqer', { base, rank: 4 }] as const, ['l2qer', { base, rank: 4 }] as const]),
  ['nvfp4', {}],
  ...[2, 3, 4].flatMap((bits) =>
    [32, 64, 256].flatMap((block) => [false, true].map((doubleQuantization) => ['nf4', { bits, block, doubleQuantization }] as const)),
  ),
  ...['round', 'ceil'].flatMap((scaleRounding) => [32, 128].map((group) => ['qoq', { scaleRounding, group }] as const)),
  ['qoq', { granularity: 'channel' }],
  ['fmpq', {}],
  ...[1, 2, 3, 4, 5, 6].map((bits) => ['quest', { bits }] as const),
  ['atom', {}],
  ...[2, 3, 4, 5, 6, 7, 8].flatMap((bits) => [['gobo', { bits }] as const, ['spqr', { bits }] as const]),
  ...['mxfp4', 'nvfp4'].flatMap((format) => [0, 64].map((hadamard) => ['mr-gptq', { target: format, hadamard }] as const)),
  ['awq-clip', {}],
  ['awq-clip', { bits: 3, symmetric: true }],
  ...[2, 8].flatMap((bits) => [
    ['gptq', { bits, group: 64 }] as const,
    ['gptq', { bits, granularity: 'channel', symmetric: false, staticGroups: true }] as const,
  ]),
  ...[3, 4, 6, 8].flatMap((bits) =>
    ['int8', 'none'].flatMap((secondLevel) =>
      ['fp16', 'fp32'].flatMap((scaleFormat) => [64, 128].map((group) => ['bitmod', { bits, secondLevel, scaleFormat, group }] as const)),
    ),
  ),
];

describe('quantizers by name', () => {
  it.each(Object.keys(quantizers))('%s is listed under its own name and fills in all defaults', (name) => {
    const quantizer = quantizerNamed(name);
    expect(quantizer.name).toBe(name);
    expect(quantizer.modelVersion).toBeGreaterThanOrEqual(1);
    expect(parseOptions(quantizer, {})).toBeTypeOf('object');
  });

  it.each(Object.keys(quantizers))('%s says of every option what it takes, and its defaults are those that are filled in', (name) => {
    const quantizer = quantizerNamed(name);
    const options = optionsOf(quantizer);
    for (const { allowed, description } of options) expect([allowed === '', description === '']).toEqual([false, false]);
    const defaults = options.flatMap(({ name: option, default: value }) => (value === undefined ? [] : [[option, value]]));
    expect(Object.fromEntries(defaults)).toEqual(parseOptions(quantizer, {}));
  });

  it('say when an option that was given changes nothing', () => {
    const idle = (name: string, options: Readonly<Record<string, unknown>>): string[] => idleOptions(quantizerNamed(name), options);
    expect(idle('rtn', { granularity: 'channel', group: '64' })).toEqual([
      expect.stringMatching(/group=64 of quantizer rtn has no effect.*granularity=group/),
    ]);
    expect(idle('rtn', { granularity: 'channel' })).toEqual([]);
    expect(idle('rtn', { group: '64' })).toEqual([]);
    for (const name of ['ant', 'olive']) {
      expect(idle(name, { alpha: 1, clipLow: 50, clipStep: 2 })).toHaveLength(2);
      expect(idle(name, { clipLow: 50 })).toEqual([]);
    }
    expect(idle('nvfp4', {})).toEqual([]);
  });

  it.each(Object.keys(quantizers))('%s with its defaults finds its own code words again and names a known operand format', (name) => {
    const { normal } = seededRandom(11);
    const weights = matrix(
      4,
      256,
      Float32Array.from({ length: 1024 }, () => normal() * 0.02),
    );
    const quantized = quantizeSeeing(name, weights);
    expect(quantizerNamed(name).encode(quantizerNamed(name).dequantize(quantized), quantized)).toEqual(quantized.codes);
    expect(operandFormat(quantized.format).payload_bitsPerElement).toBe(quantized.bits.payload);
  });

  it.each(optionTable)('%s %j writes the format it promises, whose payload and group bits are those stored', (name, options) => {
    // 65536 elements make 1024, 2048 or 256 scales: whole blocks of 256 of them.
    const quantizer = quantizerNamed(name);
    const { format, bits } = quantizeSeeing(name, matrix(256, 256, signedRamp), options);
    const operand = operandFormat(format);
    expect([operand.payload_bitsPerElement, operand.metadata_bitsPerElement]).toEqual([bits.payload, bits.group]);
    expect(quantizer.formatName(parseOptions(quantizer, options))).toBe(format);
  });

  it('unsigned OliVe codes are a bit wider and have a name of their own, chosen by the data when the sign is left to it', () => {
    const positive = matrix(
      1,
      64,
      Float32Array.from({ length: 64 }, (_, i) => i / 64),
    );
    for (const options of [{ signed: false }, { granularity: 'tensor' }]) {
      const { format, bits } = quantize('olive', positive, options);
      expect([format, bits.payload, operandFormat(format).payload_bitsPerElement]).toEqual(['uolive4', 5, 5]);
    }
    expect(quantize('olive', positive, { signed: false, granularity: 'group', group: 32 }).format).toBe('uolive4-g32');
  });

  it('that do not exist are refused with the list', () => {
    expect(() => quantizerNamed('rtnn')).toThrow(/unknown quantizer: rtnn; expected one of: rtn, .*did you mean rtn/);
    expect(() => quantizerNamed('constructor')).toThrow(LowbitError);
  });
});

describe('options', () => {
  it('may be strings, as a command line gives them', () => {
    expect(quantize('rtn', tensor, { bits: '3', symmetric: 'false', group: '4' })).toEqual(
      quantize('rtn', tensor, { bits: 3, symmetric: false, group: 4 }),
    );
  });

  it('that are unknown are refused with the value, the list and the nearest name', () => {
    expect(() => quantize('rtn', tensor, { bit: 4 })).toThrow(
      /unknown option of quantizer rtn: bit=4; expected one of: bits, granularity, .*did you mean bits/,
    );
    expect(() => quantize('nvfp4', tensor, { bits: 4 })).toThrow(/unknown option of quantizer nvfp4: bits=4; it takes no options/);
  });

  it.each([
    [{ bits: 1 }, /invalid option bits of quantizer rtn: 1; it must be at least 2/],
    [{ bits: 9 }, /invalid option bits of quantizer rtn: 9; it must be at most 8/],
    [{ bits: 4.5 }, /invalid option bits of quantizer rtn: 4.5; it must be a whole number/],
    [{ bits: 'four' }, /invalid option bits of quantizer rtn: four; it must be/],
    [{ group: 0 }, /invalid option group of quantizer rtn: 0; it must be more than 0/],
    [{ group: '-128' }, /invalid option group of quantizer rtn: -128/],
    [{ granularity: 'row' }, /invalid option granularity of quantizer rtn: row; expected one of: tensor, channel, group/],
    [{ symmetric: 'yes' }, /invalid option symmetric of quantizer rtn: yes; it must be of type boolean/],
    [{ symmetric: false, fullRange: true }, /options of quantizer rtn do not fit together; fullRange needs symmetric=true/],
  ])('%j are refused with the reason', (options, message) => {
    expect(() => quantize('rtn', tensor, options)).toThrow(LowbitError);
    expect(() => quantize('rtn', tensor, options)).toThrow(message);
  });
});

describe('tensors that cannot be quantized', () => {
  it('without elements are refused', () => {
    expect(() => quantize('rtn', matrix(0, 4, new Float32Array(0)))).toThrow(/tensor without elements.*0 x 4/);
  });

  it.each(Object.keys(quantizers).flatMap((name) => [NaN, Infinity, -Infinity].map((bad) => [name, bad] as const)))(
    '%s refuses %f, naming row and column and what to do',
    (name, bad) => {
      const data = new Float32Array(3 * 32);
      data[32 + 3] = bad;
      const attempt = (): unknown => quantize(name, matrix(3, 32, data));
      expect(attempt).toThrow(LowbitError);
      expect(attempt).toThrow(`weight is not a finite number: ${bad} (row 1, column 3); replace it`);
    },
  );

  it('are those above 2^126, not those at it', () => {
    const options = { granularity: 'channel' };
    const single = (value: number) => (): unknown => quantize('ant', matrix(1, 1, Float32Array.of(value)), options);
    expect(single(2 ** 126)).not.toThrow();
    expect(single(-(2 ** 126) * (1 + 2 ** -23))).toThrow(/too large.*row 0, column 0/);
  });

  it.each([
    ['mx', 32],
    ['nvfp4', 16],
  ])('%s refuses rows that are not whole blocks of %d, and takes those that are', (name, block) => {
    for (const cols of [1, block - 1, block + 1, 27])
      expect(() => quantize(name, matrix(2, cols, new Float32Array(2 * cols)))).toThrow(
        `rows of ${cols} elements do not divide into ${name === 'mx' ? 'mxfp4' : name} blocks; the number of columns must be a multiple of ${block}`,
      );
    for (const cols of [block, 2 * block]) expect(() => quantize(name, matrix(2, cols, new Float32Array(2 * cols)))).not.toThrow();
  });
});

describe('statistics', () => {
  it('are measured on values and code words', () => {
    const quantized = quantize('rtn', tensor, { group: 4 });
    const statistics = tensorStatistics(tensor, quantized, quantizerNamed('rtn').dequantize(quantized));
    expect(tensorStatisticsSchema.parse(statistics)).toEqual(statistics);
    expect([...quantized.codes]).toEqual([2, 11, 7, 0, 0, 0, 12, 7]);
    expect(statistics.zeroDensity).toBe(3 / 8);
    expect(statistics.bitDensity).toBe((1 + 3 + 3 + 0 + 0 + 0 + 2 + 3) / 32);
    expect(statistics.maxOverStd).toBeGreaterThan(1);
  });

  it('of equal values leave kurtosis and spread out', () => {
    const zeros = matrix(1, 4, new Float32Array(4));
    const quantized = quantize('rtn', zeros);
    expect(tensorStatistics(zeros, quantized, new Float32Array(4))).toEqual({
      origin: 'measured',
      zeroDensity: 1,
      bitDensity: 0,
      termHistogram: [1, 0, 0, 0, 0],
    });
  });
});
