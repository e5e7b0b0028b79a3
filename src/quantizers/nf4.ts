/**
 * NF4 (and NF2, NF3): normal-float levels times the largest magnitude of a block of 64 along K; optionally the scales are quantized too.
 * Plain: FP32 scale per block, bits b + 32/64. Double quantization: mu = mean of all scales (FP32, one per tensor), c = scale - mu in
 * blocks of 256 scales, 8-bit dynamic-map code of c / max|c| with one FP32 per block: bits 4 + 8/64 + 32/(64*256) + 32/(N K).
 * Codes are computed from the scale as stored. Source: QLoRA, NeurIPS 2023, section 3. All-zero blocks have scale 1, and under double
 * quantization c = 0 without entering the mean (this project's choice). Blocks of codes: normal-float-blocks.ts. Left out: blocks
 * that wrap over rows.
 */
import { z } from 'zod';
import { groupBits, tensorBits } from '../formats/bit-accounting.js';
import { formatNamed } from '../formats/index.js';
import { bitPatterns, maxAbs } from '../numeric/extremes.js';
import { blockGeometry, blockScales, normalFloatCodes, normalFloatValues, type ScaledBlocks } from './normal-float-blocks.js';
import { NO_BITS, type BitParts, type MatrixShape, type QuantizedTensor, type Quantizer } from './quantizer.js';

const SCALES_PER_BLOCK = 256;
const scaleFormat = formatNamed('dynamic8');

const options = z.strictObject({
  bits: z.int().min(2).max(4).default(4).describe('NF2, NF3 or NF4'),
  block: z.int().positive().default(64).describe('elements along K that share a scale'),
  doubleQuantization: z.boolean().default(false).describe('8-bit scales under one FP32 scale per 256 of them'),
});
export type Nf4Options = z.infer<typeof options>;

export const nf4: Quantizer<Nf4Options> = {
  name: 'nf4',
  description: 'normal-float levels with a scale per 64, optionally double-quantized scales',
  source: 'QLoRA, NeurIPS 2023, section 3',
  modelVersion: 1,
  options,
  formatName: ({ bits, block, doubleQuantization }) =>
    `nf${bits}${doubleQuantization ? '-dq' : ''}${bits === 4 && block === 64 ? '' : `-g${block}`}`,
  rowsShare: ({ doubleQuantization }) => (doubleQuantization ? 'blocks and mean of their scales' : undefined),
  storedBits,
  quantize(tensor, chosen) {
    const geometry = blockGeometry(tensor, chosen.block);
    const scales = blockScales(tensor, geometry);
    const side = chosen.doubleQuantization ? doublyQuantized(scales) : { scales: scales.map((scale) => (scale === 0 ? 1 : scale)) };
    return {
      quantizer: nf4.name,
      format: nf4.formatName(chosen),
      rows: tensor.rows,
      cols: tensor.cols,
      codes: normalFloatCodes(tensor.data, { scales: storedScales(side), geometry, bits: chosen.bits }),
      codeBits: chosen.bits,
      group: chosen.block,
      side,
      bits: storedBits(tensor, chosen),
      choices: { ...chosen },
    };
  },
  dequantize: (quantized) => normalFloatValues(quantized.codes, blocksOf(quantized)),
  encode: (values, quantized) => normalFloatCodes(values, blocksOf(quantized)),
};

function blocksOf(quantized: QuantizedTensor): ScaledBlocks {
  return { scales: storedScales(quantized.side), geometry: blockGeometry(quantized, quantized.group), bits: quantized.codeBits };
}

function storedBits({ rows, cols }: MatrixShape, { bits, block, doubleQuantization }: Nf4Options): BitParts {
  const length = Math.min(block, cols);
  if (!doubleQuantization) return { ...NO_BITS, payload: bits, group: groupBits(cols, length, 32) };
  const scales = rows * Math.ceil(cols / length);
  const secondLevel = tensorBits(rows, cols, 32 * Math.ceil(scales / SCALES_PER_BLOCK));
  return { ...NO_BITS, payload: bits, group: groupBits(cols, length, scaleFormat.bits) + secondLevel, tensor: tensorBits(rows, cols, 32) };
}

function doublyQuantized(scales: Float32Array): { scaleCodes: Uint8Array; scaleScales: Float32Array; scaleMean: Float32Array } {
  const used = scales.filter((scale) => scale > 0);
  const mean = used.length === 0 ? 0 : Math.fround(used.reduce((sum, scale) => sum + scale, 0) / used.length);
  const centred = scales.map((scale) => (scale === 0 ? 0 : scale - mean));
  const magnitudes = bitPatterns(centred);
  const scaleCodes = new Uint8Array(scales.length);
  const scaleScales = new Float32Array(Math.ceil(scales.length / SCALES_PER_BLOCK));
  for (let block = 0; block < scaleScales.length; block++) {
    const start = block * SCALES_PER_BLOCK;
    const end = Math.min(start + SCALES_PER_BLOCK, scales.length);
    const largest = maxAbs(magnitudes, start, end);
    scaleScales[block] = largest === 0 ? 1 : largest;
    for (let i = start; i < end; i++) scaleCodes[i] = scaleFormat.encode(centred[i]! / scaleScales[block]!);
  }
  return { scaleCodes, scaleScales, scaleMean: Float32Array.of(mean) };
}

/** FP32 scales as a reader of the stored tensor sees them. */
function storedScales(side: QuantizedTensor['side']): Float32Array {
  if (side['scales'] !== undefined) return side['scales'] as Float32Array;
  const scaleCodes = side['scaleCodes'] as Uint8Array;
  const scaleScales = side['scaleScales'] as Float32Array;
  const mean = (side['scaleMean'] as Float32Array)[0]!;
  return Float32Array.from(scaleCodes, (code, i) => scaleFormat.values[code]! * scaleScales[Math.floor(i / SCALES_PER_BLOCK)]! + mean);
}
