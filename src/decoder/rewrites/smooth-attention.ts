/**
 * SmoothAttention: keys divided by a factor per channel, queries multiplied by it, so that a cache of few bits keeps its large channels.
 * Formula: lambda_i = lambda_(i + d/2) = max(max|K_i|, max|K_(i + d/2)|)^alpha over the calibration tokens, after the rotary embedding; 1 where
 * a pair is 0. A pair shares its factor, so the rotary embedding between the products and the scores changes nothing. Without a rotary
 * embedding every channel has its own. Folded into the rows of q and k.
 * Source: QoQ (QServe), arXiv:2405.04532, alpha = 0.5.
 */
import { z } from 'zod';
import { portablePower } from '../../numeric/logarithm.js';
import type { Attention, DecoderLayer } from '../decoder-model.js';
import type { Rewrite } from './rewrite.js';
import { cacheRows } from './sites.js';
import { reciprocals, scaledOutputs } from './weight-change.js';

const options = z.strictObject({
  alpha: z.number().min(0).max(1).default(0.5).describe('how much of the range of a key channel goes into the queries'),
});
export type SmoothAttentionOptions = z.infer<typeof options>;

export const smoothAttention: Rewrite<SmoothAttentionOptions> = {
  name: 'smooth-attention',
  description: 'key channels of large range made smaller, queries larger, folded into q and k',
  source: 'QoQ (QServe), arXiv:2405.04532',
  modelVersion: 1,
  options,
  apply(model, context, { alpha }) {
    const { keyMaxAbs } = context.observe(model, ['channels']);
    return { ...model, layers: model.layers.map((layer, index) => smoothed(layer, keyFactors(layer.attention, keyMaxAbs[index]!, alpha))) };
  },
  online: () => [],
};

/** lambda of every row of k. */
function keyFactors({ headDim, rotary }: Attention, maxima: Float32Array, alpha: number): Float64Array {
  const half = headDim / 2;
  return Float64Array.from(maxima, (own, row) => {
    const partner = row % headDim < half ? row + half : row - half;
    const largest = rotary === undefined ? own : Math.max(own, maxima[partner]!);
    return largest === 0 ? 1 : portablePower(largest, alpha);
  });
}

function smoothed(layer: DecoderLayer, lambda: Float64Array): DecoderLayer {
  const { attention } = layer;
  const ofQueries = Float64Array.from(cacheRows(attention), (row) => lambda[row]!);
  const products = attention.input.products.map((product, i) => {
    if (i === 0) return scaledOutputs(product, ofQueries);
    return i === 1 ? scaledOutputs(product, reciprocals(lambda)) : product;
  });
  return { ...layer, attention: { ...attention, input: { ...attention.input, products } } };
}
