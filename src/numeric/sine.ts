/**
 * Sine and cosine from additions and multiplications only: the same bits on every machine, which Math.sin does not promise.
 * x = n pi/2 + r with |r| <= pi/4, pi/2 subtracted as three numbers, two of them of 33 bits (Cody and Waite, Software Manual for the Elementary Functions,
 * 1980; exact products for n < 2^20); the series of sin r and cos r cut after r^17 and r^18 (remainder below 1e-19).
 * Absolute error below 1e-15 for |x| <= 2^20.
 */
import { ROUND_TO_INTEGER } from './rounding.js';

/** pi/2: its first 33 bits, the next 33, and the rest to float64. */
const HALF_PI_1 = 0x1921fb544 * 2 ** -32;
const HALF_PI_2 = 0x10b4611a6 * 2 ** -66;
const HALF_PI_3 = 2.0222662487959506e-21;
const LIMIT = 2 ** 20;

/** [cos x, sin x] for |x| <= 2^20. Throws RangeError otherwise. */
export function cosineAndSine(x: number): readonly [number, number] {
  if (!(Math.abs(x) <= LIMIT)) throw new RangeError(`sine of ${x}`);
  const n = x / (Math.PI / 2) + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
  const r = x - n * HALF_PI_1 - n * HALF_PI_2 - n * HALF_PI_3;
  const square = r * r;
  let cosine = 1;
  let sine = 1;
  for (let i = 18; i >= 2; i -= 2) {
    cosine = 1 - (cosine * square) / (i * (i - 1));
    if (i < 18) sine = 1 - (sine * square) / (i * (i + 1));
  }
  sine *= r;
  const quadrant = n & 3;
  if (quadrant === 0) return [cosine, sine];
  if (quadrant === 1) return [-sine, cosine];
  return quadrant === 2 ? [-cosine, -sine] : [sine, -cosine];
}
