/**
 * The ANT PE: a decoder turns int, PoT, float and flint code words into (exponent, integer), then one multiply-accumulate per cycle.
 * Formula: <a, b> x <c, d> = <a + c, b * d>, int32 accumulator; operands of 5 to 8 bits take two 4-bit PEs each way, one cycle.
 * With FP16 activations (BitMoD's comparison) the integer multiplies the significand, the exponent shifts, a single-precision
 * accumulator adds; that PE does not join and charges one cycle at any width.
 * Source: ANT, MICRO 2022, section V; as an FP16-activation PE in BitMoD, HPCA 2025, section V. Left out: FP16 weights.
 */
import type { ElementFormat } from '../formats/element-format.js';
import { antOperand, type AntOperand } from './datapath/ant-decoder.js';
import { fourBitFusion } from './datapath/four-bit-fusion.js';
import { accumulateFp32, fp32SumBound } from './datapath/fp32-accumulator.js';
import { productBeyondInt32 } from './datapath/int32-accumulator.js';
import { accumulateNibbles, nibbles } from './datapath/nibble-split.js';
import { checkedLength, finiteValue } from './datapath/operand-check.js';
import { bitParallelTerms, type CodeVector, type DotProduct, type ProcessingElement } from './processing-element.js';

export const ant: ProcessingElement = {
  name: 'ant',
  modelVersion: 1,
  description: 'ANT: integer, power-of-two, float and flint weights decoded to exponent and integer, one product per cycle',
  source: 'ANT (MICRO 2022), section V; charged as in BitMoD (HPCA 2025), section V',
  bitSerial: false,
  widestWeight_bits: 16,
  widestActivation_bits: 16,
  terms: bitParallelTerms,
  fusion: (weight_bits, activation_bits) =>
    activation_bits > 8 ? { weightLanes: 1, activationLanes: 1 } : fourBitFusion(weight_bits, activation_bits),
  refuses,
  dot,
};

function refuses(weight: ElementFormat, activation: ElementFormat): string | null {
  const w = antOperand(weight);
  const a = antOperand(activation);
  if (w === null) return `its decoder takes int, flint, pot and antfloat weights, no ${weight.name}`;
  if (activation.name === 'fp16') return null;
  if (a === null) return `its decoder takes int, flint, pot and antfloat activations, or it multiplies fp16; no ${activation.name}`;
  return productBeyondInt32(weight, activation, w.largest * a.largest);
}

function dot(weight: CodeVector, activation: CodeVector): DotProduct {
  const length = checkedLength(ant, weight, activation);
  const w = antOperand(weight.format)!;
  const a = antOperand(activation.format);
  if (a === null) return dotOfFp16(w, weight, activation);
  let sum = 0;
  for (let i = 0; i < length; i++)
    sum = accumulateNibbles(sum, nibbles(w.decode(weight.codes[i]!), w.wide), nibbles(a.decode(activation.codes[i]!), a.wide));
  return { value: sum * w.unit * a.unit, cycles: length, roundingBound: 0 };
}

/** integer (8 bits) * significand (11 bits) is exact in single precision, and so is its shift. */
function dotOfFp16(w: AntOperand, weight: CodeVector, activation: CodeVector): DotProduct {
  const { length } = weight.codes;
  let value = 0;
  let magnitude = 0;
  for (let i = 0; i < length; i++) {
    const { exponent, integer } = w.decode(weight.codes[i]!);
    const product = integer * finiteValue(activation.format, activation.codes[i]!) * 2 ** exponent;
    value = accumulateFp32(value, product);
    magnitude += Math.abs(product);
  }
  return { value: value * w.unit, cycles: length, roundingBound: fp32SumBound(length, magnitude) * w.unit };
}
