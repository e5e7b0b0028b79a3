/**
 * What cache quantizers share: runs of a cache coded as asymmetric integers, along channels of a head or along tokens.
 *   minimum   m = fp16(min), s = fp16((max - min) / (2^bits - 1)), q = clamp(rne((x - m) / s), 0, 2^bits - 1), value q s + m; s = 1 for equal values
 *   integer   min <= 0 <= max, s alike, z = clamp(rne(-min / s), 0, 2^bits - 1), q = clamp(rne(x / s) + z, 0, 2^bits - 1), value (q - z) s
 * Source: the float-zero variant of asymmetric integers (KIVI, arXiv 2402.02750), and the one with a zero point. Left out: searches for a clip.
 */
import { LowbitError } from '../../lowbit-error.js';
import type { Matrix } from '../../numeric/matrix.js';
import { roundHalfEven, roundToFloat16 } from '../../numeric/rounding.js';
import { fp16Scale } from '../stored-scale.js';
import type { CacheBytes, CacheShape } from './kv-quantizer.js';

const SCALE_bits = 16;
/** FP16 scale and FP16 minimum of a group. */
const SCALE_AND_MINIMUM_bits = SCALE_bits + 16;
const EXACT_bits = 16;

/** How one side of a cache is coded. */
export interface Coding {
  readonly bits: number;
  /** Numbers that share a scale, along tokens or along the channels of a head. */
  readonly group: number;
}

/** What is stored beside a scale: the smallest value in FP16, or the code of 0. */
export type Zero = 'minimum' | 'integer';
const readers: Readonly<Record<Zero, (data: Float32Array, run: Run, levels: number) => void>> = {
  minimum: readBack,
  integer: readBackFromZero,
};

/** A token by itself may have either zero. */
export interface TokenCoding extends Coding {
  readonly zero?: Zero;
}

/** The values as they are read back when every token is coded by itself: groups along the channels of each head, a last one may be short. */
export function perTokenValues(cache: Matrix, { kvHeads, headDim }: CacheShape, { bits, group, zero = 'minimum' }: TokenCoding): Matrix {
  const data = Float32Array.from(cache.data);
  const levels = 2 ** bits - 1;
  const read = readers[zero];
  for (let head = 0; head < cache.rows * kvHeads; head++) {
    const base = head * headDim;
    for (let from = 0; from < headDim; from += group)
      read(data, { start: base + from, step: 1, count: Math.min(group, headDim - from) }, levels);
  }
  return { rows: cache.rows, cols: cache.cols, data };
}

/** The values as they are read back when every channel is coded over `group` tokens; tokens of a last group that is not full stay as they are. */
export function perChannelValues(cache: Matrix, { bits, group }: Coding): Matrix {
  const data = Float32Array.from(cache.data);
  const levels = 2 ** bits - 1;
  for (let token = 0; token + group <= cache.rows; token += group)
    for (let channel = 0; channel < cache.cols; channel++)
      readBack(data, { start: token * cache.cols + channel, step: cache.cols, count: group }, levels);
  return { rows: cache.rows, cols: cache.cols, data };
}

interface Run {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** Replaces a run by what its codes stand for. */
function readBack(data: Float32Array, run: Run, levels: number): void {
  const { min, max } = extremes(data, run);
  const { start, step, count } = run;
  const end = start + step * count;
  const low = storedMinimum(min);
  const scale = fp16Scale((max - min) / levels);
  for (let i = start; i < end; i += step) {
    const code = Math.min(levels, Math.max(0, roundHalfEven((data[i]! - low) / scale)));
    data[i] = code * scale + low;
  }
}

/** The same with the code of 0 in place of the minimum. */
function readBackFromZero(data: Float32Array, run: Run, levels: number): void {
  const { min, max } = extremes(data, run);
  const { start, step, count } = run;
  const low = Math.min(0, min);
  const scale = fp16Scale((Math.max(0, max) - low) / levels);
  const zero = Math.min(levels, Math.max(0, roundHalfEven(-low / scale)));
  for (let i = start; i < start + step * count; i += step) {
    const code = Math.min(levels, Math.max(0, roundHalfEven(data[i]! / scale) + zero));
    data[i] = (code - zero) * scale;
  }
}

function extremes(data: Float32Array, { start, step, count }: Run): { readonly min: number; readonly max: number } {
  let min = Infinity;
  let max = -Infinity;
  for (let i = start; i < start + step * count; i += step) {
    const x = data[i]!;
    if (x < min) min = x;
    if (x > max) max = x;
  }
  return { min, max };
}

function storedMinimum(min: number): number {
  const stored = roundToFloat16(min);
  if (Number.isFinite(stored)) return stored;
  throw new LowbitError('keys or values do not fit FP16', { value: min, remedy: 'the model computes numbers no FP16 cache can hold' });
}

/** Bytes of one side: so many tokens coded with groups of scale and minimum, the others in FP16. */
export interface SideLength {
  readonly coded: number;
  readonly exact: number;
}

/** Bytes of a side whose tokens are coded one by one. */
export function perTokenBytes({ coded, exact }: SideLength, { kvHeads, headDim }: CacheShape, coding: TokenCoding): CacheBytes {
  const { bits, group, zero = 'minimum' } = coding;
  const groups = Math.ceil(headDim / group);
  const side_bits = zero === 'minimum' ? SCALE_AND_MINIMUM_bits : SCALE_bits + bits;
  return {
    codes: coded * kvHeads * Math.ceil((headDim * bits) / 8),
    side: Math.ceil((coded * kvHeads * groups * side_bits) / 8),
    exact: (exact * kvHeads * headDim * EXACT_bits) / 8,
  };
}

/** Bytes of a side whose channels are coded over full groups of tokens. */
export function perChannelBytes({ coded, exact }: SideLength, { kvHeads, headDim }: CacheShape, { bits, group }: Coding): CacheBytes {
  const width = kvHeads * headDim;
  return {
    codes: Math.ceil((coded * width * bits) / 8),
    side: ((coded / group) * width * SCALE_AND_MINIMUM_bits) / 8,
    exact: (exact * width * EXACT_bits) / 8,
  };
}

export function sumOfBytes(a: CacheBytes, b: CacheBytes): CacheBytes {
  return { codes: a.codes + b.codes, side: a.side + b.side, exact: a.exact + b.exact };
}
