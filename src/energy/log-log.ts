/** Interpolation on logarithmic axes: y = y0 * (y1 / y0) ** t, t = ln(x / x0) / ln(x1 / x0); the same bits on every machine. */
import { portableExp, portableLn } from '../numeric/logarithm.js';

/** y at x between (x0, y0) and (x1, y1); all positive, x0 < x1. At the ends y0 and y1 themselves are returned. */
export function logLogBetween(x: number, low: readonly [x: number, y: number], high: readonly [x: number, y: number]): number {
  if (x === low[0] || low[1] === high[1]) return low[1];
  if (x === high[0]) return high[1];
  const t = portableLn(x / low[0]) / portableLn(high[0] / low[0]);
  return low[1] * portableExp(t * portableLn(high[1] / low[1]));
}
