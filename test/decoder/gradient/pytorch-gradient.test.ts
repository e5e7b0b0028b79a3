/** Is the reverse pass what PyTorch's autograd says in float64? The fixture: scripts/fixtures/decoder-gradients.py. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { loadDecoder } from '../../../src/accuracy/load-model.js';
import { featureGradients } from '../../../src/codesign/signals/feature-salience.js';
import type { DecoderModel } from '../../../src/decoder/decoder-model.js';
import { lossGradient } from '../../../src/decoder/gradient/loss-gradient.js';
import { namedGroups } from '../../../src/decoder/product-names.js';
import { openSafetensors, type SafetensorsFile } from '../../../src/tensors/safetensors/reader.js';
import { referenceOf, smallDecoder } from '../small-decoders.js';

/**
 * Of a gradient over the largest of its product, of a sum along a change over the largest sum of the absolute values of its terms: some 30 roundings
 * of float32, 2^-24 each, as against finite differences.
 */
const TOLERANCE = 2e-6;
const FORMS = ['gpt2', 'opt', 'qwen2'] as const;
const TINY_TOKENS = 256;

let fixture: SafetensorsFile;
beforeAll(async () => {
  fixture = await openSafetensors('test/fixtures/decoders/gradients.safetensors');
});
afterAll(() => fixture.close());

/** A stored tensor; absent: undefined. */
async function stored(name: string): Promise<Float32Array | undefined> {
  const entry = fixture.entries.find((one) => one.name === name);
  return entry && (await fixture.readFloats(entry));
}

/** What products are called in the fixture, by their names in the model. */
function fixtureNames(model: DecoderModel): Map<string, string> {
  return new Map(namedGroups(model).flatMap(({ group, names }) => group.products.map(({ name }, i) => [name, names[i]!] as const)));
}

/** c[n,k] = ((7 n + 13 k) mod 17 - 8) / 512, exact in float32. */
function change(rows: number, cols: number): Float32Array {
  return Float32Array.from({ length: rows * cols }, (_, i) => (((7 * Math.floor(i / cols) + 13 * (i % cols)) % 17) - 8) / 512);
}

function changesOf(model: DecoderModel): Map<string, Float32Array> {
  const products = namedGroups(model).flatMap(({ group }) => group.products);
  return new Map(products.map(({ name, weight: { rows, cols } }) => [name, change(rows, cols)]));
}

function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Largest difference over `scale`. */
function deviation(found: ArrayLike<number>, reference: Float32Array, scale = largest(reference)): number {
  return found.length === reference.length ? largest(reference.map((value, i) => value - (found[i] ?? NaN))) / scale : Infinity;
}

/** Loss, and dL/dW of every product. */
function weightGradients(model: DecoderModel, tokens: Int32Array): { readonly loss: number; readonly of: Map<string, Float64Array> } {
  const of = new Map<string, Float64Array>();
  const loss = lossGradient(model, tokens.length).run(tokens, ({ product, input, output }) => {
    const sum = new Float64Array(output.cols * input.cols);
    for (let t = 0; t < input.rows; t++) {
      for (let i = 0; i < sum.length; i++)
        sum[i]! += output.data[t * output.cols + Math.floor(i / input.cols)]! * input.data[t * input.cols + (i % input.cols)]!;
    }
    of.set(product.name, sum);
  });
  return { loss, of };
}

/** Sums over k of G[n,k] c[n,k]. */
function sumsAlong(gradient: Float64Array, c: Float32Array, rows: number): Float64Array {
  const cols = c.length / rows;
  return Float64Array.from({ length: rows }, (_, n) => {
    let sum = 0;
    for (let i = n * cols; i < (n + 1) * cols; i++) sum += gradient[i]! * c[i]!;
    return sum;
  });
}

describe.each(FORMS)('the reverse pass of a decoder in the form of %s', (form) => {
  it('gives the loss, the gradients of the first layer and the sums along a change of the second that PyTorch gives', async () => {
    const model = await smallDecoder(form);
    const tokens = Int32Array.from(referenceOf(form).tokens);
    const { loss, of } = weightGradients(model, tokens);
    expect(deviation([loss], (await stored(`${form}/loss`))!)).toBeLessThan(TOLERANCE);
    const [names, changes] = [fixtureNames(model), changesOf(model)];
    for (const [name, gradient] of of) {
      const at = `${form}/${names.get(name)!}`;
      const [whole, sums, terms] = [await stored(at), await stored(`${at}/sums`), await stored(`${at}/terms`)];
      if (whole) expect(deviation(gradient, whole), at).toBeLessThan(TOLERANCE);
      else expect(deviation(sumsAlong(gradient, changes.get(name)!, sums!.length), sums!, terms![0]), at).toBeLessThan(TOLERANCE);
    }
  });
});

describe('the gradients of output features of models/tiny', () => {
  it('are the sums along a change that PyTorch gives', async () => {
    const { model } = await loadDecoder('models/tiny');
    const tokens = Int32Array.from(readFileSync('models/tiny/calibration.txt').subarray(0, TINY_TOKENS));
    const found = featureGradients(model, tokens, { windows: 1, changes: changesOf(model) });
    const names = fixtureNames(model);
    expect(found.size).toBe(names.size);
    for (const [name, { mean, scored }] of found) {
      const at = `tiny/${names.get(name)!}`;
      const [sums, terms] = [await stored(`${at}/sums`), await stored(`${at}/terms`)];
      const told = mean.map((g) => g * scored);
      expect(deviation(told, sums!, terms![0]), at).toBeLessThan(TOLERANCE);
    }
  });
});
