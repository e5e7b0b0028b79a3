import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockChange } from '../../../src/codesign/signals/block-change.js';
import { lossProbe } from '../../../src/codesign/signals/loss-probe.js';
import { meanHessianTrace } from '../../../src/codesign/signals/mean-hessian-trace.js';
import { salience } from '../../../src/codesign/signals/salience.js';
import { weightDivergence } from '../../../src/codesign/signals/weight-divergence.js';
import { zScoreShare } from '../../../src/codesign/signals/z-score-share.js';
import { groupsOfLayer, mapGroups, type DecoderModel } from '../../../src/decoder/decoder-model.js';
import { seededRandom } from '../../../src/numeric/random.js';
import { smallModel } from '../../decoder/rewrites/small-models.js';

const model: DecoderModel = smallModel({
  family: 'llama',
  hidden: 16,
  feedForward: 24,
  kvHeads: 1,
  heads: 2,
  headDim: 8,
  layers: 2,
  seed: 3,
});
const tokens = Int32Array.from({ length: 240 }, (_, i) => (i * 7 + ((i * i) % 5)) % 19);
// The last matrix before the head: its slopes stand well above the rounding of float32 losses.
const product = groupsOfLayer(model.layers[1]!).at(-1)!.products[0]!;
const noise = (scale: number): Float32Array => {
  const { normal } = seededRandom(1);
  return product.weight.data.map(() => scale * normal());
};

describe('the change of a block', () => {
  it('is one number in [-1, 1] per layer', () => {
    const change = blockChange(model, tokens);
    expect(change).toHaveLength(2);
    for (const value of change) expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-6);
  });

  it('is -1 for a layer that adds nothing', () => {
    const silent = { ...model, layers: model.layers.map((layer, i) => (i === 0 ? layer : mapGroups(layer, zeroed))) };
    expect(blockChange(silent, tokens)[1]).toBeCloseTo(-1, 6);
    expect(blockChange(silent, tokens)[0]).toBeCloseTo(blockChange(model, tokens)[0]!, 6);
  });

  it('refuses a text of too few tokens', () => {
    expect(() => blockChange(model, tokens.subarray(0, 127))).toThrow(/too few tokens: 127/);
  });
});

function zeroed<Group extends { readonly products: readonly { readonly weight: { readonly data: Float32Array } }[] }>(group: Group): Group {
  const products = group.products.map((one) => ({ ...one, weight: { ...one.weight, data: new Float32Array(one.weight.data.length) } }));
  return { ...group, products };
}

describe('the share of z-scores above one', () => {
  const matrix = (...data: number[]): { rows: number; cols: number; data: Float32Array } => ({
    rows: 1,
    cols: data.length,
    data: Float32Array.from(data),
  });

  it('counts over all matrices of a block', () => {
    expect(zScoreShare([matrix(0, 0, 0), matrix(0, 0, 0, 0, 4)])).toBe(1 / 8);
    expect(zScoreShare([matrix(-1, 1)])).toBe(0);
  });

  it('is near 0.159 for Gaussian weights and unknown without spread', () => {
    const { normal } = seededRandom(1);
    expect(zScoreShare([matrix(...Array.from({ length: 20_000 }, normal))])).toBeCloseTo(0.159, 2);
    expect(zScoreShare([matrix(2, 2)])).toBeNaN();
  });
});

describe('the divergence of stored weights', () => {
  const { normal } = seededRandom(1);
  const weights = Float32Array.from({ length: 4096 }, normal);
  const rounded = (step: number): Float32Array => weights.map((weight) => Math.round(weight / step) * step);

  it('is 0 for the weights themselves, and falls with the step of a grid', () => {
    expect(weightDivergence(weights, weights)).toBe(0);
    const steps = [2, 1, 0.5, 0.25].map((step) => weightDivergence(weights, rounded(step)));
    for (let i = 1; i < steps.length; i++) expect(steps[i]!).toBeLessThan(steps[i - 1]!);
  });

  it('is never below 0', () => {
    const values = fc.float32Array({ minLength: 1, maxLength: 50, noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 2, noNaN: true }), (data, factor) => {
        expect(
          weightDivergence(
            data,
            data.map((value) => value * factor),
          ),
        ).toBeGreaterThanOrEqual(-1e-12);
      }),
    );
  });
});

describe('the probe of the loss', () => {
  const probe = lossProbe(model, tokens, 10);

  it('finds nothing along no change', () => {
    expect(probe.first(product.name, noise(0))).toBe(0);
    expect(probe.second(product.name, noise(0))).toBe(0);
  });

  it('is linear along small changes: twice the change, twice the slope, and odd', () => {
    const slope = probe.first(product.name, noise(0.02));
    expect(probe.first(product.name, noise(0.04)) / slope).toBeCloseTo(2, 1);
    expect(probe.first(product.name, noise(-0.02))).toBeCloseTo(-slope, 12);
  });

  it('gives MixLLM its salience', () => {
    const values = product.weight.data.map((weight, i) => weight + noise(0.02)[i]!);
    const along = Math.abs(probe.first(product.name, noise(0.02)));
    expect(salience(probe, product.name, product.weight.data, values) / (along + 0.5 * along * along)).toBeCloseTo(1, 3);
  });

  it('estimates a mean trace that is the same from the same seed, and unknown for a matrix of zeros', () => {
    const sampling = { samples: 4, seed: 1 };
    const trace = meanHessianTrace(probe, product.name, product.weight.data, sampling);
    expect(Number.isFinite(trace)).toBe(true);
    expect(meanHessianTrace(probe, product.name, product.weight.data, sampling)).toBe(trace);
    expect(meanHessianTrace(probe, product.name, new Float32Array(product.weight.data.length), sampling)).toBeNaN();
  });
});
