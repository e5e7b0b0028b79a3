/**
 * The AdaptivFloat PE: significands multiplied as integers, exponents added, the product shifted into one wide integer accumulator.
 * Formula: sum += (-1)^(sw^sa) (2^m + Mw)(2^m + Ma) << (Ew + Ea); value = sum 2^(-2m). Both exponent biases are applied once, outside.
 * Exact: the accumulator has 2 (2^e - 1) + 2 m + 2 + ceil(log2 k) bits, as wide as k products can grow (32 for 8 bits, e = 3, k = 256).
 * Source: AdaptivFloat, DAC 2020, its hybrid float-integer PE. Left out: rounding of the result back to AdaptivFloat.
 */
import type { ElementFormat } from '../formats/element-format.js';
import { checkedLength } from './datapath/operand-check.js';
import { portRefusal, type Port } from './datapath/operand-ports.js';
import { bitParallelTerms, type ProcessingElement } from './processing-element.js';

const EXPONENT_bits = 3;

const port: Port = {
  formats: `AdaptivFloat of ${EXPONENT_bits} exponent bits`,
  takes: ({ name, bits }) => name === `adaptivfloat${bits}e${EXPONENT_bits}`,
};

export const adaptivfloat: ProcessingElement = {
  name: 'adaptivfloat',
  modelVersion: 1,
  description:
    'AdaptivFloat (AdaFloat): 8-bit floats with an exponent bias per tensor, one product per cycle into a fixed-point accumulator',
  source: 'AdaptivFloat (DAC 2020)',
  bitSerial: false,
  widestWeight_bits: 8,
  widestActivation_bits: 8,
  terms: bitParallelTerms,
  refuses: (weight, activation) => portRefusal({ weight: port, activation: port }, weight, activation),
  dot(weight, activation) {
    const length = checkedLength(adaptivfloat, weight, activation);
    let sum = 0;
    for (let i = 0; i < length; i++) {
      const w = fieldsOf(weight.format, weight.codes[i]!);
      const a = fieldsOf(activation.format, activation.codes[i]!);
      sum += w.significand * a.significand * 2 ** (w.exponent + a.exponent);
    }
    return { value: sum / 2 ** (mantissaBits(weight.format) + mantissaBits(activation.format)), cycles: length, roundingBound: 0 };
  },
};

function mantissaBits({ bits }: ElementFormat): number {
  return bits - 1 - EXPONENT_bits;
}

/** Signed significand with its hidden bit, an integer, and the exponent field. Throws RangeError for a code the format does not have. */
function fieldsOf(format: ElementFormat, code: number): { significand: number; exponent: number } {
  if (!(code in format.values)) throw new RangeError(`${format.name} has no code ${code}`);
  const m = mantissaBits(format);
  const magnitude = code % 2 ** (format.bits - 1);
  const significand = magnitude === 0 ? 0 : 2 ** m + (magnitude % 2 ** m);
  return { significand: magnitude === code ? significand : -significand, exponent: magnitude >>> m };
}
