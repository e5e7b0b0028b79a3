/**
 * OliVe's search for the clip value of a scale unit, and the victim rule; bit-exact in float32.
 * Formula: base = max(|mean + 3 std|, |mean - 3 std|) in float32 (std over N - 1); alpha_i = fl(base * fl(i * 0.01)); scale =
 * fl(alpha / largest normal value); every element takes its nearest grid value, then one element of every pair with an outlier
 * becomes 0; the first candidate with the strictly smallest float32 mean squared error wins.
 * Victim rule: the neighbour of a lone outlier; of two outliers the smaller magnitude (`paper`, the right one when equal)
 * or the right one (`released-code`).
 * Speed: pairs that hold an outlier at no candidate have a sorted prefix-sum estimate (ant-error-bound.ts); the few others are visited.
 * Source: OliVe, ISCA 2023, section 3, and its released calibration.
 */
import { bitPatterns, maxAbs } from '../numeric/extremes.js';
import { encloseMean, gridError, sortedUnit, type SortedUnit } from './ant-error-bound.js';
import { clipValues, entriesAt, scaleOfClip, scaledOutputs, type Clip } from './ant-search.js';
import type { OliveGrid } from './olive-grid.js';

export const pairRules = ['paper', 'released-code'] as const;
export type PairRule = (typeof pairRules)[number];

/** A run of elements under one scale: `x` holds whole rows of `cols` elements, which are cut into pairs row by row. */
export interface PairedUnit {
  readonly x: Float32Array;
  readonly cols: number;
}

export type Victim = 'left' | 'right';

/** Margin that keeps float32 rounding from making an outlier of an element counted among those that never are. */
const COLD_MARGIN = 1 - 2 ** -18;
const BOUND_FLOOR = 1e-12;
const BOUND_CEILING = 1e15;
const DIRECT_LENGTH = 64;

/** Base of the clip candidates: three standard deviations from the mean, on the wider side. */
function threeSigma(x: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]!;
  const center = sum / x.length;
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += (x[i]! - center) * (x[i]! - center);
  const mean = Math.fround(center);
  const spread = Math.fround(3 * Math.fround(x.length > 1 ? Math.sqrt(squares / (x.length - 1)) : 0));
  return Math.max(Math.abs(Math.fround(mean + spread)), Math.abs(Math.fround(mean - spread)));
}

/** Which element of a pair with an outlier becomes 0; `outliers` has bit 0 for the left element, bit 1 for the right one. */
export function victimOf(left: number, right: number, outliers: number, rule: PairRule): Victim {
  if (outliers === 1) return 'right';
  if (outliers === 2) return 'left';
  return rule === 'paper' && Math.abs(right) > Math.abs(left) ? 'left' : 'right';
}

/** Summed squared error of a unit, squares rounded to float32 one by one. */
function errorSum({ x, cols }: PairedUnit, scale: number, { table, isOutlier }: OliveGrid, rule: PairRule): number {
  const entries = entriesAt(x, scale, table);
  const outputs = scaledOutputs(table, scale);
  let sum = 0;
  for (let row = 0; row < x.length; row += cols) {
    const paired = row + cols - (cols & 1);
    for (let i = row; i < paired; i += 2) {
      const left = x[i]!;
      const right = x[i + 1]!;
      let leftOutput = outputs[entries[i]!]!;
      let rightOutput = outputs[entries[i + 1]!]!;
      const outliers = isOutlier[entries[i]!]! | (isOutlier[entries[i + 1]!]! << 1);
      if (outliers !== 0) {
        if (victimOf(left, right, outliers, rule) === 'left') leftOutput = 0;
        else rightOutput = 0;
      }
      const leftError = Math.fround(leftOutput - left);
      sum += Math.fround(leftError * leftError);
      const rightError = Math.fround(rightOutput - right);
      sum += Math.fround(rightError * rightError);
    }
    // The partner of a last odd element is padding: it can only be a victim, and costs nothing.
    if (paired < row + cols) {
      const error = Math.fround(outputs[entries[paired]!]! - x[paired]!);
      sum += Math.fround(error * error);
    }
  }
  return sum;
}

