/** Do products computed from integer codes agree with those of the values read back, within the bound they state? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../property-seed.js';
import { codeExactPlan } from '../../src/accuracy/code-exact.js';
import { integerMatrix, integerProduct } from '../../src/accuracy/integer-matrix.js';
import { perplexity } from '../../src/accuracy/perplexity.js';
import { quantizeModel } from '../../src/accuracy/quantize-model.js';
import { matmulSpace, rowsOf } from '../../src/numeric/matmul.js';
import type { Matrix } from '../../src/numeric/matrix.js';
import { seededRandom } from '../../src/numeric/random.js';
import { quantize, quantizerNamed } from '../../src/quantizers/index.js';
import { randomTokens, smallDecoder } from '../decoder/small-decoders.js';

function normalMatrix(rows: number, cols: number, seed: number): Matrix {
  const random = seededRandom(seed);
  return { rows, cols, data: Float32Array.from({ length: rows * cols }, () => random.normal()) };
}

/** x w' of float32 values as the forward pass computes it. */
function floatProduct(x: Float32Array, w: Float32Array, [rows, cols, k]: readonly [number, number, number]): Float32Array {
  const space = matmulSpace(x.length + w.length + rows * cols + 16);
  const place = (data: Float32Array, count: number): ReturnType<typeof rowsOf> => {
    const array = space.allocate(data.length);
    array.set(data);
    return rowsOf(array, count, k);
  };
  const y = rowsOf(space.allocate(rows * cols), rows, cols);
  space.timesTransposed(place(x, rows), place(w, cols), y);
  return y.data;
}

const scheme = fc.record({
  bits: fc.integer({ min: 2, max: 8 }),
  granularity: fc.constantFrom('tensor', 'channel', 'group'),
  group: fc.integer({ min: 1, max: 40 }),
  symmetric: fc.boolean(),
});

describe('a product of integer codes', () => {
  it('is within (K + 2) 2^-24 sum |x w| of the fake-quantized one, for any bits, groups and zero points', () => {
    fc.assert(
      fc.property(scheme, scheme, fc.integer({ min: 1, max: 90 }), fc.nat(1000), (forX, forW, k, seed) => {
        const [rows, cols] = [3, 5];
        const x = quantize('rtn', normalMatrix(rows, k, seed), forX);
        const w = quantize('rtn', normalMatrix(cols, k, seed + 1), forW);
        const [xValues, wValues] = [x, w].map((quantized) => quantizerNamed('rtn').dequantize(quantized)) as [Float32Array, Float32Array];
        const exact = integerProduct(integerMatrix(x), integerMatrix(w));
        const fake = floatProduct(xValues, wValues, [rows, cols, k]);
        for (let t = 0; t < rows; t++) {
          for (let n = 0; n < cols; n++) {
            let magnitude = 0;
            for (let i = 0; i < k; i++) magnitude += Math.abs((xValues[t * k + i] ?? NaN) * (wValues[n * k + i] ?? NaN));
            const difference = Math.abs((exact[t * cols + n] ?? NaN) - (fake[t * cols + n] ?? NaN));
            expect(difference).toBeLessThanOrEqual((k + 2) * 2 ** -24 * magnitude);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is the dot product of integers times both scales', () => {
    const x = integerMatrix(quantize('rtn', { rows: 1, cols: 3, data: Float32Array.of(7, -3, 1) }, { bits: 4, granularity: 'channel' }));
    const w = integerMatrix(quantize('rtn', { rows: 1, cols: 3, data: Float32Array.of(14, 2, 4) }, { bits: 4, granularity: 'channel' }));
    expect([...x.numbers, ...x.scales]).toEqual([7, -3, 1, 1]);
    expect([...w.numbers, ...w.scales]).toEqual([7, 1, 2, 2]);
    expect([...integerProduct(x, w)]).toEqual([(49 - 3 + 2) * 2]);
  });

  it('refuses codes that are no integers', () => {
    const nf4 = quantize('nf4', normalMatrix(2, 64, 1), {});
    expect(() => integerMatrix(nf4)).toThrow(/codes of this format are no integers under one scale per group: nf4.*run it fake-quantized/);
  });
});

describe('a model run on codes', () => {
  it.each(['opt', 'mixtral'] as const)('of the form %s loses the same as fake-quantized, to 1e-3 nats a window', async (form) => {
    const model = await smallDecoder(form);
    const activation = { quantizer: 'rtn', options: { bits: 8, granularity: 'group', group: 16 } };
    const { model: quantized } = quantizeModel(model, { weight: { quantizer: 'rtn', options: { bits: 4, group: 16, symmetric: false } } });
    const tokens = randomTokens(48, model.vocabulary, 7);
    const { products, activation: fakeQuantized } = codeExactPlan(activation);
    const exact = perplexity(quantized, tokens, { plan: { products } });
    const fake = perplexity(quantized, tokens, { plan: { activation: fakeQuantized } });
    for (const [w, loss] of exact.windowLosses_nats.entries())
      expect(Math.abs(loss - (fake.windowLosses_nats[w] ?? NaN))).toBeLessThan(1e-3);
    expect(exact.loss_nats).not.toBe(perplexity(quantized, tokens).loss_nats);
  });

  it('runs products without codes on the values read back', async () => {
    const model = await smallDecoder('opt');
    const plan = codeExactPlan({ quantizer: 'rtn', options: { bits: 8, granularity: 'channel' } });
    const tokens = randomTokens(24, model.vocabulary, 8);
    expect(perplexity(model, tokens, { plan }).loss_nats).toBe(
      perplexity(model, tokens, { plan: { activation: plan.activation } }).loss_nats,
    );
  });
});
