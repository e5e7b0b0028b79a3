/**
 * Moves scales from the activations of a product group to its weights: input / s[k], column k of every weight that reads it * s[k].
 * The division goes into what produces the input:
 *   attention-in, feed-forward-in   gain and bias of the norm; everything else that reads the norm (the router) gets columns * s
 *   attention-out                   rows of v; the query heads that share a head of v must agree on s
 *   feed-forward-out                rows of up, when gated or behind a ReLU (relu(x / s) = relu(x) / s for s > 0)
 * Left out: scales of inputs that have steps or come from a GELU, which would have to be multiplied in at run time (`takesScale` tells).
 * Source: SmoothQuant (arXiv:2211.10438) and AWQ (arXiv:2306.00978), whose scales these are.
 */
import type { Attention, DecoderLayer, FeedForward, Norm, ProductGroup } from '../decoder-model.js';
import { mapExperts, cacheRows, siteGroups, type Site } from './sites.js';
import { reciprocals, scaledOutputs, timesColumns, withWeight } from './weight-change.js';

/** Scales of one input, by channel. */
export interface SiteScales {
  readonly site: Site;
  readonly scales: Float64Array;
}

/** A layer with all these scales moved, one input after the other. */
export function movedScales(layer: DecoderLayer, changes: readonly SiteScales[]): DecoderLayer {
  return changes.reduce((changed, { site, scales }) => movedScale(changed, site, scales), layer);
}

/** Whether scales of that site can be folded into what produces its input. */
export function takesScale(layer: DecoderLayer, site: Site): boolean {
  if (siteGroups(layer, site).some(({ steps }) => steps.length > 0)) return false;
  const expert = layer.feedForward.experts[site.expert];
  return site.at !== 'feed-forward-out' || expert?.gated === true || expert?.activation === 'relu';
}

/**
 * The layer with input channel k of the site divided by s[k] > 0 and its weights multiplied, the same function.
 * Throws RangeError for a site that takes no scale.
 */
function movedScale(layer: DecoderLayer, site: Site, s: Float64Array): DecoderLayer {
  if (!takesScale(layer, site)) throw new RangeError(`the input at ${site.at} takes no scale`);
  switch (site.at) {
    case 'attention-in':
      return intoAttentionNorm(layer, s);
    case 'feed-forward-in':
      return intoFeedForwardNorm(layer, s);
    case 'attention-out':
      return intoV(layer, s);
    case 'feed-forward-out':
      return mapExperts(layer, (expert, index) => (index === site.expert ? intoUp(expert, s) : expert));
  }
}

function scaledColumns(group: ProductGroup, s: Float64Array): ProductGroup {
  return { ...group, products: group.products.map((product) => withWeight(product, (weight) => timesColumns(weight, s))) };
}

function dividedNorm(norm: Norm, s: Float64Array): Norm {
  const divided = (values: Float32Array): Float32Array => values.map((value, k) => value / s[k]!);
  return { ...norm, gain: divided(norm.gain), ...(norm.bias === undefined ? {} : { bias: divided(norm.bias) }) };
}

function intoAttentionNorm(layer: DecoderLayer, s: Float64Array): DecoderLayer {
  const { attention, attentionNorm } = layer;
  return {
    ...layer,
    attentionNorm: dividedNorm(attentionNorm, s),
    attention: { ...attention, input: scaledColumns(attention.input, s) },
  };
}

function intoFeedForwardNorm(layer: DecoderLayer, s: Float64Array): DecoderLayer {
  const { router } = layer.feedForward;
  const scaled = mapExperts(layer, (expert) => ({ ...expert, input: scaledColumns(expert.input, s) }));
  return {
    ...scaled,
    feedForwardNorm: dividedNorm(layer.feedForwardNorm, s),
    feedForward: { ...scaled.feedForward, ...(router === undefined ? {} : { router: timesColumns(router, s) }) },
  };
}

/** s as the rows of v have it. Throws RangeError when query heads that read the same head of v differ. */
function inRowsOfV(attention: Attention, s: Float64Array): Float64Array {
  const rows = cacheRows(attention);
  const inV = new Float64Array(attention.kvHeads * attention.headDim);
  rows.forEach((row, channel) => (inV[row] = s[channel]!));
  if (rows.some((row, channel) => inV[row] !== s[channel]))
    throw new RangeError('query heads that share a head of v have different scales');
  return inV;
}

function intoV(layer: DecoderLayer, s: Float64Array): DecoderLayer {
  const { attention } = layer;
  const factors = reciprocals(inRowsOfV(attention, s));
  const products = attention.input.products.map((product, i) => (i === 2 ? scaledOutputs(product, factors) : product));
  return {
    ...layer,
    attention: { ...attention, input: { ...attention.input, products }, output: scaledColumns(attention.output, s) },
  };
}

/** The product whose output is, or is multiplied into, the input of down: up, the last of its group. */
function intoUp(expert: FeedForward, s: Float64Array): FeedForward {
  const up = expert.input.products.length - 1;
  const products = expert.input.products.map((product, i) => (i === up ? scaledOutputs(product, reciprocals(s)) : product));
  return { ...expert, input: { ...expert.input, products }, output: scaledColumns(expert.output, s) };
}
