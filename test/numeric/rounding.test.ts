import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bfloat16Bits, bfloat16FromBits, float16Bits, float16FromBits } from '../../src/numeric/float16.js';
import { exp2Int, floorLog2, roundHalfEven, roundToBfloat16, roundToFloat16 } from '../../src/numeric/rounding.js';

describe('rounding to integers', () => {
  it('goes to the even neighbour exactly at halves', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5].map(roundHalfEven)).toEqual([0, 2, 2, 0, -2, -2]);
  });

  it('takes the nearer neighbour one ulp beside a half', () => {
    expect(roundHalfEven(0.5 + 2 ** -53)).toBe(1);
    expect(roundHalfEven(2.5 - 2 ** -51)).toBe(2);
    expect(roundHalfEven(2.5 + 2 ** -51)).toBe(3);
  });

  it('stays within half of every float64, large ones included, and never leaves an odd tie', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        const rounded = roundHalfEven(x);
        expect(Number.isInteger(rounded)).toBe(true);
        const distance = Math.abs(x - rounded);
        expect(distance).toBeLessThanOrEqual(0.5);
        if (distance === 0.5) expect(Math.abs(rounded % 2)).toBe(0);
      }),
    );
    expect(roundHalfEven(2 ** 51 + 0.5)).toBe(2 ** 51);
    expect(roundHalfEven(2 ** 51 + 1.5)).toBe(2 ** 51 + 2);
  });
});

describe('exponents', () => {
  it('are those of the binade, at its first and its last number', () => {
    for (let exponent = -1074; exponent <= 1023; exponent++) {
      expect(floorLog2(exp2Int(exponent))).toBe(exponent);
      if (exponent > -1022) expect(floorLog2(exp2Int(exponent) * (1 - 2 ** -53))).toBe(exponent - 1);
    }
  });

  it('of zero, infinities and out-of-range powers are refused', () => {
    for (const x of [0, -0, Infinity, -Infinity, NaN]) expect(() => floorLog2(x)).toThrow(RangeError);
    for (const e of [-1075, 1024, 0.5]) expect(() => exp2Int(e)).toThrow(RangeError);
  });
});

const patterns = Array.from({ length: 65536 }, (_, bits) => bits);

describe('16-bit floats', () => {
  it('read back every half-precision pattern', () => {
    expect(patterns.filter((bits) => !Number.isNaN(float16FromBits(bits)) && float16Bits(float16FromBits(bits)) !== bits)).toEqual([]);
    expect(float16Bits(NaN)).toBe(0x7e00);
  });

  it('read back every bfloat16 pattern', () => {
    expect(patterns.filter((bits) => !Number.isNaN(bfloat16FromBits(bits)) && bfloat16Bits(bfloat16FromBits(bits)) !== bits)).toEqual([]);
    expect(bfloat16Bits(NaN)).toBe(0x7fc0);
  });

  it('are fixed points of their rounding, -0 included', () => {
    const moved = (value: number, rounded: number): boolean => Number.isFinite(value) && !Object.is(value, rounded);
    expect(patterns.filter((bits) => moved(float16FromBits(bits), roundToFloat16(float16FromBits(bits))))).toEqual([]);
    expect(patterns.filter((bits) => moved(bfloat16FromBits(bits), roundToBfloat16(bfloat16FromBits(bits))))).toEqual([]);
  });

  it('round a midpoint between neighbours to the even pattern and anything beside it to the nearer one', () => {
    const wrong = patterns.slice(0, 0x7bff).filter((bits) => {
      const low = float16FromBits(bits);
      const high = float16FromBits(bits + 1);
      const midpoint = (low + high) / 2;
      const aside = (high - low) * 2 ** -20;
      const even = bits % 2 === 0 ? bits : bits + 1;
      return float16Bits(midpoint) !== even || float16Bits(midpoint - aside) !== bits || float16Bits(midpoint + aside) !== bits + 1;
    });
    expect(wrong).toEqual([]);
  });

  it('overflow half precision from 65520 on, not before', () => {
    expect(roundToFloat16(65519.999)).toBe(65504);
    expect(roundToFloat16(65520)).toBe(Infinity);
    expect(roundToFloat16(-65520)).toBe(-Infinity);
    expect(roundToFloat16(2 ** -25)).toBe(0);
    expect(roundToFloat16(1.001 * 2 ** -25)).toBe(2 ** -24);
    expect(roundToBfloat16(3.4e38)).toBe(Infinity);
  });
});
