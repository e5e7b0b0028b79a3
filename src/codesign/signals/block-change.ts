/**
 * LIM: how much a block changes its input, -cos(input, output) of the hidden state, averaged over the tokens of some windows: higher is more important.
 *   lim_l = -mean over tokens of (h_l . h_(l+1)) / (|h_l| |h_(l+1)|)
 * Source: Layer-wise quantization, arXiv 2406.17415 (the cosine as recalled; the mean over tokens is this project's choice).
 */
import { calibrationWindows } from '../../accuracy/observe.js';
import type { DecoderModel } from '../../decoder/decoder-model.js';
import { decoderPass } from '../../decoder/decoder-pass.js';

const MOST_TOKENS = 4096;

/** One per layer of the model. Throws LowbitError for fewer than 128 tokens. */
export function blockChange(model: DecoderModel, tokens: Int32Array): Float64Array {
  const windows = calibrationWindows(model, tokens.subarray(0, MOST_TOKENS));
  const length = windows[0]?.length ?? 0;
  const pass = decoderPass(model, {}, { capacity: length, caches: 1 });
  const sums = new Float64Array(model.layers.length);
  for (const window of windows) {
    const hidden = pass.embed(window, 0);
    for (const [index, layer] of model.layers.entries()) {
      const before = hidden.data.slice(0, length * hidden.stride);
      pass.runLayer(layer, { index, past: 0, cache: 0 }, hidden);
      for (let token = 0; token < length; token++) {
        const from = token * hidden.stride;
        sums[index]! += cosine(before.subarray(from, from + hidden.cols), hidden.data.subarray(from, from + hidden.cols));
      }
    }
  }
  return sums.map((sum) => -sum / (windows.length * length));
}

/** NaN when one of them is zero. */
function cosine(a: Float32Array, b: Float32Array): number {
  let [product, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += a[i]! * b[i]!;
    squareA += a[i]! * a[i]!;
    squareB += b[i]! * b[i]!;
  }
  return product / Math.sqrt(squareA * squareB);
}
