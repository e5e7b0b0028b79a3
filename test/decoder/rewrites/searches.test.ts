/** Do AWQ and SmoothQuant+ end no worse than they started, and do what the quantizer then sees? */
import { describe, expect, it } from 'vitest';
import { awq, awqSearches } from '../../../src/decoder/rewrites/awq.js';
import type { RewriteContext } from '../../../src/decoder/rewrites/rewrite.js';
import { bestAlpha, smoothquantPlus } from '../../../src/decoder/rewrites/smoothquant-plus.js';
import { smoothquant } from '../../../src/decoder/rewrites/smoothquant.js';
import { quantize, quantizerNamed } from '../../../src/quantizers/index.js';
import { observeSmall, smallModel, type Family, type SmallShape } from './small-models.js';

const shape = (family: Family, seed: number, heads = 4): SmallShape => ({
  family,
  seed,
  hidden: 32,
  feedForward: 48,
  heads,
  kvHeads: family === 'gpt2' || family === 'opt' ? heads : 2,
  headDim: 8,
  layers: 2,
});

const context: RewriteContext = {
  observe: (model) => observeSmall(model),
  quantizeWeight: (weight) => quantizerNamed('rtn').dequantize(quantize('rtn', weight, { bits: 3, group: 16, symmetric: false })),
};

describe('the search of AWQ', () => {
  it.each(['llama', 'mixtral', 'opt', 'gpt2'] as const)(
    'ends no worse than it started at every site of %s, and better somewhere',
    (family) => {
      const searches = awqSearches(smallModel(shape(family, 5)), context).flat();
      for (const { errors, exponent } of searches) expect(errors[Math.round(exponent * 20)]).toBe(Math.min(...errors));
      expect(searches.some(({ exponent }) => exponent > 0)).toBe(true);
    },
  );

  it('starts with scales of 1 and centres all others', () => {
    for (const { scales, exponent } of awqSearches(smallModel(shape('llama', 8)), context).flat()) {
      if (exponent === 0) expect(new Set(scales)).toEqual(new Set([1]));
      else expect(Math.max(...scales) * Math.min(...scales)).toBeCloseTo(1, 9);
    }
  });

  it('leaves o alone where heads share values and down alone behind a GELU', () => {
    const sites = (family: Family): string[] => awqSearches(smallModel(shape(family, 2)), context)[0]!.map(({ site }) => site.at);
    expect(sites('llama')).toEqual(['attention-in', 'feed-forward-in', 'feed-forward-out']);
    expect(sites('gpt2')).toEqual(['attention-in', 'attention-out', 'feed-forward-in']);
    expect(sites('opt')).toEqual(['attention-in', 'attention-out', 'feed-forward-in', 'feed-forward-out']);
  });

  it('finds nothing to gain where the quantizer loses nothing', () => {
    const exact = { ...context, quantizeWeight: ({ data }: { data: Float32Array }) => data.slice() };
    const model = smallModel(shape('opt', 3, 2));
    for (const { errors } of awqSearches(model, exact).flat()) expect(errors[0]).toBe(0);
    expect(awq.apply(model, exact, {}).layers[0]!.attentionNorm.gain).toEqual(model.layers[0]!.attentionNorm.gain);
  });
});

describe('the search of SmoothQuant+', () => {
  it('takes the alpha of the smallest error and moves the scales of SmoothQuant with it', () => {
    const model = smallModel(shape('llama', 4));
    const { alpha, errors } = bestAlpha(model, observeSmall(model), context, false);
    expect(errors).toHaveLength(21);
    expect(errors[Math.round(alpha * 20)]).toBe(Math.min(...errors));
    expect(smoothquantPlus.apply(model, context, { outputs: false })).toEqual(smoothquant.apply(model, context, { alpha, outputs: false }));
  });
});
