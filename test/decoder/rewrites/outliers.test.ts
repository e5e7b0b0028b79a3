/** Do the rewrites do to outliers what they are for: spread them, take them into weights, gather them? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecoderModel } from '../../../src/decoder/decoder-model.js';
import { rewrites } from '../../../src/decoder/rewrites/index.js';
import type { RewriteContext } from '../../../src/decoder/rewrites/rewrite.js';
import { hadamardInPlace } from '../../../src/numeric/hadamard.js';
import { observeSmall, smallModel, type SmallShape } from './small-models.js';

const context: RewriteContext = { observe: (model) => observeSmall(model), quantizeWeight: ({ data }) => data };
const shape: SmallShape = { family: 'llama', seed: 12, hidden: 32, feedForward: 160, heads: 4, kvHeads: 2, headDim: 8, layers: 2 };

function rewritten(name: string, model: DecoderModel, options: object = {}): DecoderModel {
  const rewrite = rewrites[name]!;
  return rewrite.apply(model, context, rewrite.options.parse(options));
}

/** max|x| over the channels of a group, and of it the largest over the mean. */
function maxima(model: DecoderModel, group: string): Float32Array {
  return observeSmall(model).groups.get(group)!.channels.maxAbs;
}

function peak(values: Float32Array): number {
  return Math.max(...values) / (values.reduce((sum, value) => sum + value, 0) / values.length);
}

describe('outlier channels behind a norm', () => {
  it('are spread by the Hadamard rotation and taken into the weights by SmoothQuant', () => {
    const model = smallModel(shape);
    const before = peak(maxima(model, '0.attention-in'));
    expect(before).toBeGreaterThan(4);
    expect(peak(maxima(rewritten('hadamard', model), '0.attention-in'))).toBeLessThan(before / 2);
    expect(peak(maxima(rewritten('smoothquant', model, { alpha: 1 }), '0.attention-in'))).toBeCloseTo(1, 4);
  });

  it('with alpha 1/2 have the same largest magnitude in activations and weights', () => {
    const model = rewritten('smoothquant', smallModel(shape));
    const x = maxima(model, '1.attention-in');
    const { products } = model.layers[1]!.attention.input;
    x.forEach((largest, j) => {
      const weights = products.flatMap(({ weight: { cols, data } }) => [...data.filter((_, i) => i % cols === j)]);
      expect(Math.max(...weights.map(Math.abs)) / largest).toBeCloseTo(1, 4);
    });
  });
});

describe('the transforms of the Hadamard rotation', () => {
  it('before o mix all heads, and before down all channels of a block', () => {
    const { attention, feedForward } = rewritten('hadamard', smallModel(shape)).layers[0]!;
    expect(attention.output.steps).toEqual([
      { kind: 'permutation', order: Int32Array.from({ length: 32 }, (_, j) => (j % 4) * 8 + Math.floor(j / 4)) },
      { kind: 'hadamard', block: 4 },
    ]);
    expect(feedForward.experts[0]!.output.steps).toEqual([{ kind: 'hadamard', block: 32 }]);
    expect(attention.input.steps).toEqual([]);
  });

  it('are their own inverse', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: 16, maxLength: 16 }), (values) => {
        const data = Float32Array.from(values);
        hadamardInPlace(data, 8);
        hadamardInPlace(data, 8);
        data.forEach((value, i) => expect(value).toBeCloseTo(values[i]!, 5));
      }),
    );
  });

  it('are refused after steps on the inputs that they would turn', () => {
    const model = rewritten('block-hadamard', smallModel(shape), { block: 8 });
    expect(() => rewritten('hadamard', model)).toThrow(/residual stream.*0\.attention-in has hadamard.*name hadamard before/);
    expect(() => rewritten('smoothquant', model)).toThrow(/cannot be folded into the norm.*0\.attention-in has hadamard/);
    expect(() => rewritten('block-hadamard', smallModel(shape), { block: 64 })).toThrow(/32 channels of 0\.attention-in into blocks of 64/);
  });
});

