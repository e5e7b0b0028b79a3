/**
 * LQ-LoRA's storage of a matrix: normal-float codes of b bits in blocks of B0 along K, scales in two levels (two-level-scales.ts), and a product of rank r.
 *   W ~ Q + L1 L2        bits = b + b0 / B0 + b1 / (B0 B1) + 32 / (N K) + 16 r (N + K) / (N K)
 * The first three are the published storage formula; the offset of the scales is left out of it. Q and L1 L2 are fitted in turn (low-rank-loop.ts); rank 0
 * is Q alone. `lq-lora` minimises the squared error of the weights, `lq-lora-inputs` that weighted by the mean square of the input of each column: the
 * Fisher information of weight (i, j) is the mean of (gradient of output i)^2 x_j^2, with all outputs taken as alike [ours].
 * Source: LQ-LoRA, ICLR 2024, and its released code. [ours]: all-zero blocks (also below 2^-126) have a scale of 0 before it is stored; columns whose
 * inputs are hardly used count as if used by 2^-20 of the most used. Left out: blocks that wrap over rows, adapters that are trained afterwards.
 */
import { z } from 'zod';
import { groupBits, tensorBits } from '../formats/bit-accounting.js';
import type { Matrix } from '../numeric/matrix.js';
import type { Calibration } from './calibration.js';
import { encodeBeside } from './low-rank-factors.js';
import { alternate, halfPatterns, storedProduct } from './low-rank-loop.js';
import { blockGeometry, blockScales, normalFloatCodes, normalFloatValues, type ScaledBlocks } from './normal-float-blocks.js';
import { NO_BITS, type BitParts, type MatrixShape, type QuantizedTensor, type Quantizer } from './quantizer.js';
import { bitsPerScale, readScales, scaleTypes, storeScales } from './two-level-scales.js';

const widths = [2, 3, 4, 8] as const;

const options = z.strictObject({
  bits: z.literal(widths).default(4).describe('bits of a code word (b)'),
  block: z.int().positive().default(64).describe('elements along K that share a scale (B0)'),
  scaleBits: z.literal(widths).default(8).describe('bits of a first-level scale (b0)'),
  scaleBlock: z.int().positive().default(256).describe('first-level scales under one of the second level (B1)'),
  scaleType: z.enum(scaleTypes).default('fp32').describe('type of a second-level scale (b1)'),
  rank: z.int().min(0).default(64).describe('rank of the product beside the codes, at most the shorter side of the matrix; 0: none'),
  iterations: z.int().min(1).max(100).default(100).describe('fits of the product; the loop ends before where the error rises'),
});
export type LqLoraOptions = z.infer<typeof options>;

const FACTOR_FORMAT = 'fp16';
const FACTOR_bits = 16;
const LEAST_USE = 2 ** -20;

interface Variant {
  readonly name: string;
  readonly description: string;
  readonly columnWeights?: (calibration: Calibration) => Float64Array;
}

/** The codes and scales alone. */
const plainPart = {
  quantize(tensor: Matrix, chosen: LqLoraOptions): Pick<QuantizedTensor, 'codes' | 'side'> {
    const geometry = blockGeometry(tensor, chosen.block);
    const side = storeScales(blockScales(tensor, geometry), chosen);
    return { codes: normalFloatCodes(tensor.data, { scales: readScales(side, chosen), geometry, bits: chosen.bits }), side };
  },
  dequantize: (quantized: QuantizedTensor): Float32Array => normalFloatValues(quantized.codes, blocksOf(quantized)),
  encode: (values: Float32Array, quantized: QuantizedTensor): Uint8Array => normalFloatCodes(values, blocksOf(quantized)),
};

function blocksOf(quantized: QuantizedTensor): ScaledBlocks {
  const { choices, side, codeBits, group } = quantized;
  const levels = { scaleBits: choices['scaleBits'] as number, scaleBlock: choices['scaleBlock'] as number };
  return { scales: readScales(side, levels), geometry: blockGeometry(quantized, group), bits: codeBits };
}

