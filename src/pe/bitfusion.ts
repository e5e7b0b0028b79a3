/**
 * The Bit Fusion PE: 2-bit multipliers (bricks) composed to the width of the operands; 4 of them make the 4-bit PE that arrays count here.
 * Formula: w = sum W_i 4^i, a = sum A_j 4^j with 2-bit digits, only the top digit of a signed operand signed; w * a = sum W_i A_j 4^(i+j),
 * one brick per (i, j), shifters and adders between them. 4 x 4 bits take one PE, 8 x 4 two, 8 x 8 four (four-bit-fusion.ts).
 * Source: Bit Fusion, ISCA 2018, section III; the 8/4 machine of ANT's comparison, MICRO 2022. Left out: splitting a PE for operands
 * of 2 bits (that machine does not), 16-bit operands, wrap-around of the accumulator (a sum beyond 32 bits is refused).
 */
import { fourBitFusion } from './datapath/four-bit-fusion.js';
import { accumulateInt32 } from './datapath/int32-accumulator.js';
import { bitsOf, integerOperand, placeValue, refusesNonIntegers, type IntegerOperand } from './datapath/integer-operand.js';
import { checkedLength } from './datapath/operand-check.js';
import { bitParallelTerms, type CodeVector, type DotProduct, type ProcessingElement } from './processing-element.js';

const WIDEST_bits = 8;

export const bitfusion: ProcessingElement = {
  name: 'bitfusion',
  modelVersion: 1,
  description: 'Bit Fusion: 2-bit bricks composed to 4- and 8-bit integer products, four 4-bit elements for 8 x 8 bits',
  source: 'Bit Fusion (ISCA 2018), section III; 4-bit PEs as in ANT (MICRO 2022)',
  bitSerial: false,
  widestWeight_bits: WIDEST_bits,
  widestActivation_bits: WIDEST_bits,
  terms: bitParallelTerms,
  fusion: fourBitFusion,
  refuses: (weight, activation) => refusesNonIntegers(weight, activation, WIDEST_bits),
  dot,
};

function dot(weight: CodeVector, activation: CodeVector): DotProduct {
  const length = checkedLength(bitfusion, weight, activation);
  const w = integerOperand(weight.format, WIDEST_bits)!;
  const a = integerOperand(activation.format, WIDEST_bits)!;
  let sum = 0;
  for (let k = 0; k < length; k++) {
    const weightDigits = digits(w, weight.codes[k]!);
    const activationDigits = digits(a, activation.codes[k]!);
    let product = 0;
    for (let i = 0; i < weightDigits.length; i++)
      for (let j = 0; j < activationDigits.length; j++) product += brick(weightDigits[i]!, activationDigits[j]!) * 4 ** (i + j);
    sum = accumulateInt32(sum, product);
  }
  return { value: sum, cycles: length, roundingBound: 0 };
}

/** 2-bit digits, least significant first. An odd top digit is extended by the sign, as the wider operand would be. */
function digits(operand: IntegerOperand, code: number): number[] {
  const bits = bitsOf(code, operand.bits);
  const list: number[] = [];
  for (let low = 0; low < bits.length; low += 2)
    list.push((bits[low]! * placeValue(operand, low) + (bits[low + 1] ?? 0) * placeValue(operand, low + 1)) / 2 ** low);
  return list;
}

/** A brick multiplies digits of -2..3: 2 bits and the sign that says how to read them. */
function brick(W: number, A: number): number {
  if (W < -2 || W > 3 || A < -2 || A > 3) throw new RangeError(`no 2-bit digits: ${W} and ${A}`);
  return W * A;
}
