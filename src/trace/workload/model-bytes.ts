/** Bytes and mean bits of the weights of a model under a scheme, whether it treats all of them alike or not. Factors of low rank stand apart. */
import { operandBits } from '../layer-trace.js';
import type { ModelConfig } from '../model/model-config.js';
import { modelParameters, weightBytes } from '../model/parameters.js';
import { productNames } from '../model/weight-matrices.js';
import type { ResolvedScheme } from '../scheme-config.js';

/** Bytes of all weights, embeddings and norms. */
export function storedBytes(model: ModelConfig, scheme: ResolvedScheme): number {
  return weightBytes(model, scheme.layered ? (name) => operandBits(scheme.productAt(name).weight) : operandBits(scheme.weight));
}

/** Bits of a weight, metadata of its group included; the mean over all weight matrices where they differ. */
export function meanWeightBits(model: ModelConfig, scheme: ResolvedScheme): number {
  if (!scheme.layered) return operandBits(scheme.weight);
  let [bits, weights] = [0, 0];
  for (const matrix of modelParameters(model).matrices) {
    for (const name of productNames(matrix)) {
      bits += matrix.n * matrix.k * operandBits(scheme.productAt(name).weight);
      weights += matrix.n * matrix.k;
    }
  }
  return bits / weights;
}
