/**
 * AWQ: scales that give the channels of large activations finer steps, chosen by what the quantized weights lose.
 * Formula: a_j = mean |x_j|, s = max(a^r, 1e-4), s / sqrt(max s * min s), r = 0, 1/20, .., 19/20; W <- Q(W diag s), input / s folded into what
 * produces it. Taken is the r of the smallest squared error of the inspected block, the lowest of equals; r = 0 is the start, so that no site ends
 * worse in its own objective. Inspected: the attention for q, k, v; o itself, only where every query head has its own head of v; the
 * feed-forward blocks (of a mixture all of them with their router) for gate and up; down itself, not behind a GELU.
 * Source: AWQ, arXiv:2306.00978, and its released search (values only). At most 512 tokens, in whole windows, where a block is run; o and down by
 * their Hessian over all tokens [this project's choices]. Left out: the clip search, which changes the function (quantizer `awq-clip`).
 */
import { z } from 'zod';
import { portablePower } from '../../numeric/logarithm.js';
import { outputError } from '../../quantizers/output-error.js';
import type { DecoderLayer, DecoderModel } from '../decoder-model.js';
import { layerRun, type LayerRun } from '../layer-run.js';
import { movedScales, takesScale, type SiteScales } from './moved-scale.js';
import type { ModelObservations, Rewrite, RewriteContext } from './rewrite.js';
import { observed, siteGroups, sitesOf, widthOf, type Site } from './sites.js';
import { checkNorms } from './smoothquant.js';
import { behindAttention, changedAt, normed, quantizedUnder, someWindows, squaredDifference, triedGroup } from './trial-quantization.js';

const STEPS = 20;
const TOKENS_TRIED = 512;
const SMALLEST_SCALE = 1e-4;

const options = z.strictObject({});
export type AwqOptions = z.infer<typeof options>;

export const awq: Rewrite<AwqOptions> = {
  name: 'awq',
  description: 'scales that protect the channels of large activations, searched on calibration inputs',
  source: 'AWQ, arXiv:2306.00978',
  modelVersion: 3,
  options,
  apply(model, context) {
    const searches = awqSearches(model, context);
    return { ...model, layers: model.layers.map((layer, index) => movedScales(layer, searches[index]!)) };
  },
  online: () => [],
};

export interface AwqSearch extends SiteScales {
  /** Exponent taken. */
  readonly exponent: number;
  /** Objective by exponent, r = 0 first. */
  readonly errors: readonly number[];
}

/** The search of every site of every layer. @internal */
export function awqSearches(model: DecoderModel, context: RewriteContext): AwqSearch[][] {
  model.layers.forEach(checkNorms);
  const observations = context.observe(model, ['channels', 'hessian', 'layerInputs']);
  const run = layerRun(model, observations.windowLength);
  return model.layers.map((layer, index) => {
    const setting = { run, layer, observations, windows: windowsOf(observations, index), hidden: model.hidden, context };
    return sitesOf(layer)
      .filter((site) => isSearched(layer, site))
      .map((site) => searched(setting, site));
  });
}

interface Setting {
  readonly run: LayerRun;
  readonly layer: DecoderLayer;
  readonly observations: ModelObservations;
  /** Hidden states before the layer. */
  readonly windows: readonly Float32Array[];
  readonly hidden: number;
  readonly context: RewriteContext;
}

function windowsOf({ layerInputs, windowLength }: ModelObservations, index: number): Float32Array[] {
  const inputs = layerInputs?.[index];
  if (inputs === undefined) throw new RangeError('inputs of layers were not observed');
  return someWindows(inputs, windowLength, TOKENS_TRIED);
}

function isSearched(layer: DecoderLayer, site: Site): boolean {
  if (site.at === 'attention-out' && layer.attention.heads !== layer.attention.kvHeads) return false;
  return takesScale(layer, site);
}

function searched(setting: Setting, site: Site): AwqSearch {
  const sizes = meanSizes(setting, site);
  const errorOf = objective(setting, site);
  const tried = Array.from({ length: STEPS }, (_, step) => scalesOf(sizes, step / STEPS));
  const errors = tried.map(errorOf);
  const best = errors.indexOf(Math.min(...errors));
  return { site, scales: tried[best]!, exponent: best / STEPS, errors };
}

/** Mean |x_j| over the tokens of all groups of a site. */
function meanSizes({ layer, observations }: Setting, site: Site): Float64Array {
  const groups = siteGroups(layer, site);
  const sums = new Float64Array(Math.max(...groups.map(widthOf)));
  let count = 0;
  for (const group of groups) {
    const { tokens, channels } = observed(observations, group);
    for (let j = 0; j < sums.length; j++) sums[j]! += tokens * channels.meanAbs[j]!;
    count += tokens;
  }
  return sums.map((sum) => sum / Math.max(1, count));
}

function scalesOf(sizes: Float64Array, exponent: number): Float64Array {
  if (exponent === 0) return sizes.map(() => 1);
  const powers = sizes.map((size) => Math.max(SMALLEST_SCALE, size === 0 ? 0 : portablePower(size, exponent)));
  let [least, largest] = [Infinity, 0];
  for (const power of powers) {
    least = Math.min(least, power);
    largest = Math.max(largest, power);
  }
  const middle = Math.sqrt(largest * least);
  return powers.map((power) => power / middle);
}

/** Squared error of the inspected block under scales. */
function objective(setting: Setting, site: Site): (scales: Float64Array) => number {
  const { run, layer, windows, hidden, context } = setting;
  const behindNorm = site.at === 'attention-in' || site.at === 'feed-forward-in';
  if (!behindNorm) return ownError(setting, site);
  const inputs = windows.map((window) =>
    site.at === 'attention-in'
      ? normed(window, layer.attentionNorm, hidden)
      : normed(behindAttention(run, layer, window, hidden), layer.feedForwardNorm, hidden),
  );
  const outputs = (changed: DecoderLayer): Float32Array[] =>
    inputs.map((input) => (site.at === 'attention-in' ? run.attention(changed, input) : run.feedForward(changed, input)));
  const exact = outputs(layer);
  return (scales) =>
    squaredDifference(exact, outputs(changedAt(layer, site, (group) => triedGroup(group, scales, context.quantizeWeight))));
}

/** Squared error of the outputs of the products themselves. */
function ownError({ layer, observations, context }: Setting, site: Site): (scales: Float64Array) => number {
  return (scales) =>
    siteGroups(layer, site).reduce((sum, group) => {
      const { hessian } = observed(observations, group);
      if (hessian === undefined) throw new RangeError(`no Hessian was observed of group ${group.name}`);
      return group.products.reduce(
        (total, product) => total + outputError(product.weight, quantizedUnder(product, scales, context.quantizeWeight).data, hessian),
        sum,
      );
    }, 0);
}
