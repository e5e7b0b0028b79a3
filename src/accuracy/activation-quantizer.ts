/**
 * Activations through a quantizer: the input of a group is a matrix [tokens, K], so a scale per channel of the quantizer is one per token, a group
 * one per token and group. Where a group of products carries bits per block of channels, a quantizer that mixes them is given those.
 */
import type { ProductGroup } from '../decoder/decoder-model.js';
import type { ExecutionPlan } from '../decoder/execution-plan.js';
import { LowbitError } from '../lowbit-error.js';
import type { Matrix } from '../numeric/matrix.js';
import { quantize, quantizerNamed } from '../quantizers/index.js';
import { parseOptions } from '../quantizers/quantize-options.js';
import type { QuantizedTensor } from '../quantizers/quantizer.js';
import type { QuantizerChoice } from './scheme-choice.js';

/** Codes of an activation matrix. */
export type ActivationCoder = (input: Matrix, group: ProductGroup) => QuantizedTensor;

/** Throws LowbitError for an unknown quantizer, wrong options, and one that would have to see a calibration. */
export function activationCoder({ quantizer: name, options: raw }: QuantizerChoice): ActivationCoder {
  const quantizer = quantizerNamed(name);
  const options = parseOptions(quantizer, raw);
  if (quantizer.needs !== undefined && quantizer.needs.length > 0) {
    throw new LowbitError('activations come and go: a quantizer that needs a calibration is for weights', { value: name });
  }
  return (input, group) => {
    const bits = group.activationBits;
    if (bits === undefined || quantizer.quantizeBlocks === undefined) return quantize(name, input, { ...options });
    return quantizer.quantizeBlocks(input, options, bits);
  };
}

/** The values products read instead of the activations. Throws LowbitError as `activationCoder` does. */
export function activationQuantizer(choice: QuantizerChoice): NonNullable<ExecutionPlan['activation']> {
  const coder = activationCoder(choice);
  const quantizer = quantizerNamed(choice.quantizer);
  return (input, group) => quantizer.dequantize(coder(input, group));
}
