/**
 * The FIGNA-like PE: FP16 activations times integer weights in integer arithmetic. The significands of all activations of a vector are
 * first aligned to the largest exponent E of them, with 13 bits below their 11; then only integers are multiplied and added.
 * Formula: A_i = rne(sig_i 2^(13 - (E - e_i))), value = fl32(2^(E - 23) sum_i q_i A_i). No rounding inside the sum: where the exponents
 * differ by 13 at most, the result is the correctly rounded exact sum. Bound: 2^(E - 24) sum |q_i| over the A_i that lost a bit,
 * plus half a unit in the last place of the result.
 * Source: FIGNA, HPCA 2024, for pre-aligned significands and integer arithmetic at the accuracy of an FP unit. The widths, 24 aligned
 * bits as in single precision and rounding half to even, are ours. Left out: sharing of the aligner by the PEs of a row.
 */
import { exp2Int, roundHalfEven } from '../numeric/rounding.js';
import { roundedToFp32 } from './datapath/fp32-running-bound.js';
import { checkedLength, finiteValue } from './datapath/operand-check.js';
import { fp16Port, integerPort, portRefusal } from './datapath/operand-ports.js';
import { bitParallelTerms, type ProcessingElement } from './processing-element.js';
import { FP16_FRACTION_bits, fp16Significand } from './datapath/significand.js';

/** Bits kept below the lowest bit of the significand with the largest exponent. */
const ALIGNMENT_bits = 13;

const ports = { weight: integerPort(8, 8), activation: fp16Port };

export const figna: ProcessingElement = {
  name: 'figna',
  modelVersion: 1,
  description: 'FIGNA-like: FP16 activations aligned to one exponent, then integer products with integer weights, one per cycle',
  source: 'FIGNA (HPCA 2024)',
  bitSerial: false,
  widestWeight_bits: 8,
  widestActivation_bits: 16,
  terms: bitParallelTerms,
  refuses: (weight, activation) => portRefusal(ports, weight, activation),
  dot(weight, activation) {
    const length = checkedLength(figna, weight, activation);
    const significands = Array.from(activation.codes, (code) => fp16Significand(finiteValue(activation.format, code)));
    const largest = significands.reduce((most, { exponent }) => Math.max(most, exponent), -Infinity);
    let sum = 0;
    let roundedWeights = 0;
    significands.forEach(({ significand, exponent }, i) => {
      const q = weight.format.decode(weight.codes[i]!);
      const shifted = significand * exp2Int(ALIGNMENT_bits - (largest - exponent));
      const aligned = roundHalfEven(shifted);
      if (aligned !== shifted) roundedWeights += Math.abs(q);
      sum += q * aligned;
    });
    const unit = length === 0 ? 0 : exp2Int(largest - FP16_FRACTION_bits - ALIGNMENT_bits);
    const { value, roundingBound } = roundedToFp32(sum * unit);
    return { value, cycles: length, roundingBound: roundingBound + (roundedWeights * unit) / 2 };
  },
};
