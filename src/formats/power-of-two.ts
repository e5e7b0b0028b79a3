/**
 * Power of two: zero and 2^0 .. 2^(2^B - 2) for B magnitude bits; multiplication is a shift.
 * Formula: magnitude code 0: 0; code c: 2^(c-1). Signed formats put a sign bit on top; -0 reads 0 and is not written.
 * Source: ANT, MICRO 2022, section III (PoT). Rounding: nearest value (not nearest exponent), halfway toward +infinity.
 */
import type { ElementFormat } from './element-format.js';
import { mirrored, nearestValueFormat } from './nearest-value.js';

/** Power of two of 2 to 8 bits in all: `pot4`, unsigned `upot4`. Throws RangeError for other widths. */
export function powerOfTwo(bits: number, signed = true): ElementFormat {
  if (!Number.isInteger(bits) || bits < 2 || bits > 8) throw new RangeError(`power-of-two formats have 2 to 8 bits, got ${bits}`);
  const magnitudes = Array.from({ length: 2 ** (signed ? bits - 1 : bits) }, (_, code) => (code === 0 ? 0 : 2 ** (code - 1)));
  const head = {
    name: `${signed ? '' : 'u'}pot${bits}`,
    bits,
    description: `power of two, ${signed ? 'sign-magnitude' : 'unsigned'}, largest 2^${magnitudes.length - 2}`,
    source: 'ANT, MICRO 2022, section III',
  };
  return nearestValueFormat(head, signed ? mirrored(magnitudes) : Float64Array.from(magnitudes), 'up');
}
