/**
 * NVFP4: E2M1 elements, an E4M3 scale per 16 along K, one FP32 scale per tensor.
 * Formula: S = amax_tensor / (6 * 448) in FP32; block code e = E4M3(amax_block / (6 S)); real scale s = e S; code = E2M1(w / s).
 * e rounded down lets w / s exceed 6, which saturates; e = 0 makes every code of the block 0. Bits: 4 + 8/16 + 32/(N K).
 * Source: NVIDIA NVFP4 and the public encoders; K must be a multiple of 16. Left out: static S from calibration, 4-over-6 scale choice.
 */
import { z } from 'zod';
import { groupBits, tensorBits } from '../formats/bit-accounting.js';
import { formatNamed } from '../formats/index.js';
import { encodeRun, encodeTarget } from '../formats/minifloat-run.js';
import { bitPatterns, maxAbs } from '../numeric/extremes.js';
import type { Matrix } from '../numeric/matrix.js';
import { blockRefusal } from './fixed-blocks.js';
import { NO_BITS, type QuantizedTensor, type Quantizer } from './quantizer.js';

export const NVFP4_BLOCK = 16;
const ELEMENT_MAX = 6;
const SCALE_MAX = 448;
const SMALLEST_FP32 = 2 ** -149;
const element = formatNamed('e2m1');
const scaleFormat = formatNamed('e4m3');

const options = z.strictObject({});
export type Nvfp4Options = z.infer<typeof options>;

interface Side {
  /** E4M3 codes, one per block. */
  readonly scales: Uint8Array;
  /** S. */
  readonly tensorScale: Float32Array;
}

export const nvfp4: Quantizer<Nvfp4Options> = {
  name: 'nvfp4',
  description: 'E2M1 elements, E4M3 scale per 16, FP32 scale per tensor',
  source: 'NVIDIA NVFP4 (Blackwell), public encoders',
  modelVersion: 1,
  options,
  formatName: () => 'nvfp4',
  rowsShare: () => 'a scale',
  refusal: ({ cols }) => blockRefusal(cols, NVFP4_BLOCK, 'nvfp4'),
  storedBits: ({ rows, cols }) => ({
    ...NO_BITS,
    payload: element.bits,
    group: groupBits(cols, NVFP4_BLOCK, scaleFormat.bits),
    tensor: tensorBits(rows, cols, 32),
  }),
  quantize(tensor, chosen) {
    const side = scalesOf(tensor);
    return {
      quantizer: nvfp4.name,
      format: 'nvfp4',
      rows: tensor.rows,
      cols: tensor.cols,
      codes: codesOf(tensor.data, side),
      codeBits: element.bits,
      group: NVFP4_BLOCK,
      side: { ...side },
      bits: nvfp4.storedBits(tensor, chosen),
      choices: {},
    };
  },
  dequantize(quantized) {
    const { scales, tensorScale } = sideOf(quantized);
    const { codes } = quantized;
    const values = new Float32Array(codes.length);
    for (let block = 0; block < scales.length; block++) {
      const scale = scaleFormat.values[scales[block]!]! * tensorScale[0]!;
      for (let i = block * NVFP4_BLOCK, end = i + NVFP4_BLOCK; i < end; i++) values[i] = element.values[codes[i]!]! * scale;
    }
    return values;
  },
  encode: (values, quantized) => codesOf(values, sideOf(quantized)),
};

function sideOf({ side }: QuantizedTensor): Side {
  return { scales: side['scales'] as Uint8Array, tensorScale: side['tensorScale'] as Float32Array };
}

/** S of a tensor; 1 when it is all zero. */
export function nvfp4TensorScale({ data }: Matrix): number {
  const amax = maxAbs(bitPatterns(data), 0, data.length);
  return amax === 0 ? 1 : Math.max(SMALLEST_FP32, Math.fround(amax / (ELEMENT_MAX * SCALE_MAX)));
}

function scalesOf(tensor: Matrix): Side {
  const magnitudes = bitPatterns(tensor.data);
  const tensorScale = nvfp4TensorScale(tensor);
  const scales = new Uint8Array(tensor.data.length / NVFP4_BLOCK);
  for (let block = 0; block < scales.length; block++) {
    const start = block * NVFP4_BLOCK;
    scales[block] = scaleFormat.encode(maxAbs(magnitudes, start, start + NVFP4_BLOCK) / (ELEMENT_MAX * tensorScale));
  }
  return { scales, tensorScale: Float32Array.of(tensorScale) };
}

function codesOf(values: Float32Array, { scales, tensorScale }: Side): Uint8Array {
  const target = encodeTarget(values, element);
  for (let block = 0; block < scales.length; block++) {
    if (scales[block] === 0) continue;
    encodeRun(target, block * NVFP4_BLOCK, (block + 1) * NVFP4_BLOCK, scaleFormat.values[scales[block]!]! * tensorScale[0]!);
  }
  return target.codes;
}
