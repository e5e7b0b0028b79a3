/**
 * The MixPE PEs: a product with a 4-bit weight by shift and add instead of a multiplier, in two forms: 8-bit integer and FP16 activations.
 * Formula: a q = sum_i b_i (a << i), the top bit of a signed weight subtracted; for FP16 the significand is shifted, the exponent kept.
 * The zero point is folded after the sum: sum a (q - z) = sum a q - z sum a, z sum a by shift and add as well.
 * W4A8: 32-bit integer accumulators, exact. W4A16: single-precision accumulators; a product has 15 bits and enters exactly.
 * Source: MixPE, arXiv 2411.16158, abstract, and its simulator for the two forms; the accumulator widths are ours. Left out: the product
 * with the group scale after the sum (see dequantization placement), and the cycle in which z sum a is subtracted, once per group.
 */
import type { ElementFormat } from '../formats/element-format.js';
import { LowbitError } from '../lowbit-error.js';
import { exp2Int } from '../numeric/rounding.js';
import { boundedAccumulator, roundedToFp32 } from './datapath/fp32-running-bound.js';
import { accumulateInt32 } from './datapath/int32-accumulator.js';
import { bitsOf, integerOperand, placeValue } from './datapath/integer-operand.js';
import { checkedLength, finiteValue } from './datapath/operand-check.js';
import { fp16Port, integerPort, portRefusal, type Port } from './datapath/operand-ports.js';
import { bitParallelTerms, type CodeVector, type DotProduct, type ProcessingElement } from './processing-element.js';
import { FP16_FRACTION_bits, fp16Significand } from './datapath/significand.js';

const WEIGHT_bits = 4;
const weightPort = integerPort(WEIGHT_bits, WEIGHT_bits);

export const mixpeW4A8: ProcessingElement = {
  ...mixpe(
    'mixpe-w4a8',
    'MixPE W4A8: 4-bit weights times 8-bit integer activations by shift and add, one product per cycle',
    integerPort(8, 0),
  ),
  widestActivation_bits: 8,
  dot(weight, activation) {
    const length = checkedLength(mixpeW4A8, weight, activation);
    let products = 0;
    let activations = 0;
    for (let i = 0; i < length; i++) {
      const a = activation.format.decode(activation.codes[i]!);
      products = accumulateInt32(products, shiftAndAdd(a, weight.format, weight.codes[i]!));
      activations = accumulateInt32(activations, a);
    }
    const value = accumulateInt32(products, -shiftAndAdd(activations, weight.format, zeroCode(weight)));
    return { value, cycles: length, roundingBound: 0 };
  },
};

export const mixpeW4A16: ProcessingElement = {
  ...mixpe(
    'mixpe-w4a16',
    'MixPE W4A16: 4-bit weights times FP16 activations by shift and add of significands, one product per cycle',
    fp16Port,
  ),
  widestActivation_bits: 16,
  dot: floatDot,
};

function mixpe(name: string, description: string, activation: Port) {
  const ports = { weight: weightPort, activation };
  return {
    name,
    modelVersion: 1,
    description,
    source: 'MixPE (arXiv 2411.16158)',
    bitSerial: false,
    foldsZeroPoint: true,
    widestWeight_bits: WEIGHT_bits,
    terms: bitParallelTerms,
    refuses: (w: ElementFormat, a: ElementFormat) => portRefusal(ports, w, a),
  };
}

function floatDot(weight: CodeVector, activation: CodeVector): DotProduct {
  const length = checkedLength(mixpeW4A16, weight, activation);
  const products = boundedAccumulator();
  const activations = boundedAccumulator();
  for (let i = 0; i < length; i++) {
    const { significand, exponent } = fp16Significand(finiteValue(activation.format, activation.codes[i]!));
    const unit = exp2Int(exponent - FP16_FRACTION_bits);
    products.add(shiftAndAdd(significand, weight.format, weight.codes[i]!) * unit);
    activations.add(significand * unit);
  }
  const zero = zeroCode(weight);
  const zeroTerm = roundedToFp32(shiftAndAdd(activations.value, weight.format, zero));
  products.add(-zeroTerm.value);
  const zeroBound = zeroTerm.roundingBound + Math.abs(weight.format.decode(zero)) * activations.roundingBound;
  return { value: products.value, cycles: length, roundingBound: products.roundingBound + zeroBound };
}

/** a times the integer of a code word: one shifted copy of a per bit that is set, that of the sign bit subtracted. */
function shiftAndAdd(a: number, format: ElementFormat, code: number): number {
  const operand = integerOperand(format, WEIGHT_bits)!;
  return bitsOf(code, operand.bits).reduce((product, bit, position) => product + bit * a * placeValue(operand, position), 0);
}

/** The zero point as a code word of the weights. Throws LowbitError for one the format has no code for. */
function zeroCode({ format, zeroPoint = 0 }: CodeVector): number {
  const code = format.values.indexOf(zeroPoint);
  if (code >= 0) return code;
  throw new LowbitError('zero point that is no code of the weights', { value: zeroPoint, allowed: [`integers of ${format.name}`] });
}
