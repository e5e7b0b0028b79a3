/**
 * A single-precision accumulator that knows how far it can be off: acc = RNE24(acc + addend), and half a unit in the last place of the new
 * sum is added to the bound whenever a bit was lost.
 * The sum is formed in float64 and rounded once more, which gives the correctly rounded single-precision sum because 53 >= 2 * 24 + 2
 * (Figueroa 1995). The lost bits are found by the exact error of the float64 sum (Knuth's TwoSum). Source: IEEE 754-2019, binary32.
 * Left out: overflow is not clipped; the result is then an infinity, which callers refuse.
 */
import { floorLog2 } from '../numeric/rounding.js';

export interface Float32Accumulator {
  /** Adds a single-precision number. */
  add(addend: number): void;
  readonly value: number;
  /** Bound of |value - sum of the addends|. */
  readonly roundingBound: number;
}

/** An accumulator at 0. */
export function float32Accumulator(): Float32Accumulator {
  let value = 0;
  let roundingBound = 0;
  return {
    add(addend) {
      const sum = value + addend;
      const part = sum - value;
      const lost = value - (sum - part) + (addend - part);
      value = Math.fround(sum);
      if (lost !== 0 || value !== sum) roundingBound += halfUnit(value);
    },
    get value() {
      return value;
    },
    get roundingBound() {
      return roundingBound;
    },
  };
}

/** A number with the bound of its distance from the exact one. */
export interface Rounded {
  readonly value: number;
  readonly roundingBound: number;
}

/** Single-precision rounding of a float64 number that is exact. */
export function roundedToFloat32(exact: number): Rounded {
  const value = Math.fround(exact);
  return { value, roundingBound: value === exact ? 0 : halfUnit(value) };
}

/** Half a unit in the last place of a single-precision number; that of the subnormals at 0. */
function halfUnit(value: number): number {
  return 2 ** (Math.max(value === 0 ? -126 : floorLog2(value), -126) - 24);
}
