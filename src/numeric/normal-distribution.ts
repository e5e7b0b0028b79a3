/**
 * Density, distribution function and quantiles of the standard normal, from this folder's own exponential: the same bits on every machine.
 * Formula: |z| < 4: P(z) = 1/2 + p(z) (z + z^3/3 + z^5/(3 5) + ...), all terms of one sign, summed until they no longer count;
 * from 4 on: 1 - P(z) = p(z) / (z + 1/(z + 2/(z + 3/(z + ...)))), the continued fraction cut after 60 levels.
 * Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.2.11 and 26.2.14. Absolute error below 1e-14; in the lower tail
 * (z <= -4) relative error below 1e-12, where p itself is that of portableExp: 0 below z = -37.
 * Quantiles: Newton's steps from 0, which rise to the root because P is concave above it; those below 1/2 are mirrored.
 */
import { portableExp } from './logarithm.js';

const INVERSE_ROOT_2PI = 0.3989422804014327;
/** Beyond it the density is below 1e-297. */
const FAR = 37;
const SERIES_BELOW = 4;
const LEVELS = 60;

export function normalDensity(z: number): number {
  return Math.abs(z) >= FAR ? 0 : INVERSE_ROOT_2PI * portableExp((-z * z) / 2);
}

/** Probability of a value up to z. */
export function normalCumulative(z: number): number {
  const size = Math.abs(z);
  if (size >= FAR) return z > 0 ? 1 : 0;
  if (size >= SERIES_BELOW) {
    let fraction = size;
    for (let level = LEVELS; level >= 1; level--) fraction = size + level / fraction;
    const tail = normalDensity(size) / fraction;
    return z > 0 ? 1 - tail : tail;
  }
  let term = z;
  let sum = 0;
  for (let odd = 3; sum + term !== sum; odd += 2) {
    sum += term;
    term *= (z * z) / odd;
  }
  return 0.5 + normalDensity(z) * sum;
}

/** The z with P(z) = probability, for probabilities in [0.001, 0.999]; error below 1e-12. */
export function normalQuantile(probability: number): number {
  if (probability < 0.5) return -normalQuantile(1 - probability);
  let z = 0;
  for (;;) {
    const next = z + (probability - normalCumulative(z)) / normalDensity(z);
    // Steps rise until rounding ends them.
    if (!(next > z)) return z;
    z = next;
  }
}
