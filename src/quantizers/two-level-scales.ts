/**
 * Scales of blocks stored in two levels, as LQ-LoRA does: o = least scale of the tensor (FP32, one), t = largest scale - o of B1 of them in type b1, and
 *   code = RNE((s - o) (2^b0 - 1) / t), at most 2^b0 - 1      s' = o + code t / (2^b0 - 1), in FP32      b0 bits per scale, 16 or 32 per B1 scales
 * so that no stored scale lies below the least. Source: LQ-LoRA, ICLR 2024, and its released code (offset by the minimum, unsigned codes, the last block
 * of scales may be short here). Blocks of scales run over the whole tensor in row order.
 */
import { LowbitError } from '../lowbit-error.js';
import { roundHalfEven, roundToBfloat16, roundToFloat16 } from '../numeric/rounding.js';
import type { QuantizedTensor } from './quantizer.js';

export const scaleTypes = ['bf16', 'fp16', 'fp32'] as const;
type ScaleType = (typeof scaleTypes)[number];

const rounders: Readonly<Record<ScaleType, (x: number) => number>> = { bf16: roundToBfloat16, fp16: roundToFloat16, fp32: Math.fround };

export interface TwoLevels {
  /** b0, bits of a code. */
  readonly scaleBits: number;
  /** B1, scales under one of the second level. */
  readonly scaleBlock: number;
  /** b1 */
  readonly scaleType: ScaleType;
}

/** Bits per scale, the offset left out. */
export function bitsPerScale({ scaleBits, scaleType }: TwoLevels): { readonly first: number; readonly second: number } {
  return { first: scaleBits, second: scaleType === 'fp32' ? 32 : 16 };
}

/** Side data of scales, none of them negative. Throws LowbitError for one that the type does not hold. */
export function storeScales(scales: Float32Array, { scaleBits, scaleBlock, scaleType }: TwoLevels): QuantizedTensor['side'] {
  const offset = scales.reduce((least, scale) => Math.min(least, scale), Infinity);
  const most = 2 ** scaleBits - 1;
  const scaleCodes = new Uint8Array(scales.length);
  const scaleScales = new Float32Array(Math.ceil(scales.length / scaleBlock));
  for (let block = 0; block < scaleScales.length; block++) {
    const own = scales.subarray(block * scaleBlock, (block + 1) * scaleBlock);
    const largest = Math.fround(own.reduce((max, scale) => Math.max(max, scale), 0) - offset);
    const top = rounders[scaleType](largest);
    if (!Number.isFinite(top)) throw tooLarge(largest, scaleType);
    scaleScales[block] = top;
    if (top === 0) continue;
    for (const [i, scale] of own.entries())
      scaleCodes[block * scaleBlock + i] = Math.min(most, roundHalfEven((Math.fround(scale - offset) * most) / top));
  }
  return { scaleCodes, scaleScales, scaleOffset: Float32Array.of(offset) };
}

function tooLarge(value: number, scaleType: ScaleType): LowbitError {
  return new LowbitError(`a scale of scales does not fit ${scaleType}`, {
    value,
    remedy: 'take scaleType=bf16 or fp32, or divide the tensor by a power of two',
  });
}

/** FP32 scales as a reader of the stored tensor sees them. */
export function readScales(
  side: QuantizedTensor['side'],
  { scaleBits, scaleBlock }: Pick<TwoLevels, 'scaleBits' | 'scaleBlock'>,
): Float32Array {
  const scaleCodes = side['scaleCodes'] as Uint8Array;
  const scaleScales = side['scaleScales'] as Float32Array;
  const offset = (side['scaleOffset'] as Float32Array)[0]!;
  const most = 2 ** scaleBits - 1;
  return Float32Array.from(scaleCodes, (code, i) => offset + (code * scaleScales[Math.floor(i / scaleBlock)]!) / most);
}
