/**
 * Integer rounding of groups of float32 numbers with 128-bit vectors (wasm/integer-rounding.wat): extremes, code words and values of as many groups as fit
 * into a scratch memory that stays in the second-level cache. Groups longer than it are taken in pieces.
 * Formula: code = (clamp(rne(x / s), low - z, high - z) + z) & mask, value = (q - z) s; half to even.
 * x / s is rounded to float32 before it is rounded to an integer, and the result is that of exact division: s has 11 bits and h + 1/2 at most 9, so
 * (h + 1/2) s is a float32; an x beside it differs by a unit in its last place, and the quotient then by more than half a unit of h + 1/2, because the
 * significand of s is below 2. Products q s have 19 bits and are exact. Scales must be FP16 numbers above 0; NaN has no code.
 * Left out: fused multiply-add, scales of other types.
 */
import { batchesOf, CAPACITY, type GroupedSpans, type GroupRun } from './group-runs.js';
import { instantiate } from './wasm/instance.js';
import { integerRoundingModule } from './wasm/integer-rounding-module.js';

/** Scales and zero points by group; without zero points code words are two's complement. */
export interface IntegerSides {
  readonly scales: Float32Array;
  readonly zeros?: Uint8Array;
}

/** Width of code words and the smallest and largest q counted from z = 0. */
export interface CodeRange {
  readonly bits: number;
  readonly low: number;
  readonly high: number;
}

/** Extremes of a group: min <= 0 <= max. */
export type FitGroup = (index: number, min: number, max: number) => void;

interface Scratch {
  readonly kernels: Readonly<Record<'extremes' | 'codes' | 'values', (...numbers: number[]) => void>>;
  readonly numbers: Float32Array;
  readonly codes: Uint8Array;
  readonly scales: Float32Array;
  readonly zeros: Int32Array;
  /** Largest number and smallest with its sign flipped, group by group. */
  readonly extremes: Float32Array;
}

let shared: Scratch | undefined;

function scratch(): Scratch {
  if (shared !== undefined) return shared;
  const { buffer, kernels } = instantiate<'extremes' | 'codes' | 'values'>(integerRoundingModule, CAPACITY * 21);
  shared = {
    kernels,
    numbers: new Float32Array(buffer, 0, CAPACITY),
    scales: new Float32Array(buffer, CAPACITY * 4, CAPACITY),
    zeros: new Int32Array(buffer, CAPACITY * 8, CAPACITY),
    extremes: new Float32Array(buffer, CAPACITY * 12, 2 * CAPACITY),
    codes: new Uint8Array(buffer, CAPACITY * 20, CAPACITY),
  };
  return shared;
}

/** Code words of all groups, each under what `fit` has put into `sides` when it was given the extremes of the group. */
export function fittedCodes(
  values: Float32Array,
  spans: GroupedSpans,
  range: CodeRange,
  sides: IntegerSides & { readonly fit: FitGroup },
): Uint8Array {
  const memory = scratch();
  const codes = new Uint8Array(values.length);
  for (const pieces of batchesOf(spans)) {
    const [first] = pieces;
    if (pieces.length === 1) {
      load(memory, values, first!);
      findExtremes(memory, first!, sides.fit);
      round(memory, first!, sides, range);
      store(memory, first!, codes);
      continue;
    }
    let [min, max] = [0, 0];
    const widen: FitGroup = (_, low, high) => {
      if (!(low >= min)) min = low;
      if (!(high <= max)) max = high;
    };
    for (const piece of pieces) {
      load(memory, values, piece);
      findExtremes(memory, piece, widen);
    }
    sides.fit(first!.index, min, max);
    roundPieces(memory, pieces, { values, codes, sides, range });
  }
  return codes;
}

/** Code words of all groups under scales that stand. */
export function roundedCodes(values: Float32Array, spans: GroupedSpans, range: CodeRange, sides: IntegerSides): Uint8Array {
  const codes = new Uint8Array(values.length);
  for (const pieces of batchesOf(spans)) roundPieces(scratch(), pieces, { values, codes, sides, range });
  return codes;
}

/** Values of code words. */
export function integerValues(codes: Uint8Array, spans: GroupedSpans, bits: number, sides: IntegerSides): Float32Array {
  const memory = scratch();
  const values = new Float32Array(codes.length);
  const half = sides.zeros === undefined ? 2 ** (bits - 1) : 0;
  for (const pieces of batchesOf(spans)) {
    for (const piece of pieces) {
      const { start, count, length } = piece;
      memory.codes.set(codes.subarray(start, start + count * length));
      place(memory, piece, sides, half);
      const { numbers, codes: from, scales, zeros } = memory;
      memory.kernels.values(from.byteOffset, numbers.byteOffset, count, length, scales.byteOffset, zeros.byteOffset, half);
      values.set(numbers.subarray(0, count * length), start);
    }
  }
  return values;
}

function load({ numbers }: Scratch, values: Float32Array, { start, count, length }: GroupRun): void {
  numbers.set(values.subarray(start, start + count * length));
}

function store({ codes }: Scratch, { start, count, length }: GroupRun, target: Uint8Array): void {
  target.set(codes.subarray(0, count * length), start);
}

function findExtremes({ kernels, numbers, extremes }: Scratch, { count, length, index }: GroupRun, fit: FitGroup): void {
  kernels.extremes(numbers.byteOffset, count, length, extremes.byteOffset);
  for (let i = 0; i < count; i++) fit(index + i, 0 - extremes[2 * i + 1]!, extremes[2 * i]!);
}

/** Scales and zero points (`zero` where there are none) of a run. */
function place(memory: Scratch, { count, index }: GroupRun, { scales, zeros }: IntegerSides, zero: number): void {
  memory.scales.set(scales.subarray(index, index + count));
  if (zeros === undefined) memory.zeros.fill(zero, 0, count);
  else memory.zeros.set(zeros.subarray(index, index + count));
}

function round(memory: Scratch, run: GroupRun, sides: IntegerSides, { bits, low, high }: CodeRange): void {
  place(memory, run, sides, 0);
  const { kernels, numbers, codes, scales, zeros } = memory;
  const [s, z] = [scales.byteOffset, zeros.byteOffset];
  kernels.codes(numbers.byteOffset, codes.byteOffset, run.count, run.length, s, z, low, high, 2 ** bits - 1);
}

interface Rounding {
  readonly values: Float32Array;
  readonly codes: Uint8Array;
  readonly sides: IntegerSides;
  readonly range: CodeRange;
}

function roundPieces(memory: Scratch, pieces: readonly GroupRun[], { values, codes, sides, range }: Rounding): void {
  for (const piece of pieces) {
    load(memory, values, piece);
    round(memory, piece, sides, range);
    store(memory, piece, codes);
  }
}
