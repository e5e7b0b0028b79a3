/** Distance between a tensor and its quantized version, accumulated in float64. */
import { portableLog10 } from './logarithm.js';

/** How far an approximation is from the original. */
export interface ErrorMetrics {
  /** Mean of (approximation - original)^2. */
  readonly mse: number;
  /** 10 log10(sum original^2 / sum error^2); null when either sum is 0. */
  readonly sqnr_dB: number | null;
  readonly maxAbsError: number;
  /** Sum original^2. */
  readonly signal: number;
  /** Sum (approximation - original)^2. */
  readonly noise: number;
}

/** Error of an approximation of the same length. Throws RangeError when the lengths differ or are 0. */
export function errorMetrics(original: Float32Array, approximation: Float32Array): ErrorMetrics {
  if (original.length !== approximation.length || original.length === 0) {
    throw new RangeError(`error of ${approximation.length} values against ${original.length}`);
  }
  let signal = 0;
  let noise = 0;
  let maxAbsError = 0;
  for (let i = 0; i < original.length; i++) {
    const value = original[i]!;
    const error = approximation[i]! - value;
    const magnitude = error < 0 ? -error : error;
    signal += value * value;
    noise += error * error;
    if (magnitude > maxAbsError) maxAbsError = magnitude;
  }
  return { mse: noise / original.length, sqnr_dB: sqnr_dB(signal, noise), maxAbsError, signal, noise };
}

/** Signal-to-quantization-noise ratio of two energies (sums of squares); null when it is not a number. */
export function sqnr_dB(signal: number, noise: number): number | null {
  return signal > 0 && noise > 0 ? 10 * portableLog10(signal / noise) : null;
}
