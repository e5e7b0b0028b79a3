import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formats, listOperandFormats, operandFormat } from '../../src/formats/index.js';
import { LowbitError } from '../../src/lowbit-error.js';

const fixture = JSON.parse(readFileSync(new URL('../fixtures/bits-per-weight.json', import.meta.url), 'utf8')) as {
  bitsPerWeight: Record<string, number>;
};
const total = (name: string): number => operandFormat(name).payload_bitsPerElement + operandFormat(name).metadata_bitsPerElement;

describe('operand formats', () => {
  it.each(Object.entries(fixture.bitsPerWeight))('%s costs the published %f bits per weight', (name, bits) => {
    expect(total(name)).toBe(bits);
  });

  it('share one FP16 scale over any group', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 2, max: 8 }), (group, bits) => {
        expect(operandFormat(`int${bits}-g${group}`)).toEqual({
          format: `int${bits}-g${group}`,
          payload_bitsPerElement: bits,
          metadata_bitsPerElement: 16 / group,
          group,
        });
        expect(operandFormat(`int${bits}-asym-g${group}`).metadata_bitsPerElement).toBe((16 + bits) / group);
      }),
    );
  });

  it.each([
    ['ant4-g128', 4, 32 / 128],
    ['ant6', 6, 0],
    ['olive8-g64', 8, 32 / 64],
    ['uolive4-g64', 5, 32 / 64],
    ['bitmod-fp4-g128-fp16scale', 4, 18 / 128],
    ['bitmod-fp3-g64-fp32scale', 3, 34 / 64],
    ['bitmod-int6-g128-fp16scale', 6, 16 / 128],
    ['bitmod-fp3-g128-int2scale', 3, 4 / 128],
    ['mxint4-g16', 4, 8 / 16],
    ['mxint8-g16', 8, 8 / 16],
    ['nf3-dq-g32', 3, (8 + 32 / 256) / 32],
  ])('%s has %d payload and %d metadata bits', (name, payload, metadata) => {
    const { format, payload_bitsPerElement, metadata_bitsPerElement } = operandFormat(name);
    expect([format, payload_bitsPerElement, metadata_bitsPerElement]).toEqual([name, payload, metadata]);
  });

  it('say where the scale is: per group, for the whole tensor, or not needed', () => {
    expect(operandFormat('int4-g64').group).toBe(64);
    expect(operandFormat('int4').group).toBe(0);
    expect(operandFormat('int4-channel').group).toBe(0);
    expect(operandFormat('fp16')).not.toHaveProperty('group');
  });

  it('include every element format, each listed once with description and source', () => {
    const listed = listOperandFormats();
    const names = listed.map(({ format }) => format);
    expect(new Set(names).size).toBe(names.length);
    expect(Object.keys(formats).filter((name) => !names.includes(name))).toEqual([]);
    expect(listed.filter(({ description, source }) => description === '' || source === '')).toEqual([]);
  });

  it.each([
    'int4-g0',
    'int4-g',
    'int9',
    'int4-g12x',
    'e2m1-asym-g128',
    'fp16-g128',
    'bitmod-fp5-g128',
    'constructor',
    '',
    'INT4',
    'nf5-g64',
    'ant2',
    'ant9-g128',
    'olive5',
    'uolive8',
    'olive4-channel',
    'int4-g128-fp16scale',
    'bitmod-fp4-g128-fp8scale',
  ])('refuse %j with what is allowed', (name) => {
    expect(() => operandFormat(name)).toThrow(LowbitError);
    expect(() => operandFormat(name)).toThrow(/unknown operand format.*expected one of: .*mxfp4.*ELEMENT-gN/);
  });

  it('suggest the name that was probably meant', () => {
    expect(() => operandFormat('int4g128')).toThrow(/did you mean int4-g128/);
    expect(() => operandFormat('mxpf4')).toThrow(/did you mean mxfp4/);
  });
});
