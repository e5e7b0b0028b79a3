/**
 * Scales in the type they are stored in. Rule: the scale is rounded to FP16 first and codes are computed from the rounded scale;
 * an all-zero group has scale 1; overflow of FP16 is an error; a scale below 2^-24 becomes 2^-24, and scales below 2^-14 (FP16
 * subnormals, which carry fewer than 11 bits) are counted so that results can say so. Source: docs/quantizers/round-to-nearest.md.
 */
import { LowbitError } from '../lowbit-error.js';
import { roundToFloat16 } from '../numeric/rounding.js';

const SMALLEST_SUBNORMAL = 2 ** -24;
const SMALLEST_NORMAL = 2 ** -14;
const LARGEST = 65504;

/** Added to and taken from a number of exponent e - 14 they leave its 11 leading bits, half to even: 1.5 * 2^(e - 14 - 10 + 52). */
const ANCHORS = Float64Array.from({ length: 30 }, (_, e) => 1.5 * 2 ** (e + 28));

/** FP16 value of a scale, which must not be negative. 0 gives 1. Throws LowbitError from 65520 up. */
export function fp16Scale(scale: number): number {
  // Most scales: there is one per group, and bit patterns read through a view take longer than the group.
  if (scale >= SMALLEST_NORMAL && scale < LARGEST) {
    const anchor = ANCHORS[31 - Math.clz32(scale / SMALLEST_NORMAL)]!;
    return scale + anchor - anchor;
  }
  if (scale === 0) return 1;
  const stored = roundToFloat16(scale);
  if (stored === Infinity) {
    throw new LowbitError('scale does not fit FP16', {
      value: scale,
      remedy: 'the largest FP16 scale is 65504; divide the tensor by a power of two',
    });
  }
  return stored === 0 ? SMALLEST_SUBNORMAL : stored;
}

/** `{ subnormalScales: n }` when n > 0 of the scales are FP16 subnormals, for the choices of a quantized tensor. */
export function subnormalScales(scales: Float32Array): { subnormalScales?: number } {
  let count = 0;
  // By index: an iterator takes six times as long, 5 % of all that round to nearest does.
  for (let i = 0; i < scales.length; i++) if (scales[i]! < SMALLEST_NORMAL) count++;
  return count === 0 ? {} : { subnormalScales: count };
}
