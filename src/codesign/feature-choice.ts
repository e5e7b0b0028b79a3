/**
 * Which output features of a decoder get more bits, as entries of a scheme. MixLLM: one ranking of all features of the model by the loss change that
 * the low bits cause (signals/feature-salience.ts); the top share gets the high bits. Scope `product` takes the same share of every product instead.
 *   features at high bits = round(share * features) of the ranking; of equal saliences those that come first in the model
 * Source: MixLLM, arXiv 2412.14590. Left out: shares of weights in place of features (a feature of a long product costs more bits).
 */
import type { DecoderModel } from '../decoder/decoder-model.js';
import { namedGroups } from '../decoder/product-names.js';
import { mixllm } from '../quantizers/mixllm.js';
import { quantize } from '../quantizers/index.js';
import { rowsText } from '../quantizers/row-ranges.js';
import type { SchemeConfig } from '../trace/scheme-config.js';
import type { WeightChanges } from './signals/feature-salience.js';

/** Bits of both kinds of features. */
export interface FeatureBits {
  readonly bits: number;
  readonly highBits: number;
  readonly group: number;
}

/** What the low bits do to the weights of every product: values read back minus weights, by names in the model. */
export function lowBitChanges(model: DecoderModel, { bits, group }: FeatureBits): WeightChanges {
  const products = namedGroups(model).flatMap(({ group: { products: all } }) => all);
  return new Map(
    products.map(({ name, weight }) => {
      const values = mixllm.dequantize(quantize(mixllm.name, weight, { bits, group }));
      return [name, values.map((value, i) => value - weight.data[i]!)] as const;
    }),
  );
}

/** Features at high bits, ascending, of every product that has some. Saliences by product, in the order of the model. */
export function chosenFeatures(
  saliences: ReadonlyMap<string, Float64Array>,
  share: number,
  scope: 'model' | 'product',
): Map<string, Int32Array> {
  const features = [...saliences].map(([product, values]) => Array.from(values, (salience, row) => ({ product, row, salience })));
  const parts = scope === 'model' ? [features.flat()] : features;
  const chosen = new Map<string, number[]>();
  for (const part of parts) {
    const ranked = part.toSorted((a, b) => b.salience - a.salience);
    for (const { product, row } of ranked.slice(0, Math.round(share * part.length))) {
      const rows = chosen.get(product);
      if (rows === undefined) chosen.set(product, [row]);
      else rows.push(row);
    }
  }
  return new Map([...chosen].map(([product, rows]) => [product, Int32Array.from(rows).sort()]));
}

/** The scheme with features of its weights at high bits: one entry of `layers` for each product that has some, before those there were. */
export function withFeatures(
  scheme: SchemeConfig,
  model: DecoderModel,
  { features, ...bits }: FeatureBits & { readonly features: ReadonlyMap<string, Int32Array> },
): SchemeConfig {
  const entries = namedGroups(model).flatMap(({ group, names }) =>
    group.products.flatMap(({ name, weight }, i) => {
      const rows = features.get(name);
      if (rows === undefined) return [];
      return [{ match: names[i]!, weight: { quantizer: mixllm.name, ...bits, rows: rowsText(rows), of: weight.rows } }];
    }),
  );
  return {
    ...scheme,
    weight: { quantizer: mixllm.name, bits: bits.bits, group: bits.group },
    layers: [...entries, ...(scheme.layers ?? [])],
  };
}
