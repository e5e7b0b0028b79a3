/**
 * Scales and zero points of SpQR: one of each per 16 weights along K, themselves quantized to 3 bits in tiles of 16 rows.
 * First level: s = (max - min) / (2^b - 1), z = -min / s, not rounded, min <= 0 <= max, over the group without the weights that spoil it: those
 * whose leave-one-out gain, E(group) - E(group without w), exceeds the bound, replaced by the mean of the rest. E = sum of squared errors.
 * Second level, scales and zero points alike: low = fp16(min), step = fp16((max - low) / 7) of a tile, code = rne((x - low) / step),
 * x' = low + code * step. A group of zeros has s = 0 and zeros. Source: SpQR, arXiv 2306.03078; the form of the second level is recalled.
 * Left out: weighting of errors by the inverse Hessian (see spqr.ts).
 */
import { LowbitError } from '../lowbit-error.js';
import type { Matrix } from '../numeric/matrix.js';
import { roundHalfEven, roundToFloat16 } from '../numeric/rounding.js';

/** Weights of a group along K, and rows of a tile. */
export const SPQR_GROUP = 16;
export const SECOND_LEVEL_bits = 3;
const SECOND_LEVEL_TOP = 2 ** SECOND_LEVEL_bits - 1;

/** What a tensor stores of its scales and zero points: codes group by group (row-major), bounds and steps tile by tile. */
export interface SpqrSide {
  readonly scaleCodes: Uint8Array;
  readonly zeroCodes: Uint8Array;
  readonly scaleLows: Float32Array;
  readonly scaleSteps: Float32Array;
  readonly zeroLows: Float32Array;
  readonly zeroSteps: Float32Array;
}

type Shape = Pick<Matrix, 'rows' | 'cols'>;

/** Groups of a row. */
export function groupsOf({ cols }: Shape): number {
  return Math.ceil(cols / SPQR_GROUP);
}

/** Tiles of a tensor. */
export function tilesOf(shape: Shape): number {
  return Math.ceil(shape.rows / SPQR_GROUP) * groupsOf(shape);
}

/** Scales and zero points of a matrix as they are stored. Throws LowbitError for a scale beyond FP16. */
export function fittedTiles(tensor: Matrix, bits: number, bound: number): SpqrSide {
  const groups = groupsOf(tensor);
  const scales = new Float64Array(tensor.rows * groups);
  const zeros = new Float64Array(scales.length);
  for (let index = 0; index < scales.length; index++) {
    const row = Math.floor(index / groups);
    const start = row * tensor.cols + (index - row * groups) * SPQR_GROUP;
    const values = tensor.data.slice(start, Math.min(start + SPQR_GROUP, (row + 1) * tensor.cols));
    const { scale, zero } = fitOf(withoutSpoilers(values, bits, bound), bits, -1);
    scales[index] = scale;
    zeros[index] = zero;
  }
  const [scale, zero] = [secondLevel(scales, tensor), secondLevel(zeros, tensor)];
  return {
    scaleCodes: scale.codes,
    zeroCodes: zero.codes,
    scaleLows: scale.lows,
    scaleSteps: scale.steps,
    zeroLows: zero.lows,
    zeroSteps: zero.steps,
  };
}

/** Scale and zero point of every group as a reader of the stored tensor sees them. */
export function storedFits(side: SpqrSide, shape: Shape): { scales: Float64Array; zeros: Float64Array } {
  const value = (codes: Uint8Array, lows: Float32Array, steps: Float32Array): Float64Array =>
    Float64Array.from(codes, (code, index) => {
      const tile = tileOf(index, shape);
      return lows[tile]! + code * steps[tile]!;
    });
  return {
    scales: value(side.scaleCodes, side.scaleLows, side.scaleSteps),
    zeros: value(side.zeroCodes, side.zeroLows, side.zeroSteps),
  };
}

/** Nearest code of a value under a scale and a zero point. */
export function spqrCode(value: number, scale: number, zero: number, top: number): number {
  if (scale === 0) return 0;
  return Math.min(top, Math.max(0, roundHalfEven(value / scale + zero)));
}

function tileOf(index: number, shape: Shape): number {
  const groups = groupsOf(shape);
  const row = Math.floor(index / groups);
  return Math.floor(row / SPQR_GROUP) * groups + (index - row * groups);
}

/** The values, those that spoil the fit of the others replaced by the mean of the rest. */
function withoutSpoilers(values: Float32Array, bits: number, bound: number): Float32Array {
  const all = errorOf(values, bits, -1);
  const spoils = Array.from(values, (_, i) => all - errorOf(values, bits, i) > bound);
  const rest = values.filter((_, i) => !spoils[i]);
  const mean = rest.length === 0 ? 0 : rest.reduce((sum, value) => sum + value, 0) / rest.length;
  return values.map((value, i) => (spoils[i] ? mean : value));
}

/** Sum of squared errors of all values but one under the fit of all but that one; -1 leaves none out. */
function errorOf(values: Float32Array, bits: number, leftOut: number): number {
  const { scale, zero } = fitOf(values, bits, leftOut);
  const top = 2 ** bits - 1;
  let error = 0;
  for (let i = 0; i < values.length; i++) {
    if (i === leftOut) continue;
    const value = values[i]!;
    error += ((spqrCode(value, scale, zero, top) - zero) * scale - value) ** 2;
  }
  return error;
}

function fitOf(values: Float32Array, bits: number, leftOut: number): { scale: number; zero: number } {
  let min = 0;
  let max = 0;
  for (let i = 0; i < values.length; i++) {
    if (i === leftOut) continue;
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const scale = (max - min) / (2 ** bits - 1);
  return { scale, zero: scale === 0 ? 0 : (0 - min) / scale };
}

function secondLevel(values: Float64Array, shape: Shape): { codes: Uint8Array; lows: Float32Array; steps: Float32Array } {
  const tiles = tilesOf(shape);
  const lows = new Float32Array(tiles).fill(Infinity);
  const highs = new Float64Array(tiles);
  values.forEach((value, index) => {
    const tile = tileOf(index, shape);
    if (value < lows[tile]!) lows[tile] = value;
    if (value > highs[tile]!) highs[tile] = value;
  });
  const steps = new Float32Array(tiles);
  for (let tile = 0; tile < tiles; tile++) {
    lows[tile] = inFp16(lows[tile]!);
    steps[tile] = inFp16(Math.max(0, highs[tile]! - lows[tile]!) / SECOND_LEVEL_TOP);
  }
  const codes = Uint8Array.from(values, (value, index) => {
    const tile = tileOf(index, shape);
    if (steps[tile] === 0) return 0;
    return Math.min(SECOND_LEVEL_TOP, Math.max(0, roundHalfEven((value - lows[tile]!) / steps[tile]!)));
  });
  return { codes, lows, steps };
}

/** FP16 value of a number. Throws LowbitError from 65520 up. */
export function inFp16(value: number): number {
  const stored = roundToFloat16(value);
  if (Math.abs(stored) < Infinity) return stored;
  throw new LowbitError('value does not fit FP16', {
    value,
    remedy: 'the largest FP16 number is 65504; divide the tensor by a power of two',
  });
}
