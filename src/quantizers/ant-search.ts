/**
 * ANT's search for the clip value of one scale unit (tensor, channel or group), bit-exact in float32.
 * Formula: alpha_i = fl(base * fl(i * 0.01)), i = low, low + step, .. below high; scale = fl(alpha / largest grid value);
 * q = nearest(fl(x / scale)), out = fl(q * scale), error fl(out - x), squared in float32; the mean is summed in double precision and
 * rounded to float32. The first candidate with the strictly smallest mean wins. A scale that underflows to 0 gives all zeros.
 * Speed: candidates whose error bound (see ant-error-bound.ts) cannot reach the smallest one are skipped; the choice is the same.
 * Source: ANT, MICRO 2022, and its released calibration.
 */
import { nearestEntries, type NearestTable } from './ant-nearest.js';
import { encloseMean, gridError, sortedUnit, type SortedUnit } from './ant-error-bound.js';

/** A clip value and the float32 mean squared error it gives. */
export interface Clip {
  readonly alpha: number;
  readonly mse: number;
}

/** Percent of the base value at which clips are tried; `high` is exclusive. */
export interface ClipRange {
  readonly low: number;
  readonly high: number;
  readonly step: number;
}

/** Units up to this length try every candidate directly: sorting would cost more. */
const DIRECT_LENGTH = 64;

/** Outside these magnitudes squared errors underflow or overflow in float32 and the bound does not hold. */
const BOUND_FLOOR = 1e-12;
const BOUND_CEILING = 1e15;

/** Scratch space of `entriesAt`, grown as needed and never read across calls. */
let scratch = { scaled: new Float32Array(0), prefixes: new Uint16Array(0), entries: new Uint16Array(0) };
/** Scaled grid values of the last `scaledOutputs`, grown to the largest grid so far. */
let outputs = new Float32Array(0);

/** Clip factors of a range as the released code forms them: i * 0.01 in double, rounded to float32. */
export function clipFactors({ low, high, step }: ClipRange): number[] {
  const factors: number[] = [];
  for (let i = low; i < high; i += step) factors.push(Math.fround(i * 0.01));
  return factors;
}

/** Clip values of a base; those that overflow float32 are left out. */
export function clipValues(base: number, factors: readonly number[]): number[] {
  return factors.map((factor) => Math.fround(base * factor)).filter(Number.isFinite);
}

/** Scale of a clip value: fl(alpha / max); 1 where that underflows to 0: values that small take the code of 0 either way. */
export function scaleOfClip(alpha: number, gridMax: number): number {
  const scale = Math.fround(alpha / gridMax);
  return scale > 0 ? scale : 1;
}

/** Entries of the nearest grid values of x / scale; the returned array is reused by the next call. */
export function entriesAt(x: Float32Array, scale: number, table: NearestTable): Uint16Array {
  if (scratch.scaled.length < x.length) {
    const scaled = new Float32Array(2 * x.length);
    scratch = { scaled, prefixes: new Uint16Array(scaled.buffer), entries: new Uint16Array(2 * x.length) };
  }
  const { scaled, prefixes, entries } = scratch;
  for (let i = 0; i < x.length; i++) scaled[i] = x[i]! / scale;
  nearestEntries({ scaled, prefixes, count: x.length }, table, entries);
  return entries;
}

/** float32 products of the grid values with a scale, by entry; the returned array is reused by the next call. */
export function scaledOutputs({ values }: NearestTable, scale: number): Float32Array {
  if (outputs.length < values.length) outputs = new Float32Array(values.length);
  const products = outputs;
  for (let entry = 0; entry < values.length; entry++) products[entry] = values[entry]! * scale;
  return products;
}

/** float32 mean squared error of x at a clip value. */
export function clipError(x: Float32Array, alpha: number, table: NearestTable): number {
  const scale = scaleOfClip(alpha, table.values.at(-1)!);
  const chosen = entriesAt(x, scale, table);
  const products = scaledOutputs(table, scale);
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const error = Math.fround(products[chosen[i]!]! - x[i]!);
    sum += Math.fround(error * error);
  }
  return Math.fround(sum / x.length);
}

/** A scale unit ready to be searched with several grids. */
export interface SearchUnit {
  readonly x: Float32Array;
  readonly base: number;
  /** Absent where every candidate is tried. */
  readonly sorted?: SortedUnit;
}

/** Prepares the values of one scale unit for `searchClip`. */
export function searchUnit(x: Float32Array, base: number): SearchUnit {
  const direct = x.length <= DIRECT_LENGTH || !(base >= BOUND_FLOOR && base <= BOUND_CEILING);
  return direct ? { x, base } : { x, base, sorted: sortedUnit(x) };
}

/** Best clip value among base * factors. */
export function searchClip(unit: SearchUnit, factors: readonly number[], table: NearestTable): Clip {
  const alphas = clipValues(unit.base, factors);
  let best: Clip | undefined;
  for (const alpha of promising(unit, alphas, table)) {
    const mse = clipError(unit.x, alpha, table);
    if (best === undefined || mse < best.mse) best = { alpha, mse };
  }
  if (best === undefined) throw new Error('a clip search needs at least one candidate');
  return best;
}

/** The candidates that can have the smallest error, in order. */
function promising({ sorted }: SearchUnit, alphas: readonly number[], table: NearestTable): readonly number[] {
  if (sorted === undefined || alphas.length < 4 || sorted.sorted[0]! < table.lowest) return alphas;
  const gridMax = table.values.at(-1)!;
  const bounds = alphas.map((alpha) => encloseMean(gridError(sorted, table.values, Math.fround(alpha / gridMax)), sorted.sorted.length));
  const reachable = Math.min(...bounds.map((bound) => bound.most));
  return alphas.filter((_, i) => bounds[i]!.least <= reachable);
}
