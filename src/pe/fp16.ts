/**
 * The baseline PE: one FP16 x FP16 multiply-accumulate per cycle; narrower operands are widened on the way in, half to even.
 * Formula: s = fl32(s + fl16(w) * fl16(a)); a product of two halves has 22 significant bits and is exact in single precision.
 * Source: BitMoD, HPCA 2025, section V. The width of its accumulator is not given there: single precision is assumed, as in tensor
 * cores. Left out: pipeline depth, flush of subnormals, infinities and NaN (refused).
 */
import type { ElementFormat } from '../formats/element-format.js';
import { roundToFloat16 } from '../numeric/rounding.js';
import { accumulateFp32, fp32SumBound } from './datapath/fp32-accumulator.js';
import { checkedLength, finiteValue } from './datapath/operand-check.js';
import { bitParallelTerms, type CodeVector, type DotProduct, type ProcessingElement } from './processing-element.js';

const LARGEST_FP16 = 65504;

export const fp16: ProcessingElement = {
  name: 'fp16',
  modelVersion: 1,
  description: 'FP16 multiply-accumulate, one product per cycle',
  source: 'BitMoD (HPCA 2025), section V: the FP16 baseline',
  bitSerial: false,
  widestWeight_bits: 16,
  widestActivation_bits: 16,
  terms: bitParallelTerms,
  refuses: (weight, activation) => beyondHalf(weight) ?? beyondHalf(activation),
  dot,
};

function beyondHalf(format: ElementFormat): string | null {
  if (format.name === 'fp16') return null;
  const beyond = format.values.some((value) => Number.isFinite(value) && Math.abs(value) > LARGEST_FP16);
  return beyond ? `${format.name} has values beyond ${LARGEST_FP16}, the largest of half precision` : null;
}

function dot(weight: CodeVector, activation: CodeVector): DotProduct {
  const length = checkedLength(fp16, weight, activation);
  let value = 0;
  let magnitude = 0;
  let widening = 0;
  for (let i = 0; i < length; i++) {
    const w = finiteValue(weight.format, weight.codes[i]!);
    const a = finiteValue(activation.format, activation.codes[i]!);
    const product = roundToFloat16(w) * roundToFloat16(a);
    value = accumulateFp32(value, product);
    magnitude += Math.abs(product);
    // 0 unless a format has values between two halves (normal floats).
    widening += Math.abs(product - w * a);
  }
  return { value, cycles: length, roundingBound: widening + fp32SumBound(length, magnitude) };
}