/** float32 mean squared error of a unit at a clip value, victims included. */
export function pairedClipError(unit: PairedUnit, alpha: number, grid: OliveGrid, rule: PairRule): number {
  return Math.fround(errorSum(unit, scaleOfClip(alpha, grid.normalValues.at(-1)!), grid, rule) / unit.x.length);
}

/** A scale unit ready to be searched with several grids. */
export interface PairSearch {
  readonly unit: PairedUnit;
  readonly alphas: readonly number[];
  /** Absent where every candidate is tried. */
  readonly split?: SplitPairs;
}

/** Prepares a scale unit for `searchPairedClip` with any of the grids. */
export function pairSearch(unit: PairedUnit, factors: readonly number[], grids: readonly OliveGrid[]): PairSearch {
  const alphas = clipValues(threeSigma(unit.x), factors);
  const smallest = Math.min(...alphas);
  if (
    unit.x.length <= DIRECT_LENGTH ||
    alphas.length < 4 ||
    smallest < BOUND_FLOOR ||
    maxAbs(bitPatterns(unit.x), 0, unit.x.length) > BOUND_CEILING
  )
    return { unit, alphas };
  const limit = Math.min(...grids.map((grid) => scaleOfClip(smallest, grid.normalValues.at(-1)!) * grid.outlierFrom));
  return { unit, alphas, split: splitPairs(unit, limit * COLD_MARGIN) };
}

/** Best clip value of a prepared unit. */
export function searchPairedClip(search: PairSearch, grid: OliveGrid, rule: PairRule): Clip {
  let best: Clip | undefined;
  for (const alpha of promising(search, grid, rule)) {
    const mse = pairedClipError(search.unit, alpha, grid, rule);
    if (best === undefined || mse < best.mse) best = { alpha, mse };
  }
  if (best === undefined) throw new Error('a clip search needs at least one candidate');
  return best;
}

/** The candidates that can have the smallest error, in order. */
function promising({ unit, alphas, split }: PairSearch, grid: OliveGrid, rule: PairRule): readonly number[] {
  if (split === undefined) return alphas;
  const { cold, hot, hotSquares } = split;
  if (cold.sorted.length > 0 && cold.sorted[0]! < grid.table.lowest) return alphas;
  const gridMax = grid.normalValues.at(-1)!;
  const bounds = alphas.map((alpha) => {
    const scale = scaleOfClip(alpha, gridMax);
    const part = gridError(cold, grid.normalValues, scale);
    const sum = part.sum + errorSum(hot, scale, grid, rule);
    return encloseMean({ sum, doubleError: part.doubleError + sum * 2 ** -30, squaredNorm: part.squaredNorm + hotSquares }, unit.x.length);
  });
  const reachable = Math.min(...bounds.map((bound) => bound.most));
  return alphas.filter((_, i) => bounds[i]!.least <= reachable);
}

/** The elements of a unit by whether an outlier can be near; `hot` is a single row of pairs. */
interface SplitPairs {
  readonly cold: SortedUnit;
  readonly hot: PairedUnit;
  readonly hotSquares: number;
}

/** Pairs with an element of at least `limit`, and the sorted elements of all others. */
function splitPairs({ x, cols }: PairedUnit, limit: number): SplitPairs {
  const cold = new Float32Array(x.length);
  const hot: number[] = [];
  let coldCount = 0;
  let hotSquares = 0;
  for (let row = 0; row < x.length; row += cols) {
    for (let i = row; i < row + cols; i += 2) {
      const left = x[i]!;
      const right = i + 1 < row + cols ? x[i + 1]! : 0;
      if (Math.abs(left) >= limit || Math.abs(right) >= limit) {
        hot.push(left, right);
        hotSquares += left * left + right * right;
      } else {
        cold[coldCount++] = left;
        if (i + 1 < row + cols) cold[coldCount++] = right;
      }
    }
  }
  return { cold: sortedUnit(cold.subarray(0, coldCount)), hot: { x: Float32Array.from(hot), cols: Math.max(2, hot.length) }, hotSquares };
}
