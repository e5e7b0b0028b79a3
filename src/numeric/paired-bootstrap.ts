/**
 * Paired bootstrap: how sure the mean difference of two measurements of the same things is. The differences a[i] - b[i] are drawn anew with
 * replacement; the interval is that of the percentiles of the means (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13).
 */
import { seededRandom } from './random.js';

export interface BootstrapInterval {
  /** Mean of a - b. */
  readonly difference: number;
  /** 95 % interval. */
  readonly low: number;
  readonly high: number;
  /** Whether the interval leaves 0 out. */
  readonly resolved: boolean;
  readonly resamples: number;
}

const TAIL = 0.025;

/** Interval of the mean of a - b. Throws RangeError for lists of different lengths, or with fewer than two pairs. */
export function pairedBootstrap(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { seed, resamples = 10_000 }: { readonly seed: number; readonly resamples?: number },
): BootstrapInterval {
  const count = a.length;
  if (count !== b.length || count < 2) throw new RangeError(`paired bootstrap of ${count} and ${b.length} values`);
  const differences = Float64Array.from(a, (value, i) => value - b[i]!);
  const random = seededRandom(seed);
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += differences[random.integer(count)]!;
    return sum / count;
  }).sort();
  const low = means[Math.floor(TAIL * resamples)]!;
  const high = means[Math.ceil((1 - TAIL) * resamples) - 1]!;
  const difference = differences.reduce((sum, value) => sum + value, 0) / count;
  return { difference, low, high, resolved: low > 0 || high < 0, resamples };
}
