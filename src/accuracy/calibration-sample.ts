/**
 * How much of a calibration text is used: whole windows spread evenly over it, so that a text of several sources is seen in all of them.
 * Default: 8,192 tokens, and at least twice the inputs of the widest product, so that its Hessian has full rank [ours]. GPTQ and AWQ at 3 bits
 * on the shipped model come to the same with 8,192 and with 32,768 tokens (docs/accuracy.md).
 */
import { groupsOfLayer, type DecoderModel } from '../decoder/decoder-model.js';
import { defaultWindow } from './perplexity.js';

const DEFAULT_TOKENS = 8192;

/** The windows of a text one after the other, `limit` tokens of them and at least one; the whole text where it is no longer. */
export function calibrationSample(model: DecoderModel, tokens: Int32Array, limit = defaultTokens(model)): Int32Array {
  const window = defaultWindow(model);
  const all = Math.floor(tokens.length / window);
  const count = Math.max(1, Math.floor(limit / window));
  if (count >= all) return tokens;
  const sample = new Int32Array(count * window);
  for (let i = 0; i < count; i++) {
    const from = Math.floor((i * all) / count) * window;
    sample.set(tokens.subarray(from, from + window), i * window);
  }
  return sample;
}

/** So many whole windows of a text, or all it has, spread evenly over it. */
export function spreadWindows(model: DecoderModel, tokens: Int32Array, count: number): Int32Array {
  const window = defaultWindow(model);
  const sample = calibrationSample(model, tokens, count * window);
  return sample.subarray(0, Math.min(count, Math.floor(sample.length / window)) * window);
}

function defaultTokens({ layers }: DecoderModel): number {
  const widest = Math.max(...layers.flatMap(groupsOfLayer).map(({ products: [first] }) => first?.weight.cols ?? 0));
  return Math.max(DEFAULT_TOKENS, 2 * widest);
}
