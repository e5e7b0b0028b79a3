/** Is dL/dW = sum of dL/dy x' what finite differences of the loss in float64 say, in every form of decoder and behind every step of a group? */
import { describe, expect, it } from 'vitest';
import { loadDecoder } from '../../../src/accuracy/load-model.js';
import { groupsOfLayer, mapGroups, type DecoderModel } from '../../../src/decoder/decoder-model.js';
import { applySteps } from '../../../src/decoder/input-steps.js';
import { activationSlope } from '../../../src/decoder/gradient/activation-slope.js';
import { lossGradient } from '../../../src/decoder/gradient/loss-gradient.js';
import { rowsOf } from '../../../src/numeric/matmul.js';
import { seededRandom } from '../../../src/numeric/random.js';
import { randomTokens, smallDecoder } from '../small-decoders.js';
import { float64Loss } from './float64-loss.js';

/** Of every product, from one window. */
function weightGradients(model: DecoderModel, tokens: Int32Array): { readonly loss: number; readonly of: Map<string, Float64Array> } {
  const of = new Map<string, Float64Array>();
  const loss = lossGradient(model, tokens.length).run(tokens, ({ product, input, output }) => {
    const sum = new Float64Array(output.cols * input.cols);
    for (let t = 0; t < input.rows; t++) {
      for (let n = 0; n < output.cols; n++) {
        for (let k = 0; k < input.cols; k++)
          sum[n * input.cols + k]! += output.data[t * output.cols + n]! * input.data[t * input.cols + k]!;
      }
    }
    of.set(product.name, sum);
  });
  return { loss, of };
}

/** Central difference of fourth order. */
function difference(model: DecoderModel, tokens: Int32Array, product: string, index: number): number {
  const h = 1e-3;
  const at = (by: number): number => float64Loss(model, tokens, { product, index, by });
  return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
}

/** Largest difference of `count` entries per product, over the largest gradient of the product. */
function worstOf(model: DecoderModel, tokens: Int32Array, count: number): number {
  const { of } = weightGradients(model, tokens);
  const random = seededRandom(7);
  let worst = 0;
  for (const [name, gradient] of of) {
    const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (let i = 0; i < count; i++) {
      const index = random.integer(gradient.length);
      worst = Math.max(worst, Math.abs(gradient[index]! - difference(model, tokens, name, index)) / largest);
    }
  }
  return worst;
}

describe.each(['qwen2', 'gpt2', 'opt'] as const)('the reverse pass of a decoder in the form of %s', (form) => {
  it('gives the loss and the gradient of every product, as finite differences in float64 do', async () => {
    const model = await smallDecoder(form);
    const tokens = randomTokens(17, model.vocabulary, 3);
    const { loss, of } = weightGradients(model, tokens);
    expect(of.size).toBe(model.layers.flatMap(groupsOfLayer).flatMap(({ products }) => products).length);
    expect(loss / float64Loss(model, tokens) - 1).toBeCloseTo(0, 6);
    expect(worstOf(model, tokens, 3)).toBeLessThan(2e-6);
  });

  it('gives the same bits again, and for a shorter window in the same space', async () => {
    const model = await smallDecoder(form);
    const tokens = randomTokens(20, model.vocabulary, 4);
    const run = lossGradient(model, 20);
    const told = (window: Int32Array): Float32Array[] => {
      const all: Float32Array[] = [];
      run.run(window, ({ output }) => all.push(output.data.slice()));
      return all;
    };
    const first = told(tokens.subarray(0, 9));
    told(tokens);
    expect(told(tokens.subarray(0, 9))).toEqual(first);
  });
});

describe('the reverse pass', () => {
  it('agrees with float64 on a layer of models/tiny', async () => {
    const { model } = await loadDecoder('models/tiny');
    expect(worstOf({ ...model, layers: model.layers.slice(1, 2) }, randomTokens(4, model.vocabulary, 5), 1)).toBeLessThan(2e-6);
  });

  it('agrees with float64 over several blocks of queries', async () => {
    const model = await smallDecoder('qwen2');
    const long = { ...model, context: 150, layers: model.layers.slice(0, 1) };
    expect(worstOf(long, randomTokens(130, model.vocabulary, 6), 1)).toBeLessThan(2e-6);
  });

  it('goes back through steps on the inputs of groups: weights behind them get the gradient turned by the steps', async () => {
    const model = await smallDecoder('qwen2');
    const tokens = randomTokens(12, model.vocabulary, 8);
    const stepped: DecoderModel = { ...model, layers: model.layers.map((layer) => mapGroups(layer, withSteps)) };
    const [plain, turned] = [weightGradients(model, tokens), weightGradients(stepped, tokens)];
    expect(turned.loss / plain.loss - 1).toBeCloseTo(0, 5);
    for (const { steps, products } of stepped.layers.flatMap(groupsOfLayer)) {
      for (const { name, weight } of products) {
        // dL/dW' = dL/dW S' for x' = S x; factors of two and their inverses are exact.
        const expected = Float32Array.from(plain.of.get(name)!);
        applySteps(rowsOf(expected, weight.rows, weight.cols), steps);
        const found = turned.of.get(name)!;
        const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        for (const [i, value] of expected.entries()) expect(Math.abs(value - found[i]!) / largest).toBeLessThan(2e-6);
      }
    }
  });

  it('refuses a mixture of experts', async () => {
    const model = await smallDecoder('mixtral');
    expect(() => lossGradient(model, 8)).toThrow(/no reverse pass through a mixture of experts/);
  });

  it('refuses windows without a scored token, and longer ones than its space', async () => {
    const model = await smallDecoder('qwen2');
    const run = lossGradient(model, 8);
    for (const length of [1, 9]) expect(() => run.run(new Int32Array(length), () => undefined)).toThrow(RangeError);
    expect(run.run(new Int32Array(2), () => undefined)).toBeGreaterThan(0);
    expect(run.run(new Int32Array(8), () => undefined)).toBeGreaterThan(0);
  });
});

describe.each(['silu', 'gelu', 'gelu-tanh', 'relu'] as const)('the slope of %s', (activation) => {
  it('is the difference of its values', () => {
    const at = activationSlope(activation);
    for (const x of [-6.3, -1.1, -0.2, 0.3, 1.4, 5.2]) {
      const h = 1e-4;
      expect((at(x + h)[0] - at(x - h)[0]) / (2 * h)).toBeCloseTo(at(x)[1], 6);
    }
  });
});

/** Steps in front of a group whose weights undo them: the function stays as it is. */
function withSteps(group: ReturnType<typeof groupsOfLayer>[number]): ReturnType<typeof groupsOfLayer>[number] {
  const cols = group.products[0]!.weight.cols;
  const order = Int32Array.from({ length: cols }, (_, j) => (j * 5 + 3) % cols);
  const factors = Float32Array.from({ length: cols }, (_, j) => [0.5, 1, 2][j % 3]!);
  const steps = [{ kind: 'scale', factors } as const, { kind: 'permutation', order } as const, { kind: 'hadamard', block: 8 } as const];
  const inverse = [{ kind: 'scale', factors: factors.map((factor) => 1 / factor) } as const, ...steps.slice(1)];
  return {
    ...group,
    steps,
    products: group.products.map((product) => {
      const data = product.weight.data.slice();
      applySteps(rowsOf(data, product.weight.rows, cols), inverse);
      return { ...product, weight: { ...product.weight, data } };
    }),
  };
}
