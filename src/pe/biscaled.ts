/**
 * The BiScaled PE: a 6-bit integer multiply-accumulate whose product is shifted by the scales its operands were stored with.
 * Formula: w * a = (q_w * q_a) << (s_w * index_w + s_a * index_a); q 6 bits, index one bit per element, s the distance of the two scales.
 * Source: BiScaled-DNN, DAC 2019; the 6-bit array of ANT's comparison, MICRO 2022. Assumed, as no primary text was at hand: scales that
 * differ by a power of two, an index bit beside every code (formats/biscaled.ts), one shifter behind the multiplier.
 * Left out: expanding the block-sparse index, wrap-around of the accumulator (a sum beyond 32 bits is refused).
 */
import type { ElementFormat } from '../formats/element-format.js';
import { accumulateInt32, productBeyondInt32 } from './datapath/int32-accumulator.js';
import { bitsOf, integerOperand, placeValue, type IntegerOperand } from './datapath/integer-operand.js';
import { checkedLength } from './datapath/operand-check.js';
import { bitParallelTerms, type CodeVector, type DotProduct, type ProcessingElement } from './processing-element.js';

const WIDEST_bits = 6;
/** With its index bit. */
const WIDEST_CODE_bits = 7;

export const biscaled: ProcessingElement = {
  name: 'biscaled',
  modelVersion: 1,
  description: 'BiScaled-DNN: 6-bit integer products, shifted by the one of two scales each operand was stored with',
  source: 'BiScaled-DNN (DAC 2019); 6-bit PEs as in ANT (MICRO 2022)',
  bitSerial: false,
  widestWeight_bits: WIDEST_CODE_bits,
  widestActivation_bits: WIDEST_CODE_bits,
  terms: bitParallelTerms,
  refuses,
  dot,
};

interface ScaledOperand extends IntegerOperand {
  /** Distance of the two scales; 0: there is only one. */
  readonly shift: number;
}

function scaledOperand(format: ElementFormat): ScaledOperand | null {
  const [, shift] = /^biscaled6-s(\d)$/.exec(format.name) ?? [];
  if (shift !== undefined) return { bits: 6, signed: true, largest: 2 ** (5 + Number(shift)), shift: Number(shift) };
  const integer = integerOperand(format, WIDEST_bits);
  return integer === null ? null : { ...integer, shift: 0 };
}

function refuses(weight: ElementFormat, activation: ElementFormat): string | null {
  const w = scaledOperand(weight);
  const a = scaledOperand(activation);
  if (w !== null && a !== null) return productBeyondInt32(weight, activation, w.largest * a.largest);
  return `it multiplies integers of up to ${WIDEST_bits} bits and biscaled6 codes, no ${(w === null ? weight : activation).name}`;
}

function dot(weight: CodeVector, activation: CodeVector): DotProduct {
  const length = checkedLength(biscaled, weight, activation);
  const w = scaledOperand(weight.format)!;
  const a = scaledOperand(activation.format)!;
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const { q, index } = fields(w, weight.codes[i]!);
    const other = fields(a, activation.codes[i]!);
    sum = accumulateInt32(sum, q * other.q * 2 ** (w.shift * index + a.shift * other.index));
  }
  return { value: sum, cycles: length, roundingBound: 0 };
}

/** Integer and index bit of a code word. */
function fields(operand: ScaledOperand, code: number): { q: number; index: number } {
  const bits = bitsOf(code, operand.bits + (operand.shift === 0 ? 0 : 1));
  const q = bits.slice(0, operand.bits).reduce((sum, bit, position) => sum + bit * placeValue(operand, position), 0);
  return { q, index: bits[operand.bits] ?? 0 };
}
