/**
 * The functions between the two products of a feed-forward block, and their product with a gated input, in float64 rounded once.
 *   silu       x / (1 + e^-x)
 *   gelu       x P(z <= x), P the standard normal                                       (Hendrycks and Gimpel, arXiv:1606.08415)
 *   gelu-tanh  x / (1 + e^(-2 u)), u = sqrt(2/pi) (x + 0.044715 x^3): 1/2 (1 + tanh u) = 1 / (1 + e^(-2 u))
 *   relu       max(0, x)
 */
import { fastExp } from '../numeric/fast-exp.js';
import { normalCumulative } from '../numeric/normal-distribution.js';
import type { FeedForward } from './decoder-model.js';

/** sqrt(2 / pi) */
const ROOT_2_OVER_PI = 0.7978845608028654;
const CUBIC = 0.044715;

/** x = f(x). */
export function activateInPlace(activation: FeedForward['activation'], x: Float32Array): void {
  if (activation === 'silu') for (let i = 0; i < x.length; i++) x[i] = x[i]! / (1 + fastExp(-x[i]!));
  else if (activation === 'relu') for (let i = 0; i < x.length; i++) x[i] = x[i]! > 0 ? x[i]! : 0;
  else if (activation === 'gelu') for (let i = 0; i < x.length; i++) x[i] = x[i]! * normalCumulative(x[i]!);
  else {
    for (let i = 0; i < x.length; i++) {
      const value = x[i]!;
      x[i] = value / (1 + fastExp(-2 * ROOT_2_OVER_PI * (value + CUBIC * value * value * value)));
    }
  }
}

/** x = f(x) * factor, rounded once after f and once after the product. */
export function activateGated(activation: FeedForward['activation'], x: Float32Array, factor: Float32Array): void {
  activateInPlace(activation, x);
  for (let i = 0; i < x.length; i++) x[i]! *= factor[i]!;
}