describe('the outlier permutation', () => {
  it('orders every input by size, rising, and gives INT8 to blocks that hold an outlier', () => {
    const model = smallModel(shape);
    const before = maxima(model, '0.feed-forward-out');
    const permuted = rewritten('outlier-permutation', model, { factor: 2 });
    const after = maxima(permuted, '0.feed-forward-out');
    expect([...after]).toEqual([...after].sort((a, b) => a - b));
    expect([...after]).toEqual([...before].sort((a, b) => a - b));
    const middle = (after[79]! + after[80]!) / 2;
    const { activationBits } = permuted.layers[0]!.feedForward.experts[0]!.output;
    expect(activationBits).toEqual(Uint8Array.of(after[127]! > 2 * middle ? 8 : 4, after[159]! > 2 * middle ? 8 : 4));
    expect(permuted.layers[0]!.feedForward.experts[0]!.output.steps).toEqual([]);
  });

  it('of Atom orders by the sum of squares and gives INT8 to the last block', () => {
    const permuted = rewritten('outlier-permutation', smallModel(shape), { rule: 'atom' });
    const { squareSum } = observeSmall(permuted).groups.get('1.feed-forward-out')!.channels;
    expect([...squareSum]).toEqual([...squareSum].sort((a, b) => a - b));
    expect(permuted.layers[1]!.feedForward.experts[0]!.output.activationBits).toEqual(Uint8Array.of(4, 8));
    expect(permuted.layers[1]!.attention.input.activationBits).toEqual(Uint8Array.of(8));
  });

  it('makes the asked share of all blocks INT4, the quietest first, and none of them wide again as the share falls', () => {
    const model = smallModel(shape);
    const observations = observeSmall(model);
    const rewrite = rewrites['outlier-permutation']!;
    const wide = Array.from({ length: 11 }, (_, int4): number[] => {
      const chosen = rewrite.options.parse({ int4Share: int4 / 10 });
      const { layers } = rewrite.apply(model, { ...context, observe: () => observations }, chosen);
      const groups = layers.flatMap(({ attention, feedForward: { experts } }) => [
        ...[attention.input, attention.output],
        ...experts.flatMap(({ input, output }) => [input, output]),
      ]);
      const bits = groups.flatMap(({ activationBits }) => [...activationBits!]);
      expect(bits).toHaveLength(10);
      return [...bits.keys()].filter((block) => bits[block] === 8);
    });
    expect(wide.map(({ length }) => length)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    wide.slice(1).forEach((blocks, i) => expect(wide[i]).toEqual(expect.arrayContaining(blocks)));
  });

  it('knows a share for the rule of FMPQ over whole inputs only', () => {
    const parse = (options: object) => rewrites['outlier-permutation']!.options.safeParse(options).success;
    expect([{ int4Share: 0.5 }, { int4Share: 0.5, rule: 'atom' }, { int4Share: 0.5, foldHeads: true }].map(parse)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('folded into heads leaves no step before o and keeps channels in their heads', () => {
    const output = (foldHeads: boolean) => rewritten('outlier-permutation', smallModel(shape), { foldHeads }).layers[0]!.attention.output;
    expect(output(true).steps).toEqual([]);
    expect(output(false).steps.map(({ kind }) => kind)).toEqual(['permutation']);
  });
});

describe('SmoothAttention', () => {
  it('brings the largest keys of every pair of channels to their square root', () => {
    const model = smallModel(shape);
    const [before] = observeSmall(model).keyMaxAbs;
    const [after] = observeSmall(rewritten('smooth-attention', model)).keyMaxAbs;
    for (let i = 0; i < 4; i++) {
      const [was, is] = [before!, after!].map((keys) => Math.max(keys[i]!, keys[i + 4]!));
      expect(is).toBeCloseTo(Math.sqrt(was!), 4);
    }
  });
});
