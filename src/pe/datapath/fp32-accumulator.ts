/**
 * The single-precision accumulator of the floating-point PEs: every addition is rounded half to even to 24 significant bits.
 * Formula: s_i = fl32(s_(i-1) + p_i). The float64 sum of two float32 numbers rounded again to float32 is correctly rounded, as
 * 53 >= 2 * 24 + 2. Bound: |s_n - sum p_i| <= (n - 1) 2^-24 sum |p_i| for exact products (Jeannerod and Rump, 2013).
 */

const UNIT_ROUNDOFF = 2 ** -24;

/** The sum after one more product; both are float32 numbers. */
export function accumulateFp32(sum: number, product: number): number {
  return Math.fround(sum + product);
}

/** Largest error of adding `count` products whose magnitudes sum to `magnitude`. */
export function fp32SumBound(count: number, magnitude: number): number {
  return Math.max(0, count - 1) * UNIT_ROUNDOFF * magnitude;
}
