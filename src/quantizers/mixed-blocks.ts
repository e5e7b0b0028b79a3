/**
 * Integer blocks of two precisions, the mechanism behind FMPQ and Atom: every run of 128 columns of a row has an FP16 scale, and every block of
 * 128 columns of the whole matrix is INT4 or INT8.
 * Formula: s = fp16(clip amax / 7), q = clamp(rne(x / s), -7, 7) in INT4 blocks; s = fp16(amax / 127), q in [-127, 127] in INT8 blocks, which
 * are not clipped [this project's choice: they have range to spare]. Codes are two's complement of the block's width.
 * Bits: 4 + 16/128 per row and block; what INT8 blocks take beyond 4 counts as outliers; one bit per block of the matrix says which they are.
 */
import { groupBits, tensorBits } from '../formats/bit-accounting.js';
import { bitPatterns, maxAbs } from '../numeric/extremes.js';
import type { Matrix } from '../numeric/matrix.js';
import { ROUND_TO_INTEGER } from '../numeric/rounding.js';
import { NO_BITS, type BitParts, type MatrixShape, type QuantizedTensor } from './quantizer.js';
import { fp16Scale } from './stored-scale.js';

/** Columns that share a scale and a precision. */
export const MIXED_BLOCK = 128;
export const LOW_bits = 4;
export const HIGH_bits = 8;
const SCALE_bits = 16;
/** Traces know the body; the rest is in `bits.outlier` and `outlierShare`. */
export const MIXED_FORMAT = `int${LOW_bits}-g${MIXED_BLOCK}`;

export interface MixedSide {
  /** Row-major, block-minor. */
  readonly scales: Float32Array;
  /** 4 or 8 per block of columns. */
  readonly blockBits: Uint8Array;
}

export function blocksOf(cols: number): number {
  return Math.ceil(cols / MIXED_BLOCK);
}

/** FP16 scale of a run whose largest magnitude is `amax`. */
export function mixedScale(amax: number, bits: number, clip: number): number {
  return fp16Scale(bits === LOW_bits ? (clip * amax) / 7 : amax / 127);
}

/** Scales of a matrix as it stands. Throws RangeError for a map of another length or of other widths. */
export function mixedSide({ cols, data }: Matrix, blockBits: Uint8Array, clip: number): MixedSide {
  const blocks = blocksOf(cols);
  if (blockBits.length !== blocks || blockBits.some((bits) => bits !== LOW_bits && bits !== HIGH_bits))
    throw new RangeError(`bits ${blockBits.join(' ')} of ${blocks} blocks of ${MIXED_BLOCK} columns`);
  const patterns = bitPatterns(data);
  const scales = new Float32Array((data.length / cols) * blocks);
  for (let start = 0, index = 0; start < data.length; start += cols) {
    for (let block = 0; block < blocks; block++, index++) {
      const from = start + block * MIXED_BLOCK;
      const amax = maxAbs(patterns, from, Math.min(from + MIXED_BLOCK, start + cols));
      scales[index] = mixedScale(amax, blockBits[block]!, clip);
    }
  }
  return { scales, blockBits };
}

/** Code words of values under these scales. */
export function mixedCodes(values: Float32Array, cols: number, { scales, blockBits }: MixedSide): Uint8Array {
  const codes = new Uint8Array(values.length);
  for (let start = 0, index = 0; start < values.length; start += cols) {
    for (let block = 0; block < blockBits.length; block++, index++) {
      const from = start + block * MIXED_BLOCK;
      const wide = blockBits[block] === HIGH_bits;
      codesOfRun(values, codes, { from, to: Math.min(from + MIXED_BLOCK, start + cols), scale: scales[index]!, wide });
    }
  }
  return codes;
}

interface Run {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  readonly wide: boolean;
}

function codesOfRun(values: Float32Array, codes: Uint8Array, { from, to, scale, wide }: Run): void {
  const top = wide ? 127 : 7;
  const mask = wide ? 255 : 15;
  for (let i = from; i < to; i++) {
    const q = values[i]! / scale + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
    codes[i] = (q > top ? top : q < -top ? -top : q) & mask;
  }
}

/** float32 values of code words, row-major. */
export function mixedValues({ codes, cols, side }: QuantizedTensor): Float32Array {
  const { scales, blockBits } = side as unknown as MixedSide;
  const values = new Float32Array(codes.length);
  for (let start = 0, index = 0; start < codes.length; start += cols) {
    for (let block = 0; block < blockBits.length; block++, index++) {
      const scale = scales[index]!;
      const shift = 32 - blockBits[block]!;
      const from = start + block * MIXED_BLOCK;
      const to = Math.min(from + MIXED_BLOCK, start + cols);
      for (let i = from; i < to; i++) values[i] = ((codes[i]! << shift) >> shift) * scale;
    }
  }
  return values;
}

/** Share of the columns in INT8 blocks. */
function wideShare(cols: number, blockBits: Uint8Array): number {
  let wide = 0;
  blockBits.forEach((bits, block) => {
    if (bits === HIGH_bits) wide += Math.min(MIXED_BLOCK, cols - block * MIXED_BLOCK);
  });
  return wide / cols;
}

/** Stored bits by part. A matrix of INT4 blocks alone needs no map. */
export function mixedBits({ rows, cols }: MatrixShape, blockBits: Uint8Array): BitParts {
  const wide = wideShare(cols, blockBits);
  const body = { ...NO_BITS, payload: LOW_bits, group: groupBits(cols, Math.min(MIXED_BLOCK, cols), SCALE_bits) };
  return wide === 0 ? body : { ...body, outlier: (HIGH_bits - LOW_bits) * wide, tensor: tensorBits(rows, cols, blockBits.length) };
}

/** What a quantized tensor holds besides its codes and its name. */
export function mixedParts({ rows, cols }: Matrix, side: MixedSide): Omit<QuantizedTensor, 'quantizer' | 'codes' | 'choices'> {
  const wide = wideShare(cols, side.blockBits);
  return {
    format: MIXED_FORMAT,
    rows,
    cols,
    codeBits: wide === 0 ? LOW_bits : HIGH_bits,
    group: MIXED_BLOCK,
    side: { ...side },
    bits: mixedBits({ rows, cols }, side.blockBits),
    ...(wide === 0 ? {} : { outlierShare: wide }),
  };
}
