import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.js';
import type { LowbitError } from '../../src/lowbit-error.js';
import { operandBits } from '../../src/trace/layer-trace.js';
import { operandFormat } from '../../src/formats/index.js';
import { quantize, quantizerNamed, quantizers } from '../../src/quantizers/index.js';
import { resolveScheme, schemeSchema } from '../../src/trace/scheme-config.js';
import { calibrationOf, syntheticInputs } from '../quantizers/synthetic-calibration.js';
import { schemeNamed, schemeNames } from './catalogue.js';

const weightBits: Readonly<Record<string, number>> = {
  fp16: 16,
  w6a6: 6,
  w8a8: 8,
  w8a16: 8,
  'w4a16-g128': 4 + 16 / 128,
  'w4a16-asym-g128': 4 + 20 / 128,
  'w3a16-g128': 3 + 16 / 128,
  'w4a8-g128': 4 + 16 / 128,
  'bitmod-3b': 3.078125,
  'bitmod-4b': 4.078125,
  'bitmod-6b': 6.0625,
  'ant-4b': 4,
  'ant-w4a4': 4,
  'olive-4b': 4,
  'olive-w4a4': 4,
  mxfp4: 4.25,
  'mxfp4-w4a4': 4.25,
  mxfp6: 6.25,
  mxfp8: 8.25,
  mxint8: 8.25,
  nvfp4: 4.5,
  'nvfp4-w4a4': 4.5,
  nf4: 4 + 8 / 64 + 32 / (64 * 256),
  fp8: 8,
  'ant-hpca25': 5,
  'olive-hpca25': 4,
  w4a4kv4: 4,
  'ant-w4a4kv4': 4,
  'olive-w4a4kv4': 4,
  'w4a16kv8-g128': 4 + 16 / 128,
  'mixpe-w4a8': 4 + 20 / 128,
  'mixpe-w4a16': 4 + 20 / 128,
  'qfx-2hot': 8,
  'w16a16-int': 16,
  'adaptivfloat-w8a8': 8,
  'biscaled-w6a6': 7,
  'lqer-w4a8': 4.5,
  'gobo-3b': 3.048,
  w4a4: 4,
  'w3a16-asym-g128': 3 + 19 / 128,
  'gptq-w3': 3 + 16 / 128,
  'gptq-w4': 4 + 16 / 128,
  'awq-w3': 3 + 19 / 128,
  'awq-w4': 4 + 20 / 128,
  'smoothquant-w8a8': 8,
  'smoothquant-w4a4': 4,
  'smoothquant-plus-w4a16': 4 + 20 / 128,
  'quarot-w4a4kv4': 4,
  'qoq-w4a8kv4': 4 + 12 / 128,
  'fmpq-w4a4kv4': 4 + 16 / 128,
  'atom-w4a4kv4': 4 + 16 / 128,
  'mr-gptq-mxfp4': 4.25,
  'mr-gptq-nvfp4': 4.5,
  'spqr-3b': 3 + (6 / 16 + 64 / 256 + 0.01 * 32),
  'kivi-2': 16,
  'gguf-q2-k': 2.625,
  'gguf-q3-k': 3.4375,
  'gguf-q4-0': 4.5,
  'gguf-q4-k': 4.5,
  'gguf-q5-k': 5.5,
  'gguf-q6-k': 6.5625,
  'gguf-q8-0': 8.5,
  'lqer-r32-w4a8': 4.5,
  'l2qer-r32-w4a8': 4.5,
};

