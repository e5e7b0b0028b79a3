/**
 * Natural and decimal logarithm and the exponential from additions, multiplications and divisions only: the same bits on every machine,
 * which Math.log and Math.exp do not promise. Formula: x = 2^e m with m in [1/sqrt 2, sqrt 2), ln x = e ln 2 + 2 atanh((m-1)/(m+1)),
 * the series cut after the term in s^23 (|s| <= 0.1716, remainder below 1e-19). Relative error below 1e-15.
 * e^y = 2^n e^r with n = y / ln 2 rounded, |r| <= ln 2 / 2, the series of e^r cut after r^18 (remainder below 1e-24).
 */
import { exp2Int, floorLog2 } from './rounding.js';

/** Natural logarithm of a positive finite number. Throws RangeError otherwise. */
export function portableLn(x: number): number {
  if (!(x > 0 && x < Infinity)) throw new RangeError(`logarithm of ${x}`);
  let exponent = floorLog2(x);
  // Two steps, because 2^-exponent of a subnormal number is not a float64.
  let mantissa = x * exp2Int(-Math.trunc(exponent / 2)) * exp2Int(-(exponent - Math.trunc(exponent / 2)));
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let series = 0;
  for (let power = 23; power >= 1; power -= 2) series = series * square + 1 / power;
  return exponent * Math.LN2 + 2 * s * series;
}

/** Decimal logarithm of a positive finite number. Throws RangeError otherwise. */
export function portableLog10(x: number): number {
  return portableLn(x) / Math.LN10;
}

/** e ** y for |y| <= 700, relative error below 1e-15 * max(1, |y|). Throws RangeError otherwise. */
export function portableExp(y: number): number {
  if (!(Math.abs(y) <= 700)) throw new RangeError(`exponential of ${y}`);
  const n = Math.round(y / Math.LN2);
  const r = y - n * Math.LN2;
  let series = 1;
  for (let i = 18; i >= 1; i--) series = 1 + (series * r) / i;
  return series * exp2Int(n);
}

/** x ** power of a positive finite number for |power ln x| <= 700, relative error below 1e-15 * max(1, |power ln x|). Throws RangeError otherwise. */
export function portablePower(x: number, power: number): number {
  return power === 1 ? x : portableExp(power * portableLn(x));
}
