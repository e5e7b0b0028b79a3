/**
 * Nearest values by tables, with 128-bit vectors (wasm/cell-tables.wat): x / s lies in cell c with (c - 1) / 4 < x / s <= c / 4, and entry 36 - c of a table
 * belongs to that cell. Errors of four tables, two under each of two scales, are summed in one pass.
 * x / s, its product with the value and the squared difference are rounded to float32 one by one, squares are added in float64 in the order of x.
 * Left out: quotients beyond the tables (|x / s| > 9), which `searchCells` must not be given; `cellCodes` takes the last entry for them.
 */
import { batchesOf, CAPACITY, type GroupedSpans, type GroupRun } from './group-runs.js';
import { instantiate } from './wasm/instance.js';
import { cellTablesModule } from './wasm/cell-tables-module.js';

/** Cells on either side of zero. */
export const CELLS = 36;
const ENTRIES = 2 * CELLS + 1;
/** Bytes from one table of codes to the next. */
const TABLE_BYTES = 128;
const MOST_TABLES = 4;

/** Two values per cell, side by side: those of two tables under one scale. */
export type PairTable = Float32Array;

/** Tables a and b entry by entry. */
export function pairTable(a: Float32Array, b: Float32Array): PairTable {
  return Float32Array.from({ length: 2 * ENTRIES }, (_, i) => (i % 2 === 0 ? a : b)[i >> 1]!);
}

/** What is asked of and told to the caller for every group. */
export interface CellSearch {
  /** Puts the scales of both pairs at `scales[at]` and `scales[at + 1]`, given the largest magnitude. */
  readonly scale: (index: number, magnitude: number, scales: Float32Array, at: number) => void;
  /** The sums of squared errors of the four tables are at `sums[at]` .. `sums[at + 3]`. */
  readonly choose: (index: number, sums: Float64Array, at: number) => void;
}

interface Scratch {
  readonly kernels: Readonly<Record<'magnitudes' | 'errors' | 'codes', (...numbers: number[]) => void>>;
  readonly numbers: Float32Array;
  readonly magnitudes: Float32Array;
  readonly scales: Float32Array;
  readonly sums: Float64Array;
  readonly pairs: readonly [Float32Array, Float32Array];
  readonly codeTables: Uint8Array;
  readonly selectors: Uint8Array;
  readonly codes: Uint8Array;
}

let shared: Scratch | undefined;

function scratch(): Scratch {
  if (shared !== undefined) return shared;
  let used = 0;
  const bytes = (count: number): number => (used += Math.ceil(count / 16) * 16) - Math.ceil(count / 16) * 16;
  const at = {
    numbers: bytes(4 * CAPACITY),
    magnitudes: bytes(4 * CAPACITY),
    scales: bytes(8 * CAPACITY),
    sums: bytes(32 * CAPACITY),
    pairs: [bytes(8 * ENTRIES), bytes(8 * ENTRIES)] as const,
    codeTables: bytes(TABLE_BYTES * MOST_TABLES),
    selectors: bytes(CAPACITY),
    codes: bytes(CAPACITY),
  };
  const { buffer, kernels } = instantiate<'magnitudes' | 'errors' | 'codes'>(cellTablesModule, used);
  shared = {
    kernels,
    numbers: new Float32Array(buffer, at.numbers, CAPACITY),
    magnitudes: new Float32Array(buffer, at.magnitudes, CAPACITY),
    scales: new Float32Array(buffer, at.scales, 2 * CAPACITY),
    sums: new Float64Array(buffer, at.sums, 4 * CAPACITY),
    pairs: [new Float32Array(buffer, at.pairs[0], 2 * ENTRIES), new Float32Array(buffer, at.pairs[1], 2 * ENTRIES)],
    codeTables: new Uint8Array(buffer, at.codeTables, TABLE_BYTES * MOST_TABLES),
    selectors: new Uint8Array(buffer, at.selectors, CAPACITY),
    codes: new Uint8Array(buffer, at.codes, CAPACITY),
  };
  return shared;
}

/** Sums of squared errors of all groups under two pairs of tables. */
export function searchCells(values: Float32Array, spans: GroupedSpans, pairs: readonly [PairTable, PairTable], search: CellSearch): void {
  const memory = scratch();
  memory.pairs[0].set(pairs[0]);
  memory.pairs[1].set(pairs[1]);
  for (const pieces of batchesOf(spans)) {
    const [{ index, count }] = pieces as readonly [GroupRun, ...GroupRun[]];
    findMagnitudes(memory, values, pieces);
    for (let i = 0; i < count; i++) search.scale(index + i, memory.magnitudes[i]!, memory.scales, 2 * i);
    memory.sums.fill(0, 0, 4 * count);
    for (const piece of pieces) {
      if (pieces.length > 1) load(memory, values, piece);
      const { numbers, scales, sums } = memory;
      const [first, second] = memory.pairs;
      memory.kernels.errors(
        numbers.byteOffset,
        count,
        piece.length,
        scales.byteOffset,
        first.byteOffset,
        second.byteOffset,
        sums.byteOffset,
      );
    }
    for (let i = 0; i < count; i++) search.choose(index + i, memory.sums, 4 * i);
  }
}

/** Entries of tables of code words, at most four: that of `selectors` by group, under the scale of the group. */
export function cellCodes(
  values: Float32Array,
  spans: GroupedSpans,
  tables: readonly Uint8Array[],
  { scales, selectors }: { readonly scales: Float32Array; readonly selectors: Uint8Array },
): Uint8Array {
  const memory = scratch();
  tables.forEach((table, i) => memory.codeTables.set(table, TABLE_BYTES * i));
  const codes = new Uint8Array(values.length);
  for (const pieces of batchesOf(spans)) {
    for (const piece of pieces) {
      const { start, count, length, index } = piece;
      load(memory, values, piece);
      memory.scales.set(scales.subarray(index, index + count));
      memory.selectors.set(selectors.subarray(index, index + count));
      const { kernels, numbers, codes: found, scales: s, codeTables: t, selectors: chosen } = memory;
      kernels.codes(numbers.byteOffset, found.byteOffset, count, length, s.byteOffset, t.byteOffset, chosen.byteOffset);
      codes.set(found.subarray(0, count * length), start);
    }
  }
  return codes;
}

function load({ numbers }: Scratch, values: Float32Array, { start, count, length }: GroupRun): void {
  numbers.set(values.subarray(start, start + count * length));
}

/** Largest magnitude of every group of a run, or of the one group that the pieces are of. */
function findMagnitudes(memory: Scratch, values: Float32Array, pieces: readonly GroupRun[]): void {
  const { kernels, numbers, magnitudes } = memory;
  let largest = 0;
  for (const piece of pieces) {
    load(memory, values, piece);
    kernels.magnitudes(numbers.byteOffset, piece.count, piece.length, magnitudes.byteOffset);
    largest = Math.max(largest, magnitudes[0]!);
  }
  if (pieces.length > 1) magnitudes[0] = largest;
}
