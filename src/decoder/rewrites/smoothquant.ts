/**
 * SmoothQuant: scales that take the largest activations into the weights, X / s and W * s.
 * Formula: s_j = max|X_j|^alpha / max|W_j|^(1 - alpha), maxima over the calibration tokens and over all weights that read channel j;
 * at least 1e-5, and 1 where either maximum is 0. Source: SmoothQuant, arXiv:2211.10438 (recalled).
 * Folded into the norm before q, k, v and before gate, up; with `outputs` also into v before o and up before down (moved-scale.ts); the
 * query heads that share a head of v then share their maxima [this project's choice: else nothing could be folded].
 * Left out: the quantizers it was made for (W8A8, per tensor or per token), which a scheme names beside it.
 */
import { z } from 'zod';
import { LowbitError } from '../../lowbit-error.js';
import { portablePower } from '../../numeric/logarithm.js';
import type { DecoderLayer } from '../decoder-model.js';
import { movedScales, takesScale, type SiteScales } from './moved-scale.js';
import type { ModelObservations, Rewrite } from './rewrite.js';
import { observed, cacheRows, siteGroups, sitesOf, widthOf, type Site } from './sites.js';

/** Recalled from the released code; it keeps a channel that hardly speaks from taking its weights below what a float holds. */
const SMALLEST_SCALE = 1e-5;

const options = z.strictObject({
  alpha: z.number().min(0).max(1).default(0.5).describe('how much of the range goes into the weights: 0.5, 0.75 to 0.9 for hard models'),
  outputs: z.boolean().default(false).describe('true: the inputs of o and down too, where they can be folded into v and up'),
});
export type SmoothQuantOptions = z.infer<typeof options>;

export const smoothquant: Rewrite<SmoothQuantOptions> = {
  name: 'smoothquant',
  description: 'scales from activations to weights by their maxima, folded into the norms',
  source: 'SmoothQuant, arXiv:2211.10438',
  modelVersion: 1,
  options,
  apply(model, context, { alpha, outputs }) {
    const observations = context.observe(model, ['channels']);
    return { ...model, layers: model.layers.map((layer) => smoothed(layer, observations, { alpha, outputs })) };
  },
  online: () => [],
};

/** A layer with the scales of that alpha moved. */
export function smoothed(layer: DecoderLayer, observations: ModelObservations, chosen: SmoothQuantOptions): DecoderLayer {
  return movedScales(layer, smoothSiteScales(layer, observations, chosen));
}

/** The scales of every smoothed input of a layer. */
export function smoothSiteScales(
  layer: DecoderLayer,
  observations: ModelObservations,
  { alpha, outputs }: SmoothQuantOptions,
): SiteScales[] {
  return smoothedSites(layer, outputs).map((site) => ({ site, scales: smoothScales(channelMaxima(layer, site, observations), alpha) }));
}

/** Inputs of a layer that are smoothed. Throws LowbitError when an input behind a norm has steps. */
function smoothedSites(layer: DecoderLayer, outputs: boolean): Site[] {
  checkNorms(layer);
  return sitesOf(layer).filter((site) => isBehindNorm(site) || (outputs && takesScale(layer, site)));
}

/** Inputs behind norms take scales as long as no other rewrite put steps on them. Throws LowbitError otherwise. */
export function checkNorms(layer: DecoderLayer): void {
  const group = sitesOf(layer)
    .filter((site) => isBehindNorm(site) && !takesScale(layer, site))
    .flatMap((site) => siteGroups(layer, site))[0];
  if (group === undefined) return;
  throw new LowbitError('scales cannot be folded into the norm before an input that has steps', {
    value: `${group.name} has ${group.steps.map(({ kind }) => kind).join(', ')}`,
    remedy: 'name rewrites that move scales before block-hadamard and outlier-permutation',
  });
}

function isBehindNorm({ at }: Site): boolean {
  return at === 'attention-in' || at === 'feed-forward-in';
}

interface ChannelMaxima {
  readonly activation: Float64Array;
  readonly weight: Float64Array;
}

/** Largest magnitudes of every input channel of a site, of what is read and of all weights that read it. */
function channelMaxima(layer: DecoderLayer, site: Site, observations: ModelObservations): ChannelMaxima {
  const groups = siteGroups(layer, site);
  const width = Math.max(...groups.map(widthOf));
  const [activation, weight] = [new Float64Array(width), new Float64Array(width)];
  for (const group of groups) {
    raise(activation, observed(observations, group).channels.maxAbs);
    for (const product of group.products) {
      const { cols, data } = product.weight;
      for (let at = 0; at < data.length; at += cols) raise(weight, data.subarray(at, at + cols));
    }
  }
  return site.at === 'attention-out' ? { activation: shared(activation, layer), weight: shared(weight, layer) } : { activation, weight };
}

function raise(maxima: Float64Array, values: Float32Array): void {
  for (let j = 0; j < values.length; j++) maxima[j] = Math.max(maxima[j]!, Math.abs(values[j]!));
}

/** The maximum over the channels of o that one row of v stands in. */
function shared(maxima: Float64Array, { attention }: DecoderLayer): Float64Array {
  const rows = cacheRows(attention);
  const ofRow = new Float64Array(attention.kvHeads * attention.headDim);
  rows.forEach((row, channel) => (ofRow[row] = Math.max(ofRow[row]!, maxima[channel]!)));
  return Float64Array.from(rows, (row) => ofRow[row]!);
}

/** s of every channel. */
function smoothScales({ activation, weight }: ChannelMaxima, alpha: number): Float64Array {
  return activation.map((x, j) => {
    const w = weight[j]!;
    return x === 0 || w === 0 ? 1 : Math.max(SMALLEST_SCALE, portablePower(x, alpha) / portablePower(w, 1 - alpha));
  });
}
