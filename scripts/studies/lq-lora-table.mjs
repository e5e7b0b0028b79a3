/**
 * Squared weight errors and stored bits of every matrix of a model under the 432 configurations of LQ-LoRA, as a problem for the methods that choose
 * (docs/codesign/lq-lora.md), and models with a choice made. Needs a build.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lqLoraConfigurations } from '../../dist/codesign/lq-lora-configurations.js';
import { loadStudyModel } from '../../dist/codesign/study/measure.js';
import { namedGroups } from '../../dist/decoder/product-names.js';
import { pairedBootstrap } from '../../dist/numeric/paired-bootstrap.js';
import { quantize, quantizerNamed } from '../../dist/quantizers/index.js';
import { bitsPerWeight } from '../../dist/quantizers/quantizer.js';

const models = fileURLToPath(new URL('../../models/', import.meta.url));

export const configurations = lqLoraConfigurations();

/** Options of the quantizer for a configuration, without a product. */
export const optionsOf = (/** @type {(typeof configurations)[number]} */ { bits, block, scaleBits, scaleBlock, scaleType }) => ({
  bits,
  block,
  scaleBits,
  scaleBlock,
  scaleType,
  rank: 0,
});

/** A shipped model with its texts, and its matrices by name. */
export async function modelWithMatrices(/** @type {string} */ name, /** @type {number} */ windows) {
  const texts = { text: join(models, 'tiny/evaluation.txt'), calibration: join(models, 'tiny/calibration.txt') };
  const loaded = await loadStudyModel({ modelPath: join(models, name), texts, windows });
  const matrices = namedGroups(loaded.model).flatMap(({ group, names }) =>
    group.products.flatMap(({ weight }, i) => [{ name: names[i] ?? '', weight }]),
  );
  return { ...loaded, matrices };
}

/** [matrix][configuration]: sum of squared errors, and bits of the whole matrix. */
export function configurationErrors(/** @type {Awaited<ReturnType<typeof modelWithMatrices>>['matrices']} */ matrices) {
  const { dequantize } = quantizerNamed('lq-lora');
  return matrices.map(({ weight }) =>
    configurations.map((configuration) => {
      const quantized = quantize('lq-lora', weight, optionsOf(configuration));
      const values = dequantize(quantized);
      const error = values.reduce((sum, value, i) => sum + (value - (weight.data[i] ?? NaN)) ** 2, 0);
      return { error, cost: bitsPerWeight(quantized.bits) * weight.data.length };
    }),
  );
}

/** What `allocate` takes: so many bits per weight for all items together. */
export function problemOf(
  /** @type {{ error: number, cost: number }[][]} */ entries,
  /** @type {{ name: string, weights: number }[]} */ items,
  /** @type {number} */ bits,
) {
  return {
    items,
    options: configurations.map(({ name }) => name),
    error: Float64Array.from(entries.flat(), ({ error }) => error),
    cost: Float64Array.from(entries.flat(), ({ cost }) => cost),
    budget: bits * items.reduce((sum, { weights }) => sum + weights, 0),
  };
}

/** Layers of a scheme with one configuration per matrix. */
export function layersOf(/** @type {{ name: string }[]} */ items, /** @type {ArrayLike<number>} */ choice) {
  return items.map(({ name }, i) => {
    const configuration = configurations[choice[i] ?? -1];
    if (configuration === undefined) throw new Error(`no configuration for ${name}`);
    return { match: name, weight: { quantizer: 'lq-lora', ...optionsOf(configuration) } };
  });
}

/** @typedef {{ difference: number, low: number, high: number, resolved: boolean }} Interval */

/**
 * Difference of the mean loss of two models over the same windows, nats per token.
 * @returns {Interval}
 */
export function between(/** @type {ArrayLike<number>} */ losses, /** @type {ArrayLike<number>} */ others) {
  const { difference, low, high, resolved } = pairedBootstrap(losses, others, { seed: 1 });
  return { difference, low, high, resolved };
}

/** As it stands in tables; empty where nothing was compared. */
export function intervalText(/** @type {Interval | null} */ interval) {
  return interval === null ? '' : `${interval.difference.toFixed(4)} [${interval.low.toFixed(4)}, ${interval.high.toFixed(4)}]`;
}
