/**
 * The BitMoD PE: a dot product of four weights with FP16 activations, one term (sign, exponent, 1-bit mantissa) of each weight per cycle.
 * terms = max(1, ceil(floor(code bits) / 2)): FP3 and FP4 take 2, INT6 3, INT8 4 (Booth radix-4). Scales and selectors are no terms.
 * Source: BitMoD, HPCA 2025, section IV. Left out: the dequantization of a group, one bit of its 8-bit scale per cycle: hidden while
 * group / 4 * terms >= 8. Weights beyond 8 bits are not in the paper: they are charged by the same rule, and results note it.
 */
import { bitSerialTerms, type ProcessingElement } from './processing-element.js';

export const bitmod: ProcessingElement = {
  name: 'bitmod',
  modelVersion: 1,
  description: 'BitMoD: four weights per step, one radix-4 or special-value term of each per cycle, FP16 activations',
  source: 'BitMoD (HPCA 2025), section IV',
  bitSerial: true,
  widestWeight_bits: 8,
  widestActivation_bits: 16,
  terms: bitSerialTerms,
};
