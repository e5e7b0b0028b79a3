/**
 * MixLLM's salience of storing a matrix with an option: |G . c| + 0.5 (G . c)^2 with c = values read back - weights and G the gradient of the loss.
 * G . c is measured along c for a whole matrix by forward passes (loss-probe.ts), which takes mixtures of experts too; from a reverse pass, of all
 * matrices at once or of single output features: matrix-salience.ts, feature-salience.ts. Source: MixLLM, arXiv 2412.14590; formula as recalled.
 */
import type { LossProbe } from './loss-probe.js';

/** Salience of a matrix read back as `values`: higher is more important. */
export function salience(probe: LossProbe, product: string, weights: Float32Array, values: Float32Array): number {
  const along = probe.first(
    product,
    values.map((value, i) => value - weights[i]!),
  );
  return Math.abs(along) + 0.5 * along * along;
}
