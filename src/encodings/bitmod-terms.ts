/**
 * BitMoD's bit-serial terms: every weight as a fixed number of signed powers of two, one per step of the PE.
 * Formula: term = (-1)^sign * 2^exponent * mantissa * 2^bitSignificance; mantissa is one bit, exponent two bits (0..3), and all weights
 * of a step share the bit significance. Integers: Booth radix-4 digit i has significance 2i and exponent 0 or 1: INT8 4 terms, INT6 3.
 * FP3, FP4: fixed point S I3 I2 I1 I0 F0; the leading one of I3..I0 is the first term (significance 0), the leading one of what
 * remains in I2..F0 the second (significance -1). A special value with three ones is written as a difference: 7 = 8 - 1.
 * Source: BitMoD, HPCA 2025, section IV. Left out: skipping of zero terms (the PE takes all steps) and the alignment of activations.
 */
import type { ElementFormat } from '../formats/element-format.js';
import { boothDigits } from './booth-radix-4.js';

/** One step of a bit-serial multiplication. */
export interface BitSerialTerm {
  readonly sign: 0 | 1;
  readonly exponent: number;
  readonly mantissa: 0 | 1;
  readonly bitSignificance: number;
}

/** Terms of a code word, one per step, ineffective ones with mantissa 0. Throws RangeError for a value that needs more than two terms. */
export function termsOf(format: ElementFormat, code: number): readonly BitSerialTerm[] {
  const value = format.decode(code);
  return isInteger(format) ? integerTerms(value, format.bits) : fixedPointTerms(value);
}

/** Steps a PE takes for a weight of that format. */
export function maximumTerms(format: ElementFormat): number {
  return isInteger(format) ? Math.ceil(format.bits / 2) : 2;
}

/** Nonzero terms by code word. */
export function effectiveTerms(format: ElementFormat): Uint8Array {
  return Uint8Array.from({ length: 2 ** format.bits }, (_, code) =>
    termsOf(format, code).reduce((count, term) => count + term.mantissa, 0),
  );
}

/** Two's complement formats of this project are named intB. */
function isInteger(format: ElementFormat): boolean {
  return format.name === `int${format.bits}`;
}

function integerTerms(value: number, bits: number): BitSerialTerm[] {
  return boothDigits(value, bits).map((digit, i) => ({
    sign: digit < 0 ? 1 : 0,
    exponent: Math.abs(digit) === 2 ? 1 : 0,
    mantissa: digit === 0 ? 0 : 1,
    bitSignificance: 2 * i,
  }));
}

function fixedPointTerms(value: number): BitSerialTerm[] {
  const negative = value < 0;
  const halves = Math.abs(value) * 2;
  const first = halves >= 2 ? leadingOne(halves) : 0;
  const rest = halves - first;
  if (Number.isInteger(halves) && rest === leadingOne(rest)) return [integerPart(first, negative), fractionPart(rest, negative)];
  const above = 2 * first;
  if (!Number.isInteger(halves) || above > 16 || above - halves !== leadingOne(above - halves))
    throw new RangeError(`${value} needs more than two terms`);
  return [integerPart(above, negative), fractionPart(above - halves, !negative)];
}

/** Largest power of two not above a non-negative integer; 0 of 0. */
function leadingOne(x: number): number {
  return x === 0 ? 0 : 2 ** (31 - Math.clz32(x));
}

function integerPart(halves: number, negative: boolean): BitSerialTerm {
  return { ...fractionPart(halves / 2, negative), bitSignificance: 0 };
}

function fractionPart(halves: number, negative: boolean): BitSerialTerm {
  if (halves === 0) return { sign: 0, exponent: 0, mantissa: 0, bitSignificance: -1 };
  return { sign: negative ? 1 : 0, exponent: 31 - Math.clz32(halves), mantissa: 1, bitSignificance: -1 };
}
