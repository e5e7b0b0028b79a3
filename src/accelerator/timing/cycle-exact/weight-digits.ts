/**
 * A weight of b bits as s digits of ceil(b / s) bits, lowest first, the top one signed: what enters a PE that takes s cycles per step.
 * Formula: w = sum_p digit_p 2^(p ceil(b / s)).
 */

export interface WeightDigits {
  readonly count: number;
  /** Weight of each digit. */
  readonly place: Float64Array;
  digit(weight: number, position: number): number;
}

/** Digits of weights of at most `bits` bits. */
export function weightDigits(bits: number, count: number): WeightDigits {
  const width = Math.ceil(bits / count);
  const mask = 2 ** width - 1;
  const last = count - 1;
  // A shift count wraps at 32: a digit beyond the word holds copies of the sign.
  const shifted = (weight: number, position: number): number => weight >> Math.min(31, position * width);
  return {
    count,
    place: Float64Array.from({ length: count }, (_, position) => 2 ** (position * width)),
    digit: (weight, position) => (position === last ? shifted(weight, position) : shifted(weight, position) & mask),
  };
}
