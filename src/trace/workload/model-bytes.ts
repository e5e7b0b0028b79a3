/** Bytes and mean bits of the weights of a model under a scheme, whether it treats all of them alike or not. Factors of low rank stand apart. */
import { operandBits } from '../layer-trace.js';
import type { ModelConfig } from '../model/model-config.js';
import { modelParameters, weightBytes } from '../model/parameters.js';
import { productNames } from '../model/weight-matrices.js';
import type { ResolvedScheme } from '../scheme-config.js';
import { storedRows } from './row-blocks.js';

/** Bytes of all weights, embeddings and norms. */
export function storedBytes(model: ModelConfig, scheme: ResolvedScheme): number {
  return weightBytes(model, (name, matrix) =>
    storedRows(scheme, scheme.productAt(name).weight, matrix).map(({ n, weight }) => ({ n, bits: operandBits(weight) })),
  );
}

/** Bits of a weight with its metadata; the mean over all weight matrices where they differ. */
export function meanWeightBits(model: ModelConfig, scheme: ResolvedScheme): number {
  let [bits, weights] = [0, 0];
  const different = new Set<number>();
  for (const matrix of modelParameters(model).matrices) {
    for (const name of productNames(matrix)) {
      for (const { n, weight } of storedRows(scheme, scheme.productAt(name).weight, matrix)) {
        different.add(operandBits(weight));
        bits += n * matrix.k * operandBits(weight);
      }
      weights += matrix.n * matrix.k;
    }
  }
  // A mean of equal numbers would be rounded.
  const [only] = different;
  return different.size === 1 && only !== undefined ? only : bits / weights;
}
