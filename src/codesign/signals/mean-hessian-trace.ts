/**
 * Mean of the diagonal of the loss Hessian over the weights of a matrix, by Hutchinson's estimate with curvatures from forward passes (loss-probe.ts):
 *   tr(H) / n = mean over samples of v' H v / (n h^2),   v = h * random signs,   h = 5 % of the root mean square of the weights.
 * Source: HAWQ-V2, NeurIPS 2020 (Hutchinson's estimate there with Hessian-vector products); the step is this project's choice: small enough for
 * the second order, large enough that the difference of losses stands above float32. One matrix of zeros: NaN.
 */
import { seededRandom } from '../../numeric/random.js';
import type { LossProbe } from './loss-probe.js';

const STEP = 0.05;

/** Random directions of the estimate. */
export interface TraceSampling {
  /** Random directions; two forward passes each. */
  readonly samples: number;
  readonly seed: number;
}

/** Mean second derivative of the loss along single weights of a matrix, nats per token and squared weight. */
export function meanHessianTrace(probe: LossProbe, product: string, weights: Float32Array, { samples, seed }: TraceSampling): number {
  const { integer } = seededRandom(seed);
  const h = STEP * Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0) / weights.length);
  let sum = 0;
  for (let sample = 0; sample < samples; sample++) {
    sum += probe.second(
      product,
      weights.map(() => (integer(2) === 0 ? h : -h)),
    );
  }
  return sum / (samples * weights.length * h * h);
}
