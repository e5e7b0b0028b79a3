/**
 * Scale and zero point of an integer grid that holds a range; the rule behind every integer quantizer of this folder.
 * Symmetric: s = fp16(amax / (2^(b-1) - 1)), full range: s = fp16(amax / 2^(b-1)); codes are two's complement and z = 0.
 * Asymmetric: s = fp16((max - min) / (2^b - 1)) with min <= 0 <= max, z = clamp(rne(-min / s), 0, 2^b - 1); codes are unsigned.
 * Source: docs/quantizers/round-to-nearest.md.
 */
import { roundHalfEven } from '../numeric/rounding.js';
import { fp16Scale } from './stored-scale.js';

export interface IntegerGrid {
  readonly bits: number;
  readonly symmetric: boolean;
  /** Symmetric only: the code -2^(bits-1) is used too. */
  readonly fullRange?: boolean;
}

/** Scale of a symmetric grid whose largest magnitude is `amax`. */
export function symmetricScale(amax: number, { bits, fullRange }: IntegerGrid): number {
  const half = 1 << (bits - 1);
  return fp16Scale(amax / (fullRange === true ? half : half - 1));
}

/** Scale and zero point of an asymmetric grid from `min` <= 0 to `max` >= 0. */
export function asymmetricFit(min: number, max: number, bits: number): { scale: number; zero: number } {
  const levels = (1 << bits) - 1;
  const scale = fp16Scale((max - min) / levels);
  return { scale, zero: Math.min(levels, roundHalfEven((0 - min) / scale)) };
}

/** Codes counted from the zero point go from `low` to `high`; a stored code is (q + zero) & mask. */
export function codeRange({ bits, symmetric, fullRange }: IntegerGrid, zero: number): { low: number; high: number; mask: number } {
  const mask = 2 ** bits - 1;
  if (!symmetric) return { low: 0 - zero, high: mask - zero, mask };
  const half = 2 ** (bits - 1);
  return { low: fullRange === true ? -half : 1 - half, high: half - 1, mask };
}
