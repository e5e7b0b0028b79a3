/**
 * FMPQ: weights INT4 per (row, block of 128); activations INT4 or INT8 per block of 128 channels, with a scale per (token, block).
 * Formula: mixed-blocks.ts with clip 1. Weights have INT4 blocks only; the map of the activations comes with the rewrite `outlier-permutation`
 * (rule fmpq), which gathers outlier channels into few blocks. Source: COMET, arXiv:2410.12168.
 * Left out: COMET's cache (KV4) and its layout in memory.
 */
import { z } from 'zod';
import type { Matrix } from '../numeric/matrix.js';
import {
  blocksOf,
  LOW_bits,
  MIXED_FORMAT,
  mixedBits,
  mixedCodes,
  mixedParts,
  mixedSide,
  mixedValues,
  type MixedSide,
} from './mixed-blocks.js';
import type { MatrixShape, QuantizedTensor, Quantizer } from './quantizer.js';
import { subnormalScales } from './stored-scale.js';

const options = z.strictObject({});
export type FmpqOptions = z.infer<typeof options>;

export const fmpq: Quantizer<FmpqOptions> = {
  name: 'fmpq',
  description: 'INT4 blocks of 128, activations with INT8 blocks where outliers were gathered',
  source: 'COMET (FMPQ), arXiv:2410.12168',
  modelVersion: 1,
  options,
  formatName: () => MIXED_FORMAT,
  storedBits: (shape) => mixedBits(shape, lowBlocks(shape)),
  quantize: (tensor) => coded(tensor, lowBlocks(tensor)),
  quantizeBlocks: (tensor, _options, blockBits) => coded(tensor, blockBits),
  dequantize: mixedValues,
  encode: (values, { cols, side }) => mixedCodes(values, cols, side as unknown as MixedSide),
};

function lowBlocks({ cols }: MatrixShape): Uint8Array {
  return new Uint8Array(blocksOf(cols)).fill(LOW_bits);
}

function coded(tensor: Matrix, blockBits: Uint8Array): QuantizedTensor {
  const side = mixedSide(tensor, blockBits, 1);
  return {
    quantizer: fmpq.name,
    ...mixedParts(tensor, side),
    codes: mixedCodes(tensor.data, tensor.cols, side),
    choices: { ...subnormalScales(side.scales) },
  };
}
