/**
 * The baseline PE: one FP16 x FP16 multiply-accumulate per cycle, weights of any width are widened on the way in.
 * Source: BitMoD, HPCA 2025, section V. Left out: pipeline depth, denormals.
 */
import { bitParallelTerms, type ProcessingElement } from './processing-element.js';

export const fp16: ProcessingElement = {
  name: 'fp16',
  modelVersion: 1,
  description: 'FP16 multiply-accumulate, one product per cycle',
  source: 'BitMoD (HPCA 2025), section V: the FP16 baseline',
  bitSerial: false,
  widestWeight_bits: 16,
  widestActivation_bits: 16,
  terms: bitParallelTerms,
};
