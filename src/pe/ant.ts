/**
 * The ANT PE: a decoder turns int, PoT, float and flint code words into (exponent, integer), then one multiply-accumulate per cycle.
 * Source: ANT, MICRO 2022, section V; as an FP16-activation PE in BitMoD, HPCA 2025, section V.
 * Left out: fusing four 4-bit PEs into one 8-bit PE; wider operands (the KV cache) cost one cycle as well, as in BitMoD's comparison.
 */
import { bitParallelTerms, type ProcessingElement } from './processing-element.js';

export const ant: ProcessingElement = {
  name: 'ant',
  modelVersion: 1,
  description: 'ANT: integer, power-of-two, float and flint weights decoded to exponent and integer, one product per cycle',
  source: 'ANT (MICRO 2022), section V; charged as in BitMoD (HPCA 2025), section V',
  bitSerial: false,
  widestWeight_bits: 16,
  widestActivation_bits: 16,
  terms: bitParallelTerms,
};
