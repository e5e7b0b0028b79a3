/**
 * Interpolation on logarithmic axes: y = y0 * (y1 / y0) ** t, t = ln(x / x0) / ln(x1 / x0).
 * Logarithm and exponential are power series in + - * / alone, so the result has the same bits on every machine.
 */

const LN2 = 0.6931471805599453;

/** y at x between (x0, y0) and (x1, y1); all positive, x0 < x1. At the ends y0 and y1 themselves are returned. */
export function logLogBetween(x: number, low: readonly [x: number, y: number], high: readonly [x: number, y: number]): number {
  if (x === low[0] || low[1] === high[1]) return low[1];
  if (x === high[0]) return high[1];
  const t = ln(x / low[0]) / ln(high[0] / low[0]);
  return low[1] * exp(t * ln(high[1] / low[1]));
}

/** Natural logarithm of a positive finite number: ln(m * 2 ** e) = e ln 2 + 2 atanh((m - 1) / (m + 1)), m in [0.75, 1.5). */
function ln(x: number): number {
  let mantissa = x;
  let exponent = 0;
  for (; mantissa >= 1.5; exponent++) mantissa /= 2;
  for (; mantissa < 0.75; exponent--) mantissa *= 2;
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let n = 25; n >= 1; n -= 2) sum = sum * square + 1 / n;
  return exponent * LN2 + 2 * s * sum;
}

/** e ** y: y = n ln 2 + r with |r| <= ln 2 / 2, Taylor series of e ** r, times 2 ** n. */
function exp(y: number): number {
  const n = Math.round(y / LN2);
  const r = y - n * LN2;
  let sum = 1;
  for (let i = 18; i >= 1; i--) sum = 1 + (sum * r) / i;
  for (let i = 0; i < n; i++) sum *= 2;
  for (let i = 0; i > n; i--) sum /= 2;
  return sum;
}
