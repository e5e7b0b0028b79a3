/**
 * What storing a weight matrix does to each of its output features, as errors that add up over features.
 *   weight     sum over k of c^2,                                              c = values read back - weights, row n
 *   output     sum over tokens of (c x)^2 / sum over tokens and rows of (w x)^2: over all rows the squared relative output error of the matrix
 *   salience   |g_n| + 0.5 g_n^2, MixLLM's, and
 *   fisher     0.5 T mean over windows of g_n^2, the second order of the divergence in nats per token (feature-salience.ts)
 * Inputs x and gradients are those of the model after its rewrites with float weights, on the windows given. Left out: what features do to each other.
 */
import { observe } from '../../accuracy/observe.js';
import type { DecoderModel, Product } from '../../decoder/decoder-model.js';
import { namedGroups } from '../../decoder/product-names.js';
import { workspace } from '../../decoder/workspace.js';
import { rowsOf } from '../../numeric/matmul.js';
import { matrix, type Matrix } from '../../numeric/matrix.js';
import { featureGradients, featureSalience, type FeatureGradient } from './feature-salience.js';

export const featureErrorKinds = ['weight', 'output', 'fisher', 'salience'] as const;
export type FeatureErrorKind = (typeof featureErrorKinds)[number];

/** A model before and after its weights were stored. */
export interface StoredModel {
  readonly floats: DecoderModel;
  readonly stored: DecoderModel;
}

/** Errors of the rows of every product, by its name, for each kind; one reverse pass for all kinds that need it. */
export function featureErrors(
  { floats, stored }: StoredModel,
  { tokens, windows }: { readonly tokens: Int32Array; readonly windows: number },
  kinds: readonly FeatureErrorKind[],
): Partial<Record<FeatureErrorKind, ReadonlyMap<string, Float64Array>>> {
  const changes = changesOf(floats, stored);
  let gradients: ReadonlyMap<string, FeatureGradient> | undefined;
  const along = (read: (gradient: FeatureGradient) => Float64Array): Map<string, Float64Array> => {
    gradients ??= featureGradients(floats, tokens, { windows, changes });
    return new Map([...gradients].map(([name, gradient]) => [name, read(gradient)]));
  };
  const measures: Record<FeatureErrorKind, () => Map<string, Float64Array>> = {
    weight: () => squaredRows(floats, changes),
    output: () => outputErrors(floats, changes, tokens),
    fisher: () => along(({ meanSquare, scored }) => meanSquare.map((square) => 0.5 * scored * square)),
    salience: () => along((gradient) => featureSalience(gradient, 'recalled')),
  };
  return Object.fromEntries(kinds.map((kind) => [kind, measures[kind]()]));
}

function productsOf(model: DecoderModel): Product[] {
  return namedGroups(model).flatMap(({ group }) => group.products);
}

function changesOf(floats: DecoderModel, stored: DecoderModel): Map<string, Float32Array> {
  const after = new Map(productsOf(stored).map(({ name, weight }) => [name, weight.data]));
  return new Map(
    productsOf(floats).map(({ name, weight: { data } }) => {
      const values = after.get(name)!;
      return [name, data.map((weight, i) => values[i]! - weight)] as const;
    }),
  );
}

function squaredRows(model: DecoderModel, changes: ReadonlyMap<string, Float32Array>): Map<string, Float64Array> {
  return new Map(
    productsOf(model).map(({ name, weight: { rows, cols } }) => {
      const change = changes.get(name)!;
      const sums = new Float64Array(rows);
      for (let i = 0; i < change.length; i++) sums[Math.floor(i / cols)]! += change[i]! ** 2;
      return [name, sums] as const;
    }),
  );
}

function outputErrors(model: DecoderModel, changes: ReadonlyMap<string, Float32Array>, tokens: Int32Array): Map<string, Float64Array> {
  const { groups } = observe(model, tokens, ['samples']);
  return new Map(
    namedGroups(model).flatMap(({ group }) => {
      const inputs = groups.get(group.name)!.samples!;
      return group.products.map(({ name, weight }) => {
        const signal = energies(inputs, weight).reduce((sum, energy) => sum + energy, 0);
        const noise = energies(inputs, matrix(weight.rows, weight.cols, changes.get(name)!));
        return [name, noise.map((energy) => energy / signal)] as const;
      });
    }),
  );
}

/** Sum over inputs of the square of every output. */
function energies(inputs: Matrix, weight: Matrix): Float64Array {
  const work = workspace({ inputs: [inputs.rows, inputs.cols], outputs: [inputs.rows, weight.rows] }, weight.cols);
  const x = work.array('inputs', inputs.rows);
  x.data.set(inputs.data);
  const y = work.array('outputs', inputs.rows);
  work.product(x, weight, rowsOf(y.data, y.rows, y.cols));
  const sums = new Float64Array(weight.rows);
  for (let i = 0; i < inputs.rows * weight.rows; i++) sums[i % weight.rows]! += y.data[i]! ** 2;
  return sums;
}
