/**
 * The fields an FP16 datapath works on: value = sign * significand * 2^(exponent - 10), an 11-bit significand with its hidden bit.
 * Subnormals keep exponent -14 and have no hidden bit; zero is a subnormal. Source: IEEE 754-2019, binary16.
 */
import { exp2Int, floorLog2 } from '../../numeric/rounding.js';

export const FP16_FRACTION_bits = 10;
const LOWEST_EXPONENT = -14;

export interface Significand {
  /** Signed integer below 2^11 in magnitude. */
  readonly significand: number;
  readonly exponent: number;
}

/** Fields of a finite FP16 number. */
export function fp16Significand(value: number): Significand {
  const exponent = value === 0 ? LOWEST_EXPONENT : Math.max(floorLog2(value), LOWEST_EXPONENT);
  return { significand: value * exp2Int(FP16_FRACTION_bits - exponent), exponent };
}
