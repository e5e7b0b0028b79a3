/**
 * x^p of many float32 numbers from two tables: x = 2^E m gives 2^(pE) m^p, with m^p linear between 1025 points.
 * Relative error below p |p - 1| 2^-23 (the second derivative over steps of 2^-10), 4e-7 at p = 2.4; the same bits on every machine, which Math.pow does
 * not promise. Zero and float32 subnormals give 0.
 */
import { portableExp, portableLn } from './logarithm.js';

const STEPS = 1024;
const FRACTION_bits = 23;
const STEP_bits = 13;

export interface PowerTable {
  /** m^p at m = 1 + i / 1024, one entry more than steps. */
  readonly ofMantissa: Float64Array;
  /** 2^(pE) by exponent field; 0 for field 0. */
  readonly ofExponent: Float64Array;
}

/** Tables of x^p. */
export function powerTable(power: number): PowerTable {
  const ln2 = portableLn(2);
  return {
    ofMantissa: Float64Array.from({ length: STEPS + 1 }, (_, i) => portableExp(power * portableLn(1 + i / STEPS))),
    ofExponent: Float64Array.from({ length: 256 }, (_, field) => (field === 0 ? 0 : portableExp(power * (field - 127) * ln2))),
  };
}

/** Sum of |x|^p over float32 bit patterns, in order. */
export function sumOfPowers(bits: Int32Array, length: number, { ofMantissa, ofExponent }: PowerTable): number {
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const magnitude = bits[i]! & 0x7fffffff;
    const step = (magnitude >>> STEP_bits) & (STEPS - 1);
    const lower = ofMantissa[step]!;
    const between = (magnitude & ((1 << STEP_bits) - 1)) / (1 << STEP_bits);
    sum += (lower + (ofMantissa[step + 1]! - lower) * between) * ofExponent[magnitude >>> FRACTION_bits]!;
  }
  return sum;
}
