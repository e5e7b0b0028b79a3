/**
 * Which output features of a decoder get more bits, as entries of a scheme. MixLLM: one ranking of all features of the model by the loss change that
 * the low bits cause (signals/feature-salience.ts); the top share gets the high bits. Scope `product` takes the same share of every product instead.
 *   features at high bits = round(share * features) of the ranking; of equal saliences those that come first in the model
 *   high  round to nearest, symmetric; low  asymmetric with integer zero; both in groups along K
 * Source: MixLLM, arXiv 2412.14590; symmetric 8-bit rows and groups of 128 as recalled. Left out: shares of weights in place of features (a feature of a
 * long product costs more bits), GPTQ inside the rows, clip search.
 */
import type { DecoderModel } from '../decoder/decoder-model.js';
import { namedGroups } from '../decoder/product-names.js';
import { quantize } from '../quantizers/index.js';
import { roundToNearest } from '../quantizers/round-to-nearest.js';
import { rowsText } from '../trace/row-ranges.js';
import type { WeightEntry } from '../trace/scheme-entries.js';
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
      const values = roundToNearest.dequantize(quantize(roundToNearest.name, weight, { bits, group, symmetric: false }));
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

/** The scheme with features of its weights at high bits: one entry of `layers` with their rows for each product that has some, before those there were. */
export function withFeatures(
  scheme: SchemeConfig,
  model: DecoderModel,
  { features, bits, highBits, group: elements }: FeatureBits & { readonly features: ReadonlyMap<string, Int32Array> },
): SchemeConfig {
  const high: WeightEntry = { quantizer: roundToNearest.name, bits: highBits, group: elements };
  const entries = namedGroups(model).flatMap(({ group, names }) =>
    group.products.flatMap(({ name, weight }, i) => {
      const rows = features.get(name);
      if (rows === undefined) return [];
      return [{ match: names[i]!, rows: rowsText(rows), of: weight.rows, weight: high }];
    }),
  );
  return {
    ...scheme,
    weight: { quantizer: roundToNearest.name, bits, group: elements, symmetric: false },
    layers: [...entries, ...(scheme.layers ?? [])],
  };
}
