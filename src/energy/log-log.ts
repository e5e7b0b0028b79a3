/** Interpolation on logarithmic axes: y = y0 * (y1 / y0) ** t, t = ln(x / x0) / ln(x1 / x0); the same bits on every machine. All numbers are positive. */
import { portableExp, portableLn } from '../numeric/logarithm.js';

/** How far x is from x0 to x1 (t): 0 at x0, 1 at x1; x0 < x1. */
export function logLogShare(x: number, x0: number, x1: number): number {
  return portableLn(x / x0) / portableLn(x1 / x0);
}

/** y at a share t of the way from y0 to y1. */
export function logLogAt(share: number, y0: number, y1: number): number {
  return y0 === y1 ? y0 : y0 * portableExp(share * portableLn(y1 / y0));
}
