/**
 * Natural and decimal logarithm from additions, multiplications and divisions only: the same bits on every machine,
 * which Math.log does not promise. Formula: x = 2^e m with m in [1/sqrt 2, sqrt 2), ln x = e ln 2 + 2 atanh((m-1)/(m+1)),
 * the series cut after the term in s^23 (|s| <= 0.1716, remainder below 1e-19). Relative error below 1e-15.
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
