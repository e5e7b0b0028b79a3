/**
 * The INT8 PE: one 8-bit integer multiply-accumulate per cycle into 32 bits; narrower integers are sign- or zero-extended.
 * Formula: w * a = sum over the bits j of a of bit_j * place_j * w, the rows of an array multiplier.
 * Source: the INT8 baseline of MixPE, 2024, and of 8-bit systolic arrays in general. Left out: packing of two narrow products into one
 * PE, pipeline depth, wrap-around of the accumulator (a sum beyond 32 bits is refused).
 */
import { accumulateInt32 } from './datapath/int32-accumulator.js';
import { bitsOf, integerOperand, placeValue, refusesNonIntegers } from './datapath/integer-operand.js';
import { checkedLength } from './datapath/operand-check.js';
import { bitParallelTerms, type CodeVector, type DotProduct, type ProcessingElement } from './processing-element.js';

const WIDEST_bits = 8;

export const int8: ProcessingElement = {
  name: 'int8',
  modelVersion: 1,
  description: '8-bit integer multiply-accumulate into 32 bits, one product per cycle',
  source: 'INT8 baseline of MixPE (2024)',
  bitSerial: false,
  widestWeight_bits: WIDEST_bits,
  widestActivation_bits: WIDEST_bits,
  terms: bitParallelTerms,
  refuses: (weight, activation) => refusesNonIntegers(weight, activation, WIDEST_bits),
  dot,
};

function dot(weight: CodeVector, activation: CodeVector): DotProduct {
  const length = checkedLength(int8, weight, activation);
  const a = integerOperand(activation.format, WIDEST_bits)!;
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const multiplicand = weight.format.decode(weight.codes[i]!);
    const bits = bitsOf(activation.codes[i]!, a.bits);
    let product = 0;
    for (let j = 0; j < bits.length; j++) product += bits[j]! * placeValue(a, j) * multiplicand;
    sum = accumulateInt32(sum, product);
  }
  return { value: sum, cycles: length, roundingBound: 0 };
}
