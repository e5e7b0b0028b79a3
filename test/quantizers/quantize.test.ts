import { describe, expect, it } from 'vitest';
import { operandFormat } from '../../src/formats/index.js';
import { LowbitError } from '../../src/lowbit-error.js';
import { matrix } from '../../src/numeric/matrix.js';
import { seededRandom } from '../../src/numeric/random.js';
import { checkFinite } from '../../src/quantizers/finite-check.js';
import { quantize, quantizerNamed, quantizers } from '../../src/quantizers/index.js';
import { parseOptions } from '../../src/quantizers/quantize-options.js';
import { tensorStatistics } from '../../src/quantizers/statistics.js';
import { tensorStatisticsSchema } from '../../src/trace/layer-trace.js';

const tensor = matrix(2, 4, Float32Array.of(1, -2, 3, 0, 0.5, 0.25, -4, 7));

describe('quantizers by name', () => {
  it.each(Object.keys(quantizers))('%s is listed under its own name and fills in all defaults', (name) => {
    const quantizer = quantizerNamed(name);
    expect(quantizer.name).toBe(name);
    expect(quantizer.modelVersion).toBeGreaterThanOrEqual(1);
    expect(parseOptions(quantizer, {})).toBeTypeOf('object');
  });

  it.each(Object.keys(quantizers))('%s with its defaults finds its own code words again and names a known operand format', (name) => {
    const { normal } = seededRandom(11);
    const weights = matrix(
      4,
      256,
      Float32Array.from({ length: 1024 }, () => normal() * 0.02),
    );
    const quantized = quantize(name, weights);
    expect(quantizerNamed(name).encode(quantizerNamed(name).dequantize(quantized), quantized)).toEqual(quantized.codes);
    expect(operandFormat(quantized.format).payload_bitsPerElement).toBe(quantized.bits.payload);
  });

  it.each([
    ['rtn', { bits: 3, group: 64, symmetric: false }],
    ['rtn', { bits: 8, granularity: 'channel' }],
    ['rtn', { granularity: 'channel', symmetric: false }],
    ['rtn', { granularity: 'tensor', symmetric: false }],
    ['float', {}],
    ['float', { element: 'e4m3', granularity: 'group', group: 32 }],
    ['mx', { element: 'e2m0', scaleRule: 'bitmod' }],
    ['mx', { element: 'e5m2' }],
    ['mx', { element: 'int8' }],
    ['nf4', { bits: 3, block: 32 }],
    ['nf4', { bits: 2, doubleQuantization: true, block: 256 }],
    ['bitmod', { bits: 3 }],
    ['bitmod', { bits: 6, group: 64 }],
  ])('%s %j writes a format whose payload and group bits are those of the operand format', (name, options) => {
    // 65536 elements make 1024, 2048 or 256 scales: whole blocks of 256 of them.
    const { format, bits } = quantize(name, matrix(256, 256, new Float32Array(65536)), options);
    const operand = operandFormat(format);
    expect([operand.payload_bitsPerElement, operand.metadata_bitsPerElement]).toEqual([bits.payload, bits.group]);
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

  it.each([NaN, Infinity, -Infinity])('with %f are refused, naming tensor, row, column and remedy', (bad) => {
    const data = new Float32Array(12);
    data[7] = bad;
    expect(() => checkFinite(matrix(3, 4, data), 'layer.0.weight')).toThrow(
      `weight is not a finite number: ${bad} (tensor layer.0.weight, row 1, column 3); use --nan-as-zero`,
    );
  });

  it('are those above 2^126, not those at it', () => {
    expect(() => checkFinite(matrix(1, 1, Float32Array.of(2 ** 126)), 'w')).not.toThrow();
    expect(() => checkFinite(matrix(1, 1, Float32Array.of(-(2 ** 126) * (1 + 2 ** -23))), 'w')).toThrow(/too large/);
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
    expect(tensorStatistics(zeros, quantized, new Float32Array(4))).toEqual({ origin: 'measured', zeroDensity: 1, bitDensity: 0 });
  });
});
