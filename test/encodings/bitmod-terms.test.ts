import { describe, expect, it } from 'vitest';
import { effectiveTerms, maximumTerms, termsOf } from '../../src/encodings/bitmod-terms.js';
import { boothDigits } from '../../src/encodings/booth-radix-4.js';
import type { ElementFormat } from '../../src/formats/element-format.js';
import { signedInteger } from '../../src/formats/integer.js';
import { specialValueFormats } from '../../src/formats/special-value.js';

const formats = [...specialValueFormats(3), ...specialValueFormats(4), ...[2, 3, 4, 5, 6, 7, 8].map(signedInteger)];

describe('bit-serial terms', () => {
  it.each(formats.map((format) => [format.name, format] as const))('of %s add up to the value of every code word', (_, format) => {
    format.values.forEach((value, code) => {
      const terms = termsOf(format, code);
      const sum = terms.reduce((total, t) => total + (t.sign === 1 ? -1 : 1) * t.mantissa * 2 ** (t.exponent + t.bitSignificance), 0);
      expect(sum + 0).toBe(value);
      expect(terms.length).toBe(maximumTerms(format));
      expect(terms.every((t) => t.exponent >= 0 && t.exponent <= 3)).toBe(true);
      expect(effectiveTerms(format)[code]).toBe(terms.filter((t) => t.mantissa === 1).length);
    });
  });

  it('share the bit significance of a step among all weights of a format', () => {
    for (const format of formats) {
      const steps = [...format.values.keys()].map((code) =>
        termsOf(format, code)
          .map((t) => t.bitSignificance)
          .join(),
      );
      expect(new Set(steps).size).toBe(1);
    }
  });

  it('are as many as the paper counts', () => {
    const counts = [specialValueFormats(3)[0]!, specialValueFormats(4)[0]!, signedInteger(5), signedInteger(6), signedInteger(8)].map(
      maximumTerms,
    );
    expect(counts).toEqual([2, 2, 3, 3, 4]);
  });

  const special = (value: number): ElementFormat => ({ ...specialValueFormats(4)[0]!, name: 'special', decode: () => value });

  it('write a special value with three ones as a difference: 7 = 8 - 1', () => {
    expect(termsOf(special(7), 0)).toEqual([
      { sign: 0, exponent: 3, mantissa: 1, bitSignificance: 0 },
      { sign: 1, exponent: 1, mantissa: 1, bitSignificance: -1 },
    ]);
    expect(termsOf(special(-7), 0).map((t) => t.sign)).toEqual([1, 0]);
  });

  it('refuse a value that two terms cannot make', () => {
    expect(() => termsOf(special(5.5), 0)).toThrow(/more than two terms/);
    expect(() => termsOf(special(0.25), 0)).toThrow(RangeError);
    expect(() => termsOf(special(15), 0)).toThrow(RangeError);
  });
});

describe('Booth radix-4 digits', () => {
  it('stay within -2 and 2 and make every integer of 2 to 8 bits', () => {
    for (let bits = 2; bits <= 8; bits++) {
      for (let value = -(2 ** (bits - 1)); value < 2 ** (bits - 1); value++) {
        const digits = boothDigits(value, bits);
        expect(digits.length).toBe(Math.ceil(bits / 2));
        expect(digits.every((digit) => Math.abs(digit) <= 2)).toBe(true);
        expect(digits.reduce((sum, digit, i) => sum + digit * 4 ** i, 0)).toBe(value);
      }
    }
  });

  it('are refused for integers just outside the width', () => {
    expect(() => boothDigits(128, 8)).toThrow(RangeError);
    expect(boothDigits(-128, 8)).toEqual([0, 0, 0, -2]);
    expect(() => boothDigits(-129, 8)).toThrow(RangeError);
  });
});
