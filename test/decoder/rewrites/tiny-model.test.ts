/** Do the rewrites keep the function of trained decoders, run as they are run in earnest: the forward pass in float32? */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadDecoder } from '../../../src/accuracy/load-model.js';
import { observe } from '../../../src/accuracy/observe.js';
import type { DecoderModel } from '../../../src/decoder/decoder-model.js';
import { windowLogits } from '../../../src/decoder/decoder-run.js';
import { rewrites } from '../../../src/decoder/rewrites/index.js';

const text = (file: string, from: number, length: number): Int32Array =>
  Int32Array.from(readFileSync(new URL(`../../../models/tiny/${file}`, import.meta.url)).subarray(from, from + length));

const calibration = text('calibration.txt', 0, 256);
const tokens = text('evaluation.txt', 0, 128);

/** Of the largest logit. */
const BOUND = 1e-5;

describe.each(['tiny', 'tiny-outlier'])('models/%s', (name) => {
  let model: DecoderModel;
  let logits: Float32Array;
  beforeAll(async () => {
    ({ model } = await loadDecoder(`models/${name}`));
    logits = windowLogits(model, tokens).data;
  });

  it.each([
    ['smoothquant', {}],
    ['smoothquant', { outputs: true }],
    ['hadamard', {}],
    ['block-hadamard', { block: 128 }],
    ['smooth-attention', {}],
    ['outlier-permutation', {}],
    ['outlier-permutation', { rule: 'atom', foldHeads: true }],
  ])('gives the same logits after %s %j', (method, options) => {
    const rewrite = rewrites[method]!;
    const context = {
      observe: (seen: DecoderModel, parts: Parameters<typeof observe>[2]) => observe(seen, calibration, parts),
      quantizeWeight: () => new Float32Array(0),
    };
    const changed = windowLogits(rewrite.apply(model, context, rewrite.options.parse(options)), tokens).data;
    const largest = logits.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const worst = logits.reduce((most, value, i) => Math.max(most, Math.abs(value - changed[i]!)), 0);
    expect(worst / largest).toBeLessThan(BOUND);
  });
});
