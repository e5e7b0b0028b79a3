/**
 * flint: ANT's float-int hybrid with first-one coding; dense in the middle, sparse at the maximum.
 * Formula (B magnitude bits, code c): top bit 0: value = c. Top bit 1, l = the B-1 low bits: l != 0: z = leading zeros of l within
 * B-1 bits, value = l * 2^(2z+1); l = 0: value = 2^(2(B-1)). Signed formats put a sign bit on top; -0 reads 0 and is not written.
 * Source: ANT, MICRO 2022, section IV (values); the bit code is derived from those values for every B.
 * Rounding: nearest, halfway toward +infinity. Left out: scales; ANT's grids divide these integers by their maximum.
 */
import type { ElementFormat } from './element-format.js';
import { mirrored, nearestValueFormat } from './nearest-value.js';

/** A number as the integer PE receives it: integer * 2^exponent. */
export interface ExponentInteger {
  readonly exponent: number;
  readonly integer: number;
}

/** Exponent and integer of a magnitude code of `magnitudeBits` bits: a leading-zero detector and a shifter. */
export function flintMagnitude(code: number, magnitudeBits: number): ExponentInteger {
  const low = code & (2 ** (magnitudeBits - 1) - 1);
  if (low === code) return { exponent: 0, integer: code };
  if (low === 0) return { exponent: 2 * (magnitudeBits - 1), integer: 1 };
  const leadingZeros = magnitudeBits - 1 - (32 - Math.clz32(low));
  return { exponent: 2 * leadingZeros + 1, integer: low };
}

/** flint of 2 to 8 bits in all: `flint4`, unsigned `uflint4`. Throws RangeError for other widths. */
export function flint(bits: number, signed = true): ElementFormat {
  if (!Number.isInteger(bits) || bits < 2 || bits > 8) throw new RangeError(`flint formats have 2 to 8 bits, got ${bits}`);
  const magnitudeBits = signed ? bits - 1 : bits;
  const magnitudes = Array.from({ length: 2 ** magnitudeBits }, (_, code) => {
    const { exponent, integer } = flintMagnitude(code, magnitudeBits);
    return integer * 2 ** exponent;
  });
  const head = {
    name: `${signed ? '' : 'u'}flint${bits}`,
    bits,
    description: `float-int with first-one coding, ${signed ? 'sign-magnitude' : 'unsigned'}, largest ${2 ** (2 * (magnitudeBits - 1))}`,
    source: 'ANT, MICRO 2022, section IV',
  };
  return nearestValueFormat(head, signed ? mirrored(magnitudes) : Float64Array.from(magnitudes), 'up');
}
