/**
 * The exponential for hot loops: additions, multiplications and a table of powers of two, the same bits on every machine.
 * e^y = 2^n e^r with n = y / ln 2 rounded, |r| <= ln 2 / 2, the series of e^r cut after r^11 (remainder below 1e-14). Relative error below
 * 1e-13 for |y| <= 700; beyond, 0 below and infinity above: softmax and sigmoids want those limits, `portableExp` refuses them.
 */
import { ROUND_TO_INTEGER } from './rounding.js';

const LIMIT = 700;
const MIDDLE = 1024;
const powersOfTwo = Float64Array.from({ length: 2 * MIDDLE }, (_, i) => 2 ** (i - MIDDLE));
const INVERSE_LN2 = 1 / Math.LN2;
const [C2, C3, C4, C5, C6] = [1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720];
const [C7, C8, C9, C10, C11] = [1 / 5040, 1 / 40_320, 1 / 362_880, 1 / 3_628_800, 1 / 39_916_800];

/** e ** y. */
export function fastExp(y: number): number {
  if (y < -LIMIT) return 0;
  if (y > LIMIT) return Infinity;
  const n = y * INVERSE_LN2 + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
  const r = y - n * Math.LN2;
  const high = C6 + r * (C7 + r * (C8 + r * (C9 + r * (C10 + r * C11))));
  return (1 + r * (1 + r * (C2 + r * (C3 + r * (C4 + r * (C5 + r * high)))))) * powersOfTwo[n + MIDDLE]!;
}
