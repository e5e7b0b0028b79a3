/**
 * Derivatives of the functions between the two products of a feed-forward block (activation-function.ts), in float64.
 *   silu       s + x s (1 - s),   s = 1 / (1 + e^-x)
 *   gelu       P(z <= x) + x p(x), P and p the distribution and density of the standard normal
 *   gelu-tanh  s + x s (1 - s) 2 du/dx,   s = 1 / (1 + e^(-2 u)),   du/dx = sqrt(2/pi) (1 + 3 * 0.044715 x^2)
 *   relu       1 above 0, else 0
 * Source: derivatives of the formulas there.
 */
import { fastExp } from '../../numeric/fast-exp.js';
import { normalCumulative, normalDensity } from '../../numeric/normal-distribution.js';
import type { FeedForward } from '../decoder-model.js';

/** sqrt(2 / pi) */
const ROOT_2_OVER_PI = 0.7978845608028654;
const CUBIC = 0.044715;

/** Value and derivative. */
export type ActivationSlope = (x: number) => readonly [value: number, slope: number];

/** The function of a feed-forward block with its derivative. */
export function activationSlope(activation: FeedForward['activation']): ActivationSlope {
  return slopes[activation];
}

const slopes: Readonly<Record<FeedForward['activation'], ActivationSlope>> = Object.freeze({
  silu(x) {
    const s = 1 / (1 + fastExp(-x));
    return [x * s, s + x * s * (1 - s)] as const;
  },
  relu: (x) => (x > 0 ? ([x, 1] as const) : ([0, 0] as const)),
  gelu(x) {
    const below = normalCumulative(x);
    return [x * below, below + x * normalDensity(x)] as const;
  },
  'gelu-tanh'(x) {
    const s = 1 / (1 + fastExp(-2 * ROOT_2_OVER_PI * (x + CUBIC * x * x * x)));
    return [x * s, s + x * s * (1 - s) * 2 * ROOT_2_OVER_PI * (1 + 3 * CUBIC * x * x)] as const;
  },
});
