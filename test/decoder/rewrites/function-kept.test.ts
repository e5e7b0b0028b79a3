/** Does every rewrite leave the function of a decoder as it is, whatever its family, its shape and its options? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecoderModel } from '../../../src/decoder/decoder-model.js';
import { rewrites } from '../../../src/decoder/rewrites/index.js';
import type { RewriteContext } from '../../../src/decoder/rewrites/rewrite.js';
import { quantize, quantizerNamed } from '../../../src/quantizers/index.js';
import { referenceLogits } from './reference-decoder.js';
import { observeSmall, smallModel, smallShapes, someTokens } from './small-models.js';

const context: RewriteContext = {
  observe: (model) => observeSmall(model),
  quantizeWeight(weight) {
    const quantized = quantize('rtn', weight, { bits: 3, group: 8 });
    return quantizerNamed('rtn').dequantize(quantized);
  },
};

type Options = Readonly<Record<string, unknown>>;

const variants: readonly (readonly [name: string, options: Options])[] = [
  ['smoothquant', {}],
  ['smoothquant', { alpha: 0.9, outputs: true }],
  ['smoothquant', { alpha: 0 }],
  ['smoothquant-plus', {}],
  ['smoothquant-plus', { outputs: true }],
  ['awq', {}],
  ['hadamard', {}],
  ['hadamard', { seed: 7, online: false }],
  ['block-hadamard', { block: 4 }],
  ['block-hadamard', { block: 2 }],
  ['smooth-attention', {}],
  ['smooth-attention', { alpha: 1 }],
  ['outlier-permutation', {}],
  ['outlier-permutation', { rule: 'atom' }],
  ['outlier-permutation', { foldHeads: true, factor: 2 }],
];

function rewritten(name: string, model: DecoderModel, options: Options): DecoderModel {
  const rewrite = rewrites[name]!;
  return rewrite.apply(model, context, rewrite.options.parse(options));
}

/** Largest difference of the logits, in largest logits. Weights are rounded to float32 once per change; the worst of 440 random models was 1.4e-6. */
function difference(model: DecoderModel, other: DecoderModel): number {
  const tokens = someTokens(99);
  const [a, b] = [referenceLogits(model, tokens), referenceLogits(other, tokens)];
  let [largest, worst] = [0, 0];
  a.forEach((row, t) =>
    row.forEach((value, j) => {
      largest = Math.max(largest, Math.abs(value));
      worst = Math.max(worst, Math.abs(value - b[t]![j]!));
    }),
  );
  return worst / largest;
}

const BOUND = 1e-5;

describe.each(variants)('%s %j', (name, options) => {
  it('keeps the logits of decoders of every family', () => {
    fc.assert(
      fc.property(smallShapes, (shape) => {
        const model = smallModel(shape);
        expect(difference(model, rewritten(name, model, options))).toBeLessThan(BOUND);
      }),
      { numRuns: 6 },
    );
  });

  it('does not change the model it is given', () => {
    const model = smallModel({ family: 'mixtral', seed: 3, hidden: 16, feedForward: 24, heads: 4, kvHeads: 2, headDim: 4, layers: 1 });
    const before = structuredClone(model);
    rewritten(name, model, options);
    expect(model).toEqual(before);
  });
});
