/** MixLLM's choice of output features: are slopes those of the loss, is the ranking one over the model, and does the scheme take what was chosen? */
import { describe, expect, it } from 'vitest';
import { evaluateScheme } from '../../src/accuracy/evaluate-scheme.js';
import { chosenFeatures, lowBitChanges, withFeatures } from '../../src/codesign/feature-choice.js';
import { featureGradients, featureSalience } from '../../src/codesign/signals/feature-salience.js';
import { lossProbe } from '../../src/codesign/signals/loss-probe.js';
import { namedGroups } from '../../src/decoder/product-names.js';
import { schemeSchema } from '../../src/trace/scheme-config.js';
import { smallModel } from '../decoder/rewrites/small-models.js';

const model = smallModel({ family: 'llama', hidden: 16, feedForward: 24, kvHeads: 1, heads: 2, headDim: 8, layers: 2, seed: 3 });
const tokens = Int32Array.from({ length: 240 }, (_, i) => (i * 7 + ((i * i) % 5)) % 19);
const bits = { bits: 3, highBits: 8, group: 128 };
const changes = lowBitChanges(model, bits);
const gradients = featureGradients(model, tokens, { windows: 2, changes });

describe('slopes of output features', () => {
  it('sum up to the slope of the matrix that forward passes see', () => {
    const probe = lossProbe(model, tokens, 2);
    const slopes: number[] = [];
    const differences: number[] = [];
    for (const [name, { mean }] of gradients) {
      // A small part of the change: a probe leaves out the third order.
      const small = changes.get(name)!.map((change) => change / 32);
      const slope = mean.reduce((sum, value) => sum + value, 0);
      slopes.push(Math.abs(slope));
      differences.push(Math.abs(32 * probe.first(name, small) - slope));
    }
    expect(gradients.size).toBe(14);
    expect(Math.max(...differences)).toBeLessThan(0.005 * Math.max(...slopes));
  });

  it('have squares no smaller than the square of their mean', () => {
    for (const { mean, meanSquare } of gradients.values()) {
      for (const [n, slope] of mean.entries()) expect(meanSquare[n]!).toBeGreaterThanOrEqual(slope * slope * (1 - 1e-12));
    }
  });

  it('give |g| + g^2 / 2 as recalled, and the mean square over windows in its place as Fisher has it', () => {
    const gradient = { mean: Float64Array.of(-0.5, 0), meanSquare: Float64Array.of(0.5, 0.25), scored: 2 };
    expect([...featureSalience(gradient, 'recalled')]).toEqual([0.625, 0]);
    expect([...featureSalience(gradient, 'fisher')]).toEqual([1, 0.25]);
  });
});

describe('chosen features', () => {
  const saliences = new Map([
    ['a', Float64Array.of(5, 1, 4, 0)],
    ['b', Float64Array.of(2, 3, 2, 2, 2, 2)],
  ]);
  const listed = (share: number, scope: 'model' | 'product'): unknown =>
    [...chosenFeatures(saliences, share, scope)].map(([name, rows]) => [name, ...rows]);

  it('are the top of one ranking over the model, or of every product', () => {
    expect(listed(0.2, 'model')).toEqual([['a', 0, 2]]);
    expect(listed(0.5, 'model')).toEqual([['a', 0, 2], ['b', 0, 1, 2]]); // prettier-ignore
    expect(listed(0.5, 'product')).toEqual([['a', 0, 2], ['b', 0, 1, 2]]); // prettier-ignore
    expect(listed(0.25, 'product')).toEqual([['a', 0], ['b', 0, 1]]); // prettier-ignore
    expect(listed(0, 'model')).toEqual([]);
    expect(listed(1, 'model')).toEqual([['a', 0, 1, 2, 3], ['b', 0, 1, 2, 3, 4, 5]]); // prettier-ignore
  });

  it('go into a scheme that reads and evaluates, with the bits they take', () => {
    const base = schemeSchema.parse({ name: 'features', weight: { quantizer: 'rtn' } });
    const order = namedGroups(model).flatMap(({ group }) => group.products.map(({ name }) => name));
    const salience = new Map(order.map((name) => [name, featureSalience(gradients.get(name)!, 'recalled')] as const));
    const features = chosenFeatures(salience, 0.2, 'model');
    const scheme = schemeSchema.parse(withFeatures(base, model, { ...bits, features }));
    const { products } = evaluateScheme({ model, scheme, evaluation: tokens, windows: 1 });
    for (const { name, bits: stored, cols } of products) {
      const rows = features.get(name)?.length ?? 0;
      expect(stored.channel).toBe(rows === 0 ? 0 : 1 / cols);
      expect(stored.payload > bits.bits).toBe(rows > 0);
    }
    expect([...features.values()].reduce((sum, { length }) => sum + length, 0)).toBe(
      Math.round(0.2 * 2 * (16 + 8 + 8 + 16 + 24 + 24 + 16)),
    );
  });
});
