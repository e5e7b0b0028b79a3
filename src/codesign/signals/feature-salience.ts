/**
 * MixLLM's salience of every output feature (row n of a weight matrix) for a change c of its weights, from one reverse pass per window.
 *   salience_n = |g_n| + 0.5 g_n^2,   g_n = sum over k of G[n,k] c[n,k],   G = dL/dW, L the loss of the calibration text
 * G is never formed: sum over k of G c = sum over tokens of (dL/dy_n) (c x)_n (decoder/gradient/loss-gradient.ts).
 * Source: MixLLM, arXiv 2412.14590; formula as recalled. The unit of L is not known: nats per scored token here [ours], so that the first order
 * decides and the second hardly counts. With `fisher` the second order is the mean over windows of squares, the diagonal Fisher of rows:
 *   salience_n = |mean over windows of g_n| + 0.5 mean over windows of (T g_n)^2 / T,   T scored tokens of a window, g_n of its mean loss [ours]
 * that is c' F c / 2 per token with F = E[gradient gradient'] of windows taken as one sample each.
 * Estimated: gradients are those of the float model on the windows given; features interact, which both leave out.
 */
import { calibrationWindows } from '../../accuracy/observe.js';
import { groupsOfLayer, type DecoderModel } from '../../decoder/decoder-model.js';
import { lossGradient } from '../../decoder/gradient/loss-gradient.js';
import type { ProductGradient } from '../../decoder/gradient/group-gradient.js';
import { matmulSpace, rowsOf } from '../../numeric/matmul.js';

/** What is known of the output features of one product along one change. */
export interface FeatureGradient {
  /** Mean over windows of g, nats per token. */
  readonly mean: Float64Array;
  /** Mean over windows of g^2. */
  readonly meanSquare: Float64Array;
  /** Scored tokens of a window. */
  readonly scored: number;
}

/** Changes of the weights of products, [N, K] row-major, by their names in the model. */
export type WeightChanges = ReadonlyMap<string, Float32Array>;

/** Gradients along changes of all listed products, on the first `windows` windows of a text. Throws LowbitError for fewer than 128 tokens, and for experts. */
export function featureGradients(
  model: DecoderModel,
  tokens: Int32Array,
  { windows: count, changes }: { readonly windows: number; readonly changes: WeightChanges },
): Map<string, FeatureGradient> {
  const windows = calibrationWindows(model, tokens).slice(0, count);
  const length = windows[0]?.length ?? 0;
  const run = lossGradient(model, length);
  const along = alongChanges(model, length);
  const found = new Map<string, FeatureGradient>();
  for (const window of windows) {
    run.run(window, (gradient) => {
      const change = changes.get(gradient.product.name);
      if (change === undefined) return;
      const { rows } = gradient.product.weight;
      const known = found.get(gradient.product.name) ?? {
        mean: new Float64Array(rows),
        meanSquare: new Float64Array(rows),
        scored: length - 1,
      };
      found.set(gradient.product.name, known);
      const sums = along(gradient, change);
      for (let n = 0; n < rows; n++) {
        const g = sums[n]! / (length - 1);
        known.mean[n]! += g / windows.length;
        known.meanSquare[n]! += (g * g) / windows.length;
      }
    });
  }
  return found;
}

/** How the second order is taken. */
export type SecondOrder = 'recalled' | 'fisher';

/** Of every output feature: higher is more important. */
export function featureSalience({ mean, meanSquare, scored }: FeatureGradient, second: SecondOrder): Float64Array {
  return mean.map((g, n) => Math.abs(g) + 0.5 * (second === 'recalled' ? g * g : scored * meanSquare[n]!));
}

/** Output features whose change is multiplied at a time. */
const PIECE = 64;

/** Sum over tokens of (dL/dy_n) (c x)_n, for windows of at most `tokens` tokens. */
function alongChanges(model: DecoderModel, tokens: number): (gradient: ProductGradient, change: Float32Array) => Float64Array {
  const widest = Math.max(...model.layers.flatMap(groupsOfLayer).flatMap(({ products }) => products.map(({ weight }) => weight.cols)));
  const space = matmulSpace((tokens + PIECE) * widest + tokens * PIECE + 12);
  const [inputs, piece, moved] = [space.allocate(tokens * widest), space.allocate(PIECE * widest), space.allocate(tokens * PIECE)];
  return ({ input: { rows, cols, data }, output }, change) => {
    inputs.set(data);
    const sums = new Float64Array(output.cols);
    for (let from = 0; from < output.cols; from += PIECE) {
      const count = Math.min(PIECE, output.cols - from);
      piece.set(change.subarray(from * cols, (from + count) * cols));
      space.timesTransposed(rowsOf(inputs, rows, cols), rowsOf(piece, count, cols), rowsOf(moved, rows, count));
      for (let t = 0; t < rows; t++) {
        for (let n = 0; n < count; n++) sums[from + n]! += output.data[t * output.cols + from + n]! * moved[t * count + n]!;
      }
    }
    return sums;
  };
}
