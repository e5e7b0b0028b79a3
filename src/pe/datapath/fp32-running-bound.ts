/**
 * The single-precision accumulator of fp32-accumulator.ts with the bound of what it did lose: half a unit in the last place of every new
 * sum that dropped a bit, so that exact sums have bound 0. Lost bits are found by the exact error of the float64 sum.
 * Source: IEEE 754-2019, binary32; Knuth, TwoSum; running error analysis: Wilkinson. A sum beyond its range is refused.
 */
import { LowbitError } from '../../lowbit-error.js';
import { exp2Int, floorLog2 } from '../../numeric/rounding.js';
import { accumulateFp32 } from './fp32-accumulator.js';

export interface BoundedAccumulator {
  /** Adds a single-precision number. */
  add(addend: number): void;
  readonly value: number;
  /** Bound of |value - sum of the addends|. */
  readonly roundingBound: number;
}

/** An accumulator at 0. */
export function boundedAccumulator(): BoundedAccumulator {
  let value = 0;
  let roundingBound = 0;
  return {
    add(addend) {
      const sum = value + addend;
      const part = sum - value;
      const lost = value - (sum - part) + (addend - part);
      value = accumulateFp32(value, addend);
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
export function roundedToFp32(exact: number): Rounded {
  const value = Math.fround(exact);
  return { value, roundingBound: value === exact ? 0 : halfUnit(value) };
}

/** Half a unit in the last place of a single-precision number; that of the subnormals at 0. Throws LowbitError for an infinity. */
function halfUnit(value: number): number {
  if (!Number.isFinite(value))
    throw new LowbitError('sum beyond single precision', { value, allowed: ['up to 3.4e38'], remedy: 'use smaller values or scales' });
  return exp2Int(Math.max(value === 0 ? -126 : floorLog2(value), -126) - 24);
}
