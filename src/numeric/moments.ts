/** Shape of a distribution: mean, standard deviation, kurtosis, extremes, histogram. Two passes in float64. */

export interface Moments {
  readonly mean: number;
  /** With N - 1 in the denominator; 0 for a single value. */
  readonly std: number;
  /** Fourth standardized moment, sum (x - mean)^4 / N over variance^2 with N; a Gaussian has 3; null when all values are equal. */
  readonly kurtosis: number | null;
  /** Largest magnitude over std; null when std is 0. */
  readonly maxOverStd: number | null;
}

/** Moments of at least one value. Throws RangeError for none. */
export function moments(data: Float32Array): Moments {
  const count = data.length;
  if (count === 0) throw new RangeError('moments of no values');
  let sum = 0;
  let largest = 0;
  for (let i = 0; i < count; i++) {
    const value = data[i]!;
    const magnitude = value < 0 ? -value : value;
    sum += value;
    if (magnitude > largest) largest = magnitude;
  }
  const mean = sum / count;
  let second = 0;
  let fourth = 0;
  for (let i = 0; i < count; i++) {
    const square = (data[i]! - mean) ** 2;
    second += square;
    fourth += square * square;
  }
  const std = count === 1 ? 0 : Math.sqrt(second / (count - 1));
  const variance = second / count;
  return {
    mean,
    std,
    kurtosis: variance * variance > 0 ? fourth / count / (variance * variance) : null,
    maxOverStd: std > 0 ? largest / std : null,
  };
}

export interface Histogram {
  /** Ends of the range, in standard deviations. */
  readonly low: number;
  readonly high: number;
  readonly counts: number[];
}

/**
 * Counts of (x - mean) / std in `bins` equal bins over [-halfWidth, halfWidth]; values beyond count in the end bins.
 * With std 0 every value is in the middle bin.
 */
export function histogramInStd(data: Float32Array, { mean, std }: Moments, bins: number, halfWidth: number): Histogram {
  const counts = new Array<number>(bins).fill(0);
  const perUnit = std > 0 ? bins / (2 * halfWidth * std) : 0;
  for (let i = 0; i < data.length; i++) {
    const bin = Math.floor((data[i]! - mean) * perUnit + bins / 2);
    counts[bin < 0 ? 0 : bin >= bins ? bins - 1 : bin]!++;
  }
  return { low: -halfWidth, high: halfWidth, counts };
}