describe('schemes as shipped', () => {
  it('each has its bits listed here, carries the name it is found by and a source', () => {
    expect(Object.keys(weightBits).sort()).toEqual([...schemeNames].sort());
    for (const name of schemeNames) {
      const scheme = schemeNamed(name);
      expect(scheme.name).toBe(name);
      expect(scheme.source).toBeTruthy();
      expect(scheme.description).toBeTruthy();
    }
  });

  it.each(Object.entries(weightBits))('%s charges exactly %d bits a weight', (name, bits) => {
    expect(operandBits(resolveScheme(schemeNamed(name), 'llama-2-7b').weight)).toBe(bits);
  });

  it('the mixed schemes of the BitMoD comparison follow the model', () => {
    const bits = (scheme: string, model: string): number => operandBits(resolveScheme(schemeNamed(scheme), model).weight);
    const models = ['opt-1.3b', 'phi-2', 'yi-6b', 'llama-2-7b', 'llama-2-13b', 'llama-3-8b'];
    expect(models.map((model) => bits('ant-hpca25', model))).toEqual([5, 5, 5.25, 5, 4, 5]);
    expect(models.map((model) => bits('olive-hpca25', model))).toEqual([4, 4, 4, 4, 4, 4.5]);
  });

  it('BitMoD keeps 8-bit keys and values, the comparison 16-bit ones, and activations have 16 bits unless said', () => {
    for (const name of ['bitmod-3b', 'bitmod-4b', 'bitmod-6b']) expect(operandBits(resolveScheme(schemeNamed(name), 'm').kv)).toBe(8);
    for (const name of ['fp16', 'ant-hpca25', 'olive-hpca25']) expect(operandBits(resolveScheme(schemeNamed(name), 'm').kv)).toBe(16);
    const bare = schemeSchema.parse({ name: 'bare', weight: { format: 'int4-g64' } });
    const { activation, attention, kv, output } = resolveScheme(bare, 'm');
    expect([activation, attention, kv, output].map(operandBits)).toEqual([16, 16, 16, 16]);
    expect(operandBits(resolveScheme(schemeNamed('w8a8'), 'm').attention)).toBe(8);
  });
});

describe('rules from quantizer options to bits', () => {
  const bits = (weight: object): number => operandBits(resolveScheme(schemeSchema.parse({ name: 's', weight }), 'm').weight);

  it('FP16 group scales cost 8 bits a group more than second-level INT8 ones', () => {
    const bitmod = { quantizer: 'bitmod', bits: 3, group: 64 };
    expect(bits({ ...bitmod, secondLevel: 'none' }) - bits({ ...bitmod, secondLevel: 'int8' })).toBe(8 / 64);
  });

  it('a granularity decides whether a group size counts, by the default of the quantizer when it is not given', () => {
    expect(bits({ quantizer: 'ant', bits: 4, group: 64, granularity: 'group' })).toBe(4 + 32 / 64);
    expect(bits({ quantizer: 'ant', bits: 4, group: 64 })).toBe(4);
    expect(bits({ quantizer: 'rtn', bits: 4, group: 64 })).toBe(4 + 16 / 64);
    expect(bits({ quantizer: 'rtn', bits: 4, group: 64, granularity: 'channel' })).toBe(4);
  });

  // Atom mixes INT8 blocks into INT4, how many depends on the width: its format states the INT4 part.
  it.each(schemeNames.filter((name) => ![undefined, 'atom'].includes(schemeNamed(name).weight.quantizer)))(
    '%s charges what its quantizer stores per weight and group',
    (name) => {
      const { outliers: _stated, ...entry } = schemeNamed(name).weight;
      const { quantizer = '', format: _format, bitsByModel: _bitsByModel, ...options } = entry;
      const needs = quantizerNamed(quantizer).needs !== undefined;
      const [rows, cols] = needs || quantizer === 'lqer' ? [16, 256] : [quantizer === 'spqr' ? 16 : 2, 256 * 64];
      const data = Float32Array.from({ length: rows * cols }, (_, i) => Math.fround(((i * 7919) % 1009) / 1009 - 0.5));
      const calibration = needs ? calibrationOf(syntheticInputs(2 * cols, cols, 1)) : undefined;
      const { bits, format } = quantize(quantizer, { rows, cols, data }, options, calibration);
      const { weight } = resolveScheme({ ...schemeNamed(name), weight: entry }, 'any');
      expect(operandBits(weight)).toBeCloseTo(bits.payload + bits.group, 12);
      expect(weight.format).toBe(format);
      expect(weight).toEqual(operandFormat(format));
    },
  );
});

