/**
 * The OliVe PE: outlier-victim pairs are decoded to (exponent, integer), then one multiply-accumulate per cycle.
 * Source: OliVe, ISCA 2023, section 4; as an FP16-activation PE in BitMoD, HPCA 2025, section V.
 * Left out: the wide accumulation of two outliers; wider operands (the KV cache) cost one cycle as well, as in BitMoD's comparison.
 */
import { bitParallelTerms, type ProcessingElement } from './processing-element.js';

export const olive: ProcessingElement = {
  name: 'olive',
  modelVersion: 1,
  description: 'OliVe: outlier-victim pairs decoded to exponent and integer, one product per cycle',
  source: 'OliVe (ISCA 2023), section 4; charged as in BitMoD (HPCA 2025), section V',
  bitSerial: false,
  widestWeight_bits: 16,
  widestActivation_bits: 16,
  terms: bitParallelTerms,
};
