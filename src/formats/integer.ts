/**
 * Integer element formats. int-b: two's complement, code = q mod 2^b; unsigned uint-b: code = q.
 * Rounding: half to even, saturating. Source: the quantizer conventions of docs/formats/integer.md.
 * Every code has its value, so int4 reads 1000 as -8; that symmetric quantizers stop at -(2^(b-1)-1) is their rule, not the format's.
 * Scales and zero points belong to the group around the element.
 */
import { roundHalfEven } from '../numeric/rounding.js';
import { valueOfCode, type ElementFormat } from './element-format.js';

/** Two's complement integer of 2..8 bits. Throws RangeError for other widths. */
export function signedInteger(bits: number): ElementFormat {
  return integer(`int${bits}`, bits, -(2 ** (bits - 1)));
}

/** Unsigned integer of 2..8 bits: 0 .. 2^bits - 1. Throws RangeError for other widths. */
export function unsignedInteger(bits: number): ElementFormat {
  return integer(`uint${bits}`, bits, 0);
}

function integer(name: string, bits: number, low: number): ElementFormat {
  if (!Number.isInteger(bits) || bits < 2 || bits > 8) throw new RangeError(`integer formats have 2 to 8 bits, got ${bits}`);
  const size = 2 ** bits;
  const high = low + size - 1;
  const values = Float64Array.from({ length: size }, (_, code) => (code > high ? code - size : code));
  return {
    name,
    bits,
    description: `${low < 0 ? "two's complement" : 'unsigned'} integer, ${low} to ${high}`,
    source: "two's complement and unsigned integers, round half to even",
    values,
    decode: (code) => valueOfCode(values, code, name),
    encode(value) {
      if (Number.isNaN(value)) throw new RangeError(`${name} has no code for NaN`);
      return roundHalfEven(Math.min(high, Math.max(low, value))) & (size - 1);
    },
  };
}