describe('a format beside a quantizer', () => {
  const weight = (fields: object) => schemeSchema.safeParse({ name: 's', weight: fields });

  it('may repeat what the quantizer stores, or be left out', () => {
    for (const quantizer of Object.keys(quantizers)) expect(weight({ quantizer }).success).toBe(true);
    const fields = { quantizer: 'mx', element: 'e2m3' };
    const named = resolveScheme(schemeSchema.parse({ name: 's', weight: { ...fields, format: 'mxfp6-e2m3' } }), 'm');
    expect(resolveScheme(schemeSchema.parse({ name: 's', weight: fields }), 'm').weight).toEqual(named.weight);
  });

  it.each([
    [{ quantizer: 'rtn', bits: 8, format: 'mxfp4' }, 'int8-g128'],
    [{ quantizer: 'rtn', bits: 4, granularity: 'channel', format: 'int4-g128' }, 'int4-channel'],
    [{ quantizer: 'nf4', format: 'nf4-dq' }, 'nf4'],
    [{ quantizer: 'bitmod', secondLevel: 'none', format: 'bitmod-fp4-g128' }, 'bitmod-fp4-g128-fp16scale'],
  ])('is refused in %j, which stores %s', (fields, stored) => {
    const issue = weight(fields).error?.issues[0];
    expect(issue?.message).toBe('weight format is not what the quantizer stores');
    expect(issue).toMatchObject({ path: ['weight', 'format'], params: { allowed: [stored] } });
  });
});

describe('bad schemes', () => {
  const problem = (lines: string): string => {
    try {
      parseConfig(`name: s\n${lines}\n`, 's.yaml', schemeSchema);
      return 'none';
    } catch (error) {
      return (error as LowbitError).message;
    }
  };

  it.each([
    ['weight: { quantizer: rtnn, bits: 4 }', /^unknown weight\.quantizer: rtnn \(s\.yaml:2:22\).*did you mean rtn/],
    ['weight: { quantizer: rtn, secondLevel: int8 }', /^unknown key in weight: secondLevel \(s\.yaml:2:27\).* bits, granularity, group/],
    ['weight: { quantizer: bitmod, bits: 5 }', /^unknown weight\.bits: 5 \(s\.yaml:2:36\); expected one of: 3, 4, 6, 8/],
    ['weight: { quantizer: bitmod, bits: -3 }', /^unknown weight\.bits: -3 \(s\.yaml:2:36\); expected one of: 3, 4, 6, 8$/],
    ['weight: { quantizer: rtn, bits: 9 }', /^weight\.bits must be a whole number of at least 2 and at most 8: 9 \(s\.yaml:2:33\)/],
    ['weight: { quantizer: rtn, bits: 0 }', /s\.yaml:2:33/],
    ['weight: { quantizer: rtn, bits: 4, group: 0 }', /^weight\.group must be .* at least 1: 0 \(s\.yaml:2:43\)/],
    ['weight: { quantizer: rtn, symmetric: false, fullRange: true }', /^fullRange needs symmetric=true \(s\.yaml:2:9\)/],
    ['weight: { quantizer: ant, clipLow: 90, clipHigh: 80 }', /^it must be above clipLow.*: 80 \(s\.yaml:2:50\)/],
    ['weight: { bits: 4 }', /unknown key in weight: bits[\s\S]*missing key: weight\.format/],
    ['weight: { format: fp17 }', /^unknown operand format: "fp17" \(s\.yaml:2:19\)/],
    ['weight: { format: int4-g128, bits: 8 }', /^unknown key in weight: bits \(s\.yaml:2:30\)/],
    ['weight: { format: fp16 }\nactivation: { format: fp17 }', /^unknown operand format: "fp17" \(s\.yaml:3:23\)/],
    ['weight: { format: fp16 }\nattention: { format: fp17 }', /^unknown operand format: "fp17" \(s\.yaml:3:22\)/],
    ['weight: { format: fp16 }\nkv: { format: fp17 }', /^unknown operand format: "fp17" \(s\.yaml:3:15\)/],
    ['weight: { format: fp16 }\noutput: { format: fp17 }', /^unknown operand format: "fp17" \(s\.yaml:3:19\)/],
    ['weight: { format: fp16 }\nactivation: { quantizer: rtn, bits: 1 }', /^activation\.bits must be .*: 1 \(s\.yaml:3:37\)/],
    ['weight: { format: fp16 }\nactivations: { format: int8 }', /^unknown key: activations \(s\.yaml:3:1\)/],
  ])('%s is refused where it is wrong', (lines, message) => {
    expect(problem(lines)).toMatch(message);
  });
});
