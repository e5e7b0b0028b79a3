/**
 * Scales and zero points of SpQR: one of each per 16 weights along K, themselves quantized to 3 bits in tiles of 16 rows.
 * First level: s = (max - min) / (2^b - 1), z = -min / s, not rounded, min <= 0 <= max, over the group without the weights that spoil it: those
 * whose leave-one-out gain, E(group) - E(group without w), exceeds the bound, replaced by the mean of the rest. E = sum of squared errors.
 * Second level, scales and zero points alike: low = fp16(min), step = fp16((max - low) / 7) of a tile, code = rne((x - low) / step),
 * x' = low + code * step. A group of zeros has s = 0 and zeros. Source: SpQR, arXiv 2306.03078; the form of the second level is recalled.
 * Squared errors are weighted by 1 / U_jj^2, which is 1 without a Hessian.
 */
import { LowbitError } from '../lowbit-error.js';
import type { Matrix } from '../numeric/matrix.js';
import { roundHalfEven, roundToFloat16 } from '../numeric/rounding.js';
import type { CurrentColumns } from './gptq-loop.js';

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

/** Room for the scales and zero points of a matrix. */
export function emptySide(shape: Shape): SpqrSide {
  const [groups, tiles] = [shape.rows * groupsOf(shape), tilesOf(shape)];
  return {
    scaleCodes: new Uint8Array(groups),
    zeroCodes: new Uint8Array(groups),
    scaleLows: new Float32Array(tiles),
    scaleSteps: new Float32Array(tiles),
    zeroLows: new Float32Array(tiles),
    zeroSteps: new Float32Array(tiles),
  };
}

/** What decides which weights spoil a group. */
export interface SpoilerRule {
  readonly bits: number;
  readonly bound: number;
  /** Weight of a squared error by column of the matrix: 1 / U_jj^2. */
  readonly sensitivity: Float64Array;
}

/** Scale and zero point of one group of columns, by row, as a reader of the stored tensor sees them. */
export interface GroupFits {
  readonly scales: Float64Array;
  readonly zeros: Float64Array;
}

/**
 * Fits the group that begins at `columns.from`, for rows from `firstRow` (a multiple of 16) on, and stores it in `side`.
 * Throws LowbitError for a scale beyond FP16.
 */
export function fitColumns(
  { side, shape, firstRow }: { readonly side: SpqrSide; readonly shape: Shape; readonly firstRow: number },
  columns: CurrentColumns,
  rule: SpoilerRule,
): GroupFits {
  const { from, to, rows, data, stride } = columns;
  const fits = { scales: new Float64Array(rows), zeros: new Float64Array(rows) };
  const values = new Float32Array(to - from);
  const group = { ...rule, sensitivity: rule.sensitivity.subarray(from, to) };
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < values.length; i++) values[i] = data[(from + i) * stride + row]!;
    const { scale, zero } = fitOf(withoutSpoilers(values, group), rule.bits, -1);
    fits.scales[row] = scale;
    fits.zeros[row] = zero;
  }
  const groups = groupsOf(shape);
  const column = from / SPQR_GROUP;
  for (let row = 0; row < rows; row += SPQR_GROUP) {
    const tile = ((firstRow + row) / SPQR_GROUP) * groups + column;
    const [scale, zero] = [fits.scales, fits.zeros].map((all) => secondLevel(all.subarray(row, row + SPQR_GROUP)));
    [side.scaleLows[tile], side.scaleSteps[tile], side.zeroLows[tile], side.zeroSteps[tile]] = [
      scale!.low,
      scale!.step,
      zero!.low,
      zero!.step,
    ];
    for (let i = 0; i < scale!.codes.length; i++) {
      const index = (firstRow + row + i) * groups + column;
      side.scaleCodes[index] = scale!.codes[i]!;
      side.zeroCodes[index] = zero!.codes[i]!;
    }
  }
  return fits;
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
function withoutSpoilers(values: Float32Array, rule: SpoilerRule): Float32Array {
  const all = errorOf(values, rule, -1);
  const spoils = Array.from(values, (_, i) => all - errorOf(values, rule, i) > rule.bound);
  const rest = values.filter((_, i) => !spoils[i]);
  const mean = rest.length === 0 ? 0 : rest.reduce((sum, value) => sum + value, 0) / rest.length;
  return values.map((value, i) => (spoils[i] ? mean : value));
}

/** Sum of weighted squared errors of all values but one under the fit of all but that one; -1 leaves none out. */
function errorOf(values: Float32Array, { bits, sensitivity }: SpoilerRule, leftOut: number): number {
  const { scale, zero } = fitOf(values, bits, leftOut);
  const top = 2 ** bits - 1;
  let error = 0;
  for (let i = 0; i < values.length; i++) {
    if (i === leftOut) continue;
    const value = values[i]!;
    error += sensitivity[i]! * ((spqrCode(value, scale, zero, top) - zero) * scale - value) ** 2;
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

/** Quantizes the values of a tile and replaces them by what is stored. */
function secondLevel(values: Float64Array): { codes: Uint8Array; low: number; step: number } {
  const low = inFp16(values.reduce((least, value) => Math.min(least, value), Infinity));
  const high = values.reduce((most, value) => Math.max(most, value), 0);
  const step = inFp16(Math.max(0, high - low) / SECOND_LEVEL_TOP);
  const codes = Uint8Array.from(values, (value) =>
    step === 0 ? 0 : Math.min(SECOND_LEVEL_TOP, Math.max(0, roundHalfEven((value - low) / step))),
  );
  codes.forEach((code, i) => (values[i] = low + code * step));
  return { codes, low, step };
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
