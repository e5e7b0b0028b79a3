/**
 * SmoothQuant+: the scales of SmoothQuant with one alpha for the whole model, chosen by what the layers lose.
 * Formula: for alpha = 0, 0.05, .., 1 every layer is run on its float inputs with all weights quantized under the scales of that alpha
 * (trial-quantization.ts); the alpha of the smallest sum over layers of the mean squared error of their outputs is taken, the lowest of equals.
 * Source: SmoothQuant+, arXiv:2312.03788 (recalled: asymmetric INT4 groups of 128, activations of 16 bits).
 * This project's choice: at most 512 tokens of the calibration text, in whole windows. Left out: errors that layers pass on to later ones.
 */
import { z } from 'zod';
import type { DecoderLayer, DecoderModel } from '../decoder-model.js';
import { layerRun } from '../layer-run.js';
import type { ModelObservations, Rewrite, RewriteContext } from './rewrite.js';
import { siteGroups, sitesOf } from './sites.js';
import { smoothed, smoothSiteScales } from './smoothquant.js';
import { changedAt, someWindows, squaredDifference, triedGroup } from './trial-quantization.js';

const STEPS = 20;
const TOKENS_TRIED = 512;

const options = z.strictObject({
  outputs: z.boolean().default(false).describe('true: the inputs of o and down too, where they can be folded into v and up'),
});
export type SmoothQuantPlusOptions = z.infer<typeof options>;

export const smoothquantPlus: Rewrite<SmoothQuantPlusOptions> = {
  name: 'smoothquant-plus',
  description: "SmoothQuant's scales with the alpha that loses least on calibration inputs",
  source: 'SmoothQuant+, arXiv:2312.03788',
  modelVersion: 3,
  options,
  apply(model, context, { outputs }) {
    const observations = context.observe(model, ['channels', 'layerInputs']);
    const { alpha } = bestAlpha(model, observations, context, outputs);
    return { ...model, layers: model.layers.map((layer) => smoothed(layer, observations, { alpha, outputs })) };
  },
  online: () => [],
};

/** The alpha taken, and the summed error of every alpha tried. @internal */
export function bestAlpha(
  model: DecoderModel,
  observations: ModelObservations,
  { quantizeWeight }: Pick<RewriteContext, 'quantizeWeight'>,
  outputs: boolean,
): { readonly alpha: number; readonly errors: readonly number[] } {
  const run = layerRun(model, observations.windowLength);
  const errors = new Array<number>(STEPS + 1).fill(0);
  model.layers.forEach((layer, index) => {
    const inputs = observations.layerInputs?.[index];
    if (inputs === undefined) throw new RangeError('inputs of layers were not observed');
    const windows = someWindows(inputs, observations.windowLength, TOKENS_TRIED);
    const exact = windows.map((window) => run.layer(layer, index, window));
    const elements = exact.reduce((sum, { length }) => sum + length, 0);
    for (let step = 0; step <= STEPS; step++) {
      const tried = triedLayer(layer, smoothSiteScales(layer, observations, { alpha: step / STEPS, outputs }), quantizeWeight);
      errors[step]! +=
        squaredDifference(
          exact,
          windows.map((window) => run.layer(tried, index, window)),
        ) / elements;
    }
  });
  return { alpha: errors.indexOf(Math.min(...errors)) / STEPS, errors };
}

function triedLayer(
  layer: DecoderLayer,
  chosen: ReturnType<typeof smoothSiteScales>,
  quantizeWeight: RewriteContext['quantizeWeight'],
): DecoderLayer {
  return sitesOf(layer).reduce((changed, site) => {
    const scales = chosen.find((entry) => entry.site.at === site.at && entry.site.expert === site.expert)?.scales;
    if (siteGroups(changed, site).length === 0) return changed;
    return changedAt(changed, site, (group) => triedGroup(group, scales, quantizeWeight));
  }, layer);
}
