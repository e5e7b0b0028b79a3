import { describe, expect, it } from 'vitest';
import { antFloat } from '../../src/formats/ant-float.js';
import { ANT_TYPED_bits, antFormat, antNormalisedValues, type AntType } from '../../src/formats/ant-grid.js';
import type { ElementFormat } from '../../src/formats/element-format.js';
import { flint, flintMagnitude } from '../../src/formats/flint.js';
import { signedInteger, unsignedInteger } from '../../src/formats/integer.js';
import { powerOfTwo } from '../../src/formats/power-of-two.js';
import codecFixture from '../fixtures/olive/ovp_codec_vectors.json' with { type: 'json' };
import fixture from '../fixtures/ant/ant_grids.json' with { type: 'json' };

interface Grid {
  readonly unnormalised?: readonly number[];
  readonly normalised_f32_max10?: readonly number[];
  readonly count?: number;
  readonly max?: number;
  readonly min?: number;
  readonly unnormalised_positive_first8?: readonly number[];
  readonly unnormalised_positive_last8?: readonly number[];
}

function formatOf(type: string, bits: number, signed: boolean): ElementFormat {
  if (type === 'int') return signed ? signedInteger(bits) : unsignedInteger(bits);
  if (type === 'pot') return powerOfTwo(bits, signed);
  if (type === 'flint') return flint(bits, signed);
  return antFloat(bits, Number(type.at(-1)), signed);
}

const grids = Object.entries(fixture.grids as Record<string, Record<string, Grid>>).flatMap(([key, types]) =>
  Object.entries(types).map(([type, grid]) => ({ name: `${type} ${key}`, type, bits: Number(key[0]), signed: key.endsWith('s'), grid })),
);

describe('the ANT grids', () => {
  it.each(grids)('are the released values for $name', ({ type, bits, signed, grid }) => {
    const format = formatOf(type, bits, signed);
    // The released flint grid counts in units of 2^(B-1).
    const unit = type === 'flint' ? 2 ** -((signed ? bits - 1 : bits) - 1) : 1;
    const sorted = Array.from(format.values, (value) => value * unit).sort((a, b) => a - b);
    const positive = sorted.filter((value) => value > 0);
    if (grid.unnormalised) expect(sorted).toEqual(grid.unnormalised);
    if (grid.count) expect([sorted.length, sorted.at(-1), sorted[0]]).toEqual([grid.count, grid.max, grid.min]);
    if (grid.unnormalised_positive_first8) expect(positive.slice(0, 8)).toEqual(grid.unnormalised_positive_first8);
    if (grid.unnormalised_positive_last8) expect(positive.slice(-8)).toEqual(grid.unnormalised_positive_last8);
    if (grid.normalised_f32_max10) expect([...antNormalisedValues(format).sort()]).toEqual(grid.normalised_f32_max10);
  });

  it('are int above 6 bits whatever the type, and the type itself up to 6', () => {
    for (const type of ['pot', 'flint', 'float'] as AntType[]) {
      expect(antFormat(type, ANT_TYPED_bits + 1, true).name).toBe('int7');
      expect(antFormat(type, ANT_TYPED_bits, true).name).not.toBe('int6');
    }
  });

  it.each(Object.entries(codecFixture.flint_magnitude_codes))(
    'decode flint magnitudes of %s by the position of the first one',
    (width, codes) => {
      for (const [code, value] of Object.entries(codes)) {
        const { exponent, integer } = flintMagnitude(parseInt(code, 2), Number(width.slice(1)));
        expect(integer * 2 ** exponent).toBe(value);
      }
    },
  );
});

describe('flint, power-of-two and ANT float formats', () => {
  const formats = [2, 3, 4, 5, 6, 7, 8].flatMap((bits) =>
    [true, false].flatMap((signed) => [
      flint(bits, signed),
      powerOfTwo(bits, signed),
      ...[1, 2, 3, 4].map((e) => antFloat(bits, e, signed)),
    ]),
  );

  it.each(formats.map((format) => [format.name, format] as const))('%s reads back every value it can write', (_, format) => {
    for (const [code, value] of format.values.entries()) {
      expect(format.decode(format.encode(value))).toBe(value);
      if (value !== 0) expect(format.encode(value)).toBe(code);
    }
    expect(format.encode(0)).toBe(0);
    expect(() => format.encode(NaN)).toThrow(RangeError);
    expect(() => format.decode(2 ** format.bits)).toThrow(RangeError);
  });

  it.each(formats.map((format) => [format.name, format] as const))('%s rounds halves up and saturates', (_, format) => {
    const sorted = [...new Set(format.values)].sort((a, b) => a - b);
    sorted.slice(1).forEach((upper, i) => {
      const lower = sorted[i]!;
      expect(format.decode(format.encode(lower / 2 + upper / 2))).toBe(upper);
      expect(format.decode(format.encode(lower * 0.51 + upper * 0.49))).toBe(lower);
    });
    expect(format.decode(format.encode(1e300))).toBe(sorted.at(-1));
    expect(format.decode(format.encode(-1e300))).toBe(sorted[0]);
  });

  it('refuse widths they do not have', () => {
    expect(() => flint(1)).toThrow(RangeError);
    expect(() => flint(9)).toThrow(RangeError);
    expect(() => powerOfTwo(9)).toThrow(RangeError);
    expect(() => antFloat(4, 5)).toThrow(RangeError);
    expect(() => antFloat(4, 0)).toThrow(RangeError);
  });
});
