/**
 * Integer code words bit by bit, as array multipliers and bit-serial PEs see them.
 * Formula: value = sum bit_j 2^j, the top bit of two's complement counting -2^(b-1). Formats are recognised by name: intB and uintB.
 */
import type { ElementFormat } from '../../formats/element-format.js';
import { productBeyondInt32 } from './int32-accumulator.js';

export interface IntegerOperand {
  readonly bits: number;
  readonly signed: boolean;
  /** Largest magnitude. */
  readonly largest: number;
}

/** Layout of an integer format of at most `widest_bits`; null for all others. */
export function integerOperand(format: ElementFormat, widest_bits: number): IntegerOperand | null {
  const [, unsigned, digits] = /^(u?)int(\d+)$/.exec(format.name) ?? [];
  const bits = Number(digits);
  if (digits === undefined || bits > widest_bits) return null;
  return unsigned === 'u' ? { bits, signed: false, largest: 2 ** bits - 1 } : { bits, signed: true, largest: 2 ** (bits - 1) };
}

/** Why a PE of integers refuses one of its operands; null: both are integers of at most `widest_bits`. */
export function refusesNonIntegers(weight: ElementFormat, activation: ElementFormat, widest_bits: number): string | null {
  const refused = [weight, activation].find((format) => integerOperand(format, widest_bits) === null);
  return refused === undefined ? null : `it multiplies integers of up to ${widest_bits} bits, no ${refused.name}`;
}

/** The same where a single product of the widest integers can leave the 32-bit accumulator. */
export function refusesIntegerProduct(weight: ElementFormat, activation: ElementFormat, widest_bits: number): string | null {
  const w = integerOperand(weight, widest_bits);
  const a = integerOperand(activation, widest_bits);
  if (w === null || a === null) return refusesNonIntegers(weight, activation, widest_bits);
  return productBeyondInt32(weight, activation, w.largest * a.largest);
}

/** Place value of bit `position`. */
export function placeValue({ bits, signed }: IntegerOperand, position: number): number {
  return signed && position === bits - 1 ? -(2 ** position) : 2 ** position;
}

/** Bits of a code word of that many bits, least significant first. Throws RangeError for anything else. */
export function bitsOf(code: number, bits: number): number[] {
  if (!(Number.isInteger(code) && code >= 0 && code < 2 ** bits)) throw new RangeError(`no code of ${bits} bits: ${code}`);
  const ones = new Array<number>(bits);
  for (let position = 0; position < bits; position++) ones[position] = (code >>> position) & 1;
  return ones;
}
