/**
 * The Stripes PE: a serial inner product, 16 weights bit-parallel against one bit of each of 16 activations per cycle.
 * Formula: sum_k w_k a_k = sum_j place_j sum_k w_k bit_j(a_k): AND gates, an adder tree, shift and accumulate; the top bit of a signed
 * activation subtracts. Cycles = ceil(k / 16) * bits of the activation, whatever its values.
 * Source: Stripes, MICRO 2016, section IV. Left out: wrap-around of the accumulator (a sum beyond 32 bits is refused; the paper has
 * wider ones), and the pooling support of the unit.
 */
import { accumulateInt32 } from './datapath/int32-accumulator.js';
import { bitsOf, integerOperand, placeValue, refusesIntegerProduct } from './datapath/integer-operand.js';
import { checkedLength } from './datapath/operand-check.js';
import { wholeBits, type CodeVector, type DotProduct, type ProcessingElement } from './processing-element.js';

const WIDEST_bits = 16;
/** Products of one inner-product unit. */
const LANES = 16;

export const stripes: ProcessingElement = {
  name: 'stripes',
  modelVersion: 1,
  description: 'Stripes: 16 weights against one bit of 16 activations per cycle, as many cycles as the activation has bits',
  source: 'Stripes (MICRO 2016), section IV',
  bitSerial: true,
  serialOperand: 'activation',
  widestWeight_bits: WIDEST_bits,
  widestActivation_bits: WIDEST_bits,
  terms: wholeBits,
  refuses: (weight, activation) => refusesIntegerProduct(weight, activation, WIDEST_bits),
  dot,
};

function dot(weight: CodeVector, activation: CodeVector): DotProduct {
  const length = checkedLength(stripes, weight, activation);
  const a = integerOperand(activation.format, WIDEST_bits)!;
  let sum = 0;
  let cycles = 0;
  for (let brick = 0; brick < length; brick += LANES) {
    const lanes = Array.from({ length: Math.min(LANES, length - brick) }, (_, lane) => ({
      weight: weight.format.decode(weight.codes[brick + lane]!),
      bits: bitsOf(activation.codes[brick + lane]!, a.bits),
    }));
    let partial = 0;
    for (let j = 0; j < a.bits; j++, cycles++) {
      const tree = lanes.reduce((total, lane) => total + lane.bits[j]! * lane.weight, 0);
      partial += tree * placeValue(a, j);
    }
    sum = accumulateInt32(sum, partial);
  }
  return { value: sum, cycles, roundingBound: 0 };
}
