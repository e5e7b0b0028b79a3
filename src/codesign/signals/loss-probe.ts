/**
 * The calibration loss of a model with one of its matrices moved: curvatures, and slopes where there is no reverse pass (decoder/gradient).
 *   first    G . c    = (L(W + c h) - L(W - c h)) / (2 h)              h = 1/2: the gradient along a change c, third order left out
 *   second   c' H c   = (L(W + c) - 2 L(W) + L(W - c))                 the curvature along it, fourth order left out
 * Losses are means over the scored tokens, nats. Two forward passes per direction; no gradient of a single weight or row is known.
 */
import { calibrationWindows } from '../../accuracy/observe.js';
import { perplexity } from '../../accuracy/perplexity.js';
import { mapGroups, type DecoderModel } from '../../decoder/decoder-model.js';

/** Half of the change on each side of the weights. */
const STEP = 0.5;

/** Losses of a model with one matrix moved, nats per token. */
export interface LossProbe {
  /** G . c for a matrix by its name in the model and a change of its weights, row-major. */
  first(product: string, change: Float32Array): number;
  /** c' H c. */
  second(product: string, change: Float32Array): number;
}

/** A probe over the first `windows` whole windows of a text. Throws LowbitError for fewer than 128 tokens. */
export function lossProbe(model: DecoderModel, tokens: Int32Array, windows: number): LossProbe {
  const window = calibrationWindows(model, tokens)[0]?.length ?? 0;
  const lossOf = (moved: DecoderModel): number => perplexity(moved, tokens, { window, maxWindows: windows }).loss_nats;
  const moved = (product: string, change: Float32Array, factor: number): number => lossOf(withMoved(model, product, change, factor));
  let base: number | undefined;
  return {
    first: (product, change) => (moved(product, change, STEP) - moved(product, change, -STEP)) / (2 * STEP),
    second(product, change) {
      base ??= lossOf(model);
      return moved(product, change, 1) - 2 * base + moved(product, change, -1);
    },
  };
}

function withMoved(model: DecoderModel, product: string, change: Float32Array, factor: number): DecoderModel {
  return {
    ...model,
    layers: model.layers.map((layer) =>
      mapGroups(layer, (group) => {
        if (!group.products.some(({ name }) => name === product)) return group;
        const products = group.products.map((one) => {
          if (one.name !== product) return one;
          const data = one.weight.data.map((weight, i) => weight + factor * change[i]!);
          return { ...one, weight: { ...one.weight, data } };
        });
        return { ...group, products };
      }),
    ),
  };
}
