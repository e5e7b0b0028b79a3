/**
 * MixLLM's salience of whole matrices, from one reverse pass per window for all of them:
 *   salience = |g| + 0.5 g^2,   g = sum over all weights of G c,   c = values read back - weights,   G = gradient of the mean loss, nats per token
 * MixLLM ranks single output features by it; here the slopes of all features of an item are summed before (feature-salience.ts keeps them apart).
 * Source: MixLLM, arXiv 2412.14590; formula as recalled. Left out: mixtures of experts, which have no reverse pass here.
 */
import type { DecoderModel } from '../../decoder/decoder-model.js';
import { featureGradients, type WeightChanges } from './feature-salience.js';

/** G . c of every changed product, on the first `windows` windows of a text. Throws LowbitError as `featureGradients` does. */
export function slopesAlong(
  model: DecoderModel,
  tokens: Int32Array,
  request: { readonly windows: number; readonly changes: WeightChanges },
): Map<string, number> {
  return new Map(
    [...featureGradients(model, tokens, request)].map(([name, { mean }]) => [name, mean.reduce((sum, slope) => sum + slope, 0)] as const),
  );
}

/** Of an item from the slopes of its products: higher is more important. */
export function matrixSalience(slopes: readonly number[]): number {
  const along = slopes.reduce((sum, slope) => sum + slope, 0);
  return Math.abs(along) + 0.5 * along * along;
}
