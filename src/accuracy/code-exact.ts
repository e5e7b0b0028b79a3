/**
 * Code-exact execution of integer formats: products computed from the codes as a processing element sees them. Of every run of K over which
 * neither scale changes the integer dot product is exact (Int32 and more: |q| <= 255, up to 2^37 terms in float64), then multiplied with both scales;
 * the sum over runs is kept in float64 and rounded to float32 once.
 *   y[t, n] = sum over runs s_x[t] s_w[n] sum_k (x_q - x_z) (w_q - w_z)
 * Against the fake-quantized product, which sums the same values in float32, it differs by at most (K + 2) 2^-24 sum_k |x_k w_k|: a value q s is
 * exact in float32 (8 + 11 bits), each product and each addition rounds by 2^-24 at most.
 * Left out: floating-point codes, formats with more side data than scales and zero points (they are refused).
 */
import type { QuantizedRows } from '../decoder/decoder-model.js';
import type { ExecutionPlan } from '../decoder/execution-plan.js';
import type { QuantizedTensor } from '../quantizers/quantizer.js';
import { activationCoder, activationQuantizer } from './activation-quantizer.js';
import { integerMatrix, integerProduct, type IntegerMatrix } from './integer-matrix.js';
import type { QuantizerChoice } from './scheme-choice.js';

/** Activations through that quantizer and products from the codes of both; groups whose products carry no codes run on read-back values. */
export function codeExactPlan(activation: QuantizerChoice): Required<Pick<ExecutionPlan, 'activation' | 'products'>> {
  const coder = activationCoder(activation);
  const weights = new WeakMap<QuantizedTensor, IntegerMatrix>();
  const weightOf = (quantized: QuantizedTensor): IntegerMatrix => {
    const known = weights.get(quantized) ?? integerMatrix(quantized);
    weights.set(quantized, known);
    return known;
  };
  return {
    activation: activationQuantizer(activation),
    products(input, group) {
      if (!group.products.every(({ quantized, quantizedRows }) => (quantized ?? quantizedRows) !== undefined)) return undefined;
      const x = integerMatrix(coder(input, group));
      const times = (quantized: QuantizedTensor): Float32Array => integerProduct(x, weightOf(quantized));
      return group.products.map(({ quantized, quantizedRows = [], weight }) =>
        quantized === undefined ? outputsOfBlocks(quantizedRows, { tokens: x.rows, features: weight.rows }, times) : times(quantized),
      );
    },
  };
}

/** Outputs of blocks of rows, each in the columns of its features. */
function outputsOfBlocks(
  blocks: readonly QuantizedRows[],
  { tokens, features }: { readonly tokens: number; readonly features: number },
  times: (quantized: QuantizedTensor) => Float32Array,
): Float32Array {
  const y = new Float32Array(tokens * features);
  for (const { rows, quantized } of blocks) {
    const own = times(quantized);
    for (let t = 0; t < tokens; t++) for (const [i, row] of rows.entries()) y[t * features + row] = own[t * rows.length + i]!;
  }
  return y;
}
