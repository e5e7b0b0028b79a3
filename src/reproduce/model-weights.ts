/** Weights of the models of a reproduction, by name. */
import { unknownName } from '../lowbit-error.js';
import { blockWeights, type WeightShape } from './gpu-bench.js';
import type { ReproductionInputs } from './reproduction.js';

/** Linear layers of a block. Throws LowbitError for a model that the reproduction does not have. */
export function weightsNamed({ models }: ReproductionInputs, name: string): WeightShape[] {
  const model = Object.hasOwn(models, name) ? models[name] : undefined;
  if (model === undefined) throw unknownName('model of the reproduction', name, Object.keys(models));
  return blockWeights(model);
}
