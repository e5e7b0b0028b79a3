/**
 * Closed form of BAQ: with a loss of c_j 2^(-a R_j) at R_j bits for each of n columns and a fixed mean rate, the least total loss is reached at
 *   R_j = mean rate + log2(c_j / geometric mean of c) / a,
 * where every column has the same loss, and it is geometric mean / arithmetic mean of c times that of uniform bits (a = 2). Columns of different size
 * n_j have equal loss per weight: c_j / n_j in place of c_j, means weighted by n_j. Rates below zero are set to zero and the others share the rest
 * (reverse water filling). A column has 2^R levels rounded to an integer, at least 1: rates are fractional and may be 0.
 * Source: BAQ, arXiv 2506.05664, and its released code (integer level counts; there a = 1.95 from a fit).
 */
import { LowbitError } from '../../lowbit-error.js';

/** Exponent of the model: an error of half a step each falls by 4 per bit. */
const EXPONENT = 2;

/** How losses fall with bits, and how much each column weighs. */
export interface RateOptions {
  /** Weights of each column; absent: all alike. */
  readonly sizes?: ArrayLike<number>;
  /** a of 2^(-a R); the model says 2. */
  readonly exponent?: number;
}

/** Bits per column for a mean rate. Throws LowbitError for a mean below 0. Columns without loss get no bits. */
export function baqRates(
  coefficients: ArrayLike<number>,
  meanRate: number,
  { sizes, exponent = EXPONENT }: RateOptions = {},
): Float64Array {
  if (!(meanRate >= 0)) throw new LowbitError('the mean rate is below zero', { value: meanRate });
  const size = (column: number): number => sizes?.[column] ?? 1;
  const total = Array.from(coefficients, (_, column) => size(column)).reduce((sum, value) => sum + value, 0);
  // log2 of the loss per weight at no bits, over a: the rate above the common level.
  const height = Float64Array.from(coefficients, (c, column) => Math.log2(c / size(column)) / exponent);
  const order = [...height.keys()].filter((column) => height[column]! > -Infinity).sort((a, b) => height[b]! - height[a]!);
  const rates = new Float64Array(coefficients.length);
  let [weight, sum] = [0, 0];
  let level = Infinity;
  for (const [i, column] of order.entries()) {
    weight += size(column);
    sum += size(column) * height[column]!;
    level = (sum - meanRate * total) / weight;
    const next = order[i + 1];
    if (next === undefined || height[next]! <= level) break;
  }
  for (const column of order) rates[column] = Math.max(0, height[column]! - level);
  return rates;
}

/** Least total loss over that of uniform bits at the same mean rate, as far as no rate is below zero: geometric over arithmetic mean. */
export function baqGain(coefficients: ArrayLike<number>): number {
  const values = Array.from(coefficients);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return 2 ** (values.reduce((sum, value) => sum + Math.log2(value), 0) / values.length) / mean;
}

/** Levels of a column of that rate. */
export function levelCounts(rates: ArrayLike<number>): Int32Array {
  return Int32Array.from(rates, (rate) => Math.max(1, Math.round(2 ** rate)));
}
