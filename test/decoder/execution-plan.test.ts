/** Do the hooks see and change what they say, in the order they say? */
import { describe, expect, it } from 'vitest';
import { groupsOfLayer, mapGroups, type DecoderModel, type InputStep, type ProductGroup } from '../../src/decoder/decoder-model.js';
import { sequenceRun, windowLogits } from '../../src/decoder/decoder-run.js';
import type { ExecutionPlan } from '../../src/decoder/execution-plan.js';
import { hadamardInPlace } from '../../src/numeric/hadamard.js';
import { matrix, type Matrix } from '../../src/numeric/matrix.js';
import type { CodedCache, KvQuantizer } from '../../src/quantizers/kv/kv-quantizer.js';
import { largestDifference, randomTokens, smallDecoder } from './small-decoders.js';

/** The model with steps on the input of every group, weights in the changed basis: the float function stays. */
function withStep(model: DecoderModel, stepOf: (cols: number) => InputStep, changeRow: (row: Float32Array) => Float32Array): DecoderModel {
  const change = (group: ProductGroup): ProductGroup => {
    const cols = group.products[0]?.weight.cols ?? 0;
    const products = group.products.map((product) => {
      const data = new Float32Array(product.weight.data.length);
      for (let r = 0; r < product.weight.rows; r++) data.set(changeRow(product.weight.data.slice(r * cols, (r + 1) * cols)), r * cols);
      return { ...product, weight: matrix(product.weight.rows, cols, data) };
    });
    return { ...group, steps: [stepOf(cols)], products };
  };
  return { ...model, layers: model.layers.map((layer) => mapGroups(layer, change)) };
}

describe('steps on the input of a group', () => {
  const cases: [string, (cols: number) => InputStep, (row: Float32Array) => Float32Array][] = [
    [
      'a permutation',
      (cols) => ({ kind: 'permutation', order: Int32Array.from({ length: cols }, (_, j) => cols - 1 - j) }),
      (row) => row.reverse(),
    ],
    [
      'a Hadamard transform of blocks of 16',
      () => ({ kind: 'hadamard', block: 16 }),
      (row) => {
        hadamardInPlace(row, 16);
        return row;
      },
    ],
    [
      'a scale per channel',
      (cols) => ({ kind: 'scale', factors: Float32Array.from({ length: cols }, (_, j) => 2 ** ((j % 5) - 2)) }),
      (row) => row.map((value, j) => value / 2 ** ((j % 5) - 2)),
    ],
  ];
  it.each(cases)('%s that the weights undo leaves the logits as they were, to 2e-5', async (_, stepOf, changeRow) => {
    const model = await smallDecoder('mixtral');
    const tokens = randomTokens(model.context, model.vocabulary, 21);
    const changed = windowLogits(withStep(model, stepOf, changeRow), tokens);
    expect(largestDifference(changed.data, windowLogits(model, tokens).data)).toBeLessThan(2e-5);
  });
});

describe('an observer', () => {
  it('sees every group once a window, before the activation quantizer, and the hidden state of every layer', async () => {
    const model = await smallDecoder('gpt2');
    const tokens = randomTokens(10, model.vocabulary, 22);
    const seen: string[] = [];
    const inputs: Matrix[] = [];
    const layers: number[] = [];
    windowLogits(model, tokens, {
      activation: (input) => new Float32Array(input.data.length),
      observer: {
        groupInput: (group, input) => {
          seen.push(group.name);
          inputs.push({ ...input, data: input.data.slice() });
        },
        layerInput: (layer, hidden) => layers.push(layer, hidden.rows, hidden.cols),
      },
    });
    expect(seen).toEqual(model.layers.flatMap(groupsOfLayer).map(({ name }) => name));
    expect(inputs.every(({ rows }) => rows === 10)).toBe(true);
    expect(inputs[0]?.data.some((value) => value !== 0)).toBe(true);
    expect(layers).toEqual([0, 10, model.hidden, 1, 10, model.hidden]);
  });
});

describe('products of a plan', () => {
  it('stand in for W x, and the bias is still added', async () => {
    const model = await smallDecoder('opt');
    const tokens = randomTokens(12, model.vocabulary, 23);
    const plain: ExecutionPlan = {
      products: (input, group) =>
        group.products.map(({ weight }) => {
          const y = new Float32Array(input.rows * weight.rows);
          for (let t = 0; t < input.rows; t++) {
            for (let n = 0; n < weight.rows; n++) {
              let sum = 0;
              for (let k = 0; k < input.cols; k++)
                sum += (input.data[t * input.cols + k] ?? NaN) * (weight.data[n * input.cols + k] ?? NaN);
              y[t * weight.rows + n] = sum;
            }
          }
          return y;
        }),
    };
    expect(largestDifference(windowLogits(model, tokens, plain).data, windowLogits(model, tokens).data)).toBeLessThan(1e-5);
  });
});

/** Rounds to multiples of a step; the last `recent` tokens a query sees stay exact. */
function roundingCache(step: number, recent: number, preRotary: boolean): KvQuantizer {
  const coded = (exact: Matrix): CodedCache => ({
    values: matrix(
      exact.rows,
      exact.cols,
      exact.data.map((value) => Math.round(value / step) * step),
    ),
    exactFrom: (t) => Math.max(0, t + 1 - recent),
  });
  return { name: 'rounding', preRotaryKeys: () => preRotary, keys: coded, values: coded } as unknown as KvQuantizer;
}

const cachePlan = (step: number, recent: number, preRotary: boolean): ExecutionPlan => ({
  cache: { quantizer: roundingCache(step, recent, preRotary), options: {} },
});

describe('a cache quantizer', () => {
  it.each([
    ['qwen2', 0, false],
    ['qwen2', 5, true],
    ['mixtral', 5, false],
    ['gpt2', 3, false],
  ] as const)(
    'gives %s the same bits in a window and token by token (%i exact tokens, before rotary: %s)',
    async (form, recent, preRotary) => {
      const model = await smallDecoder(form);
      const tokens = randomTokens(model.context, model.vocabulary, 24);
      const plan = cachePlan(0.25, recent, preRotary);
      const whole = windowLogits(model, tokens, plan).data;
      const run = sequenceRun(model, plan);
      const each: number[] = [];
      for (const token of tokens) run.extend([token], ({ data }) => each.push(...data));
      expect(Float32Array.from(each)).toEqual(whole);
      expect(largestDifference(whole, windowLogits(model, tokens).data)).toBeGreaterThan(0.01);
    },
  );

  it('changes nothing while every token a query sees is exact', async () => {
    const model = await smallDecoder('qwen2');
    const tokens = randomTokens(model.context, model.vocabulary, 25);
    expect(windowLogits(model, tokens, cachePlan(0.5, model.context, false)).data).toEqual(windowLogits(model, tokens).data);
  });

  it('is a cache that was read back: fine steps change little, and keys before and after rotary differ', async () => {
    const model = await smallDecoder('qwen2');
    const tokens = randomTokens(model.context, model.vocabulary, 26);
    const exact = windowLogits(model, tokens).data;
    expect(largestDifference(windowLogits(model, tokens, cachePlan(2 ** -16, 0, true)).data, exact)).toBeLessThan(1e-3);
    expect(windowLogits(model, tokens, cachePlan(0.25, 0, true)).data).not.toEqual(
      windowLogits(model, tokens, cachePlan(0.25, 0, false)).data,
    );
  });
});
