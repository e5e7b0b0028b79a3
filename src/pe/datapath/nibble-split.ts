/**
 * An operand as a 4-bit multiplier receives it: whole up to 4 bits, as upper and lower half above, so that 4-bit PEs join for 8 bits.
 * Formula: i * 2^e = <e + 4, floor(i / 16)> + <e, i mod 16>; the lower half is unsigned. Product: <a, b> x <c, d> = <a + c, b * d>.
 * Source: ANT, MICRO 2022, section V; OliVe, ISCA 2023, section 4.
 */
import type { ExponentInteger } from '../../formats/flint.js';
import { accumulateInt32 } from './int32-accumulator.js';

/** Halves of an operand, upper first; one part when `wide` is false. */
export function nibbles({ exponent, integer }: ExponentInteger, wide: boolean): readonly ExponentInteger[] {
  if (!wide) return [{ exponent, integer }];
  const upper = Math.floor(integer / 16);
  return [
    { exponent: exponent + 4, integer: upper },
    { exponent, integer: integer - 16 * upper },
  ];
}

/** The accumulator after all products of the parts of a weight with those of an activation. Throws LowbitError when it overflows. */
export function accumulateNibbles(sum: number, weight: readonly ExponentInteger[], activation: readonly ExponentInteger[]): number {
  let total = 0;
  for (const w of weight) for (const a of activation) total += multiply4Bit(w.integer, a.integer) * 2 ** (w.exponent + a.exponent);
  return accumulateInt32(sum, total);
}

/** The multiplier of one 4-bit PE: magnitudes of 4 bits and their signs. */
function multiply4Bit(w: number, a: number): number {
  if (Math.abs(w) > 15 || Math.abs(a) > 15) throw new RangeError(`no operands of a 4-bit multiplier: ${w} and ${a}`);
  return w * a;
}
