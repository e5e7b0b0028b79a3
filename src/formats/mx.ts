/**
 * Microscaling (MX) block formats: 32 elements along K share one power-of-two scale of 8 bits (E8M0).
 * Scale exponent X = 2^e by rule, e clamped to [-127, 127]; an all-zero block has e = 0:
 *   floor    e = floor(log2 amax) - emax                         OCP Microscaling Formats 1.0; the largest element may saturate
 *   ceil     smallest e with amax <= max 2^e                      nothing saturates
 *   even     floor rule after rounding amax to the element's mantissa (half to even)
 *   mr-gptq  floor rule, and the scale is (4/3) 2^e: amax <= 6 scale   MR-GPTQ code, E2M1
 *   bitmod   scale = 2 * 2^floor(log2 amax) / max: the grid ends at 2 * 2^floor(log2 amax)   BitMoD's comparison format
 * For E2M1 the last two are the same numbers. The constant beside 2^e belongs to the rule and is not stored.
 * MXINT8: value q / 64, |q| <= 127. Left out: infinities and NaN as block contents, blocks of other lengths.
 */
import { exp2Int, floorLog2, roundToMantissa } from '../numeric/rounding.js';
import { E8M0_BIAS } from './power-of-two-scale.js';

export const MX_BLOCK = 32;
/** Bits of the E8M0 scale of a block. */
export const MX_SCALE_bits = 8;

export const mxElements = ['e2m1', 'e2m3', 'e3m2', 'e4m3', 'e5m2', 'e2m0', 'int8'] as const;
export type MxElement = (typeof mxElements)[number];

export const mxScaleRules = ['floor', 'ceil', 'even', 'mr-gptq', 'bitmod'] as const;
export type MxScaleRule = (typeof mxScaleRules)[number];

interface ElementRange {
  /** Exponent of the largest normal number. */
  readonly emax: number;
  readonly max: number;
  readonly mantissaBits: number;
  /** Name of the block format. */
  readonly block: string;
}

/** Ranges of the element formats an MX block can hold. */
export const mxElementRanges: Readonly<Record<MxElement, ElementRange>> = Object.freeze({
  e2m1: { emax: 2, max: 6, mantissaBits: 1, block: 'mxfp4' },
  e2m3: { emax: 2, max: 7.5, mantissaBits: 3, block: 'mxfp6-e2m3' },
  e3m2: { emax: 4, max: 28, mantissaBits: 2, block: 'mxfp6-e3m2' },
  e4m3: { emax: 8, max: 448, mantissaBits: 3, block: 'mxfp8-e4m3' },
  e5m2: { emax: 15, max: 57344, mantissaBits: 2, block: 'mxfp8-e5m2' },
  e2m0: { emax: 2, max: 4, mantissaBits: 0, block: 'mxfp3' },
  int8: { emax: 0, max: 127 / 64, mantissaBits: 6, block: 'mxint8' },
});

/** E8M0 code of the scale of a block with that largest magnitude. */
export function mxScaleCode(amax: number, element: MxElement, rule: MxScaleRule): number {
  if (amax === 0) return E8M0_BIAS;
  const { emax, max, mantissaBits } = mxElementRanges[element];
  const rounded = rule === 'even' ? roundToMantissa(amax, mantissaBits, -200) : amax;
  let exponent = floorLog2(rounded) - emax;
  if (rule === 'ceil' && amax > max * exp2Int(exponent)) exponent++;
  return Math.min(127, Math.max(-127, exponent)) + E8M0_BIAS;
}

/** Real scale of a block: what element values are multiplied by. */
export function mxScale(code: number, element: MxElement, rule: MxScaleRule): number {
  const { emax, max } = mxElementRanges[element];
  const constant = rule === 'mr-gptq' || rule === 'bitmod' ? exp2Int(emax + 1) / max : 1;
  return constant * exp2Int(code - E8M0_BIAS);
}