function lqLoraQuantizer({ name, description, columnWeights }: Variant): Quantizer<LqLoraOptions> {
  return {
    name,
    description,
    source: 'LQ-LoRA, ICLR 2024',
    modelVersion: 1,
    options,
    ...(columnWeights === undefined ? {} : { needs: ['channels'] as const }),
    formatName: ({ bits, block, scaleBits, scaleType, scaleBlock }) => `nf${bits}-g${block}-s${scaleBits}-${scaleType}-g${scaleBlock}`,
    lowRank: ({ rank }) => (rank === 0 ? undefined : { rank, format: FACTOR_FORMAT }),
    rowsShare: ({ rank }) => (rank === 0 ? 'blocks and offset of their scales' : 'factors'),
    idle: ({ rank }) => (rank === 0 ? { iterations: 'it goes with a rank above 0' } : {}),
    storedBits,
    quantize(tensor, chosen, calibration) {
      const rank = rankIn(tensor, chosen);
      const quantizePlain = (residual: Matrix): QuantizedTensor => ({
        ...plainPart.quantize(residual, chosen),
        quantizer: name,
        format: this.formatName(chosen),
        rows: tensor.rows,
        cols: tensor.cols,
        codeBits: chosen.bits,
        group: chosen.block,
        bits: storedBits(tensor, chosen),
        choices: { ...chosen, rank },
      });
      if (rank === 0) return quantizePlain(tensor);
      const { quantized, a, b, fits } = alternate(tensor, {
        rank,
        iterations: chosen.iterations,
        columnWeights: calibration === undefined ? undefined : columnWeights?.(calibration),
        quantize: quantizePlain,
        dequantize: plainPart.dequantize,
      });
      const side = { ...quantized.side, lowRankA: halfPatterns(a), lowRankB: halfPatterns(b) };
      return { ...quantized, side, choices: { ...quantized.choices, fits } };
    },
    dequantize(quantized) {
      const values = plainPart.dequantize(quantized);
      const product = productOf(quantized);
      if (product !== undefined) for (let i = 0; i < values.length; i++) values[i]! += product[i]!;
      return values;
    },
    encode(values, quantized) {
      const product = productOf(quantized);
      return product === undefined ? plainPart.encode(values, quantized) : encodeBeside(values, quantized, product, plainPart);
    },
  };
}

function productOf({ side, choices, rows, cols }: QuantizedTensor): Float32Array | undefined {
  const { lowRankA, lowRankB } = side;
  if (lowRankA === undefined || lowRankB === undefined) return undefined;
  return storedProduct(lowRankA as Uint16Array, lowRankB as Uint16Array, { rows, cols, rank: choices['rank'] as number });
}

function rankIn({ rows, cols }: MatrixShape, { rank }: LqLoraOptions): number {
  return Math.min(rank, rows, cols);
}

function storedBits(shape: MatrixShape, chosen: LqLoraOptions): BitParts {
  const { rows, cols } = shape;
  const length = Math.min(chosen.block, cols);
  const { first, second } = bitsPerScale(chosen);
  const scales = rows * Math.ceil(cols / length);
  return {
    ...NO_BITS,
    payload: chosen.bits,
    group: groupBits(cols, length, first) + tensorBits(rows, cols, second * Math.ceil(scales / chosen.scaleBlock)),
    tensor: tensorBits(rows, cols, 32),
    lowRank: (FACTOR_bits * rankIn(shape, chosen) * (rows + cols)) / (rows * cols),
  };
}

/** Roots of the mean squares of the inputs. @internal */
export function inputWeights({ tokens, channels: { squareSum } }: Calibration): Float64Array {
  const largest = squareSum.reduce((most, sum) => Math.max(most, sum), 0);
  return squareSum.map((sum) => (largest === 0 ? 1 : Math.sqrt(Math.max(sum, largest * LEAST_USE) / tokens)));
}

export const lqLora: Quantizer<LqLoraOptions> = lqLoraQuantizer({
  name: 'lq-lora',
  description: 'normal-float codes with scales in two levels, and a low-rank product fitted in turn with them',
});

export const lqLoraInputs: Quantizer<LqLoraOptions> = lqLoraQuantizer({
  name: 'lq-lora-inputs',
  description: 'the same, fitted to the error weighted by the mean square of the inputs of each column',
  columnWeights: inputWeights,
});
