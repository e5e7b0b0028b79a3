/**
 * Rows in lexicographic order of their columns, by radix sort: a float64 becomes 64 bits whose unsigned order is that of the numbers (Herf, "Radix
 * tricks", 2001), sorted in digits of 11 and 10 bits; rows that are equal in a column are sorted by the next, O(columns rows). Stable: rows equal in
 * all columns keep the order they are given in; 0 and -0 are equal. Few rows are compared instead. NaN has no place in an order: callers leave it out.
 */
import { rowsUpTo } from './flat-points.js';

const buckets = 2048;
/** Start of each digit within a half of 32 bits. */
const shifts = [0, 11, 22];
/** Fewer rows than these are sorted by insertion, or by comparisons, instead of digit by digit. */
const insertionBelow = 24;
const radixFrom = 256;

/** Positions in `rows`, sorted by the value of their row in the first column, then the second, and so on. */
export function lexicographicOrder(columns: readonly Float64Array[], rows: Int32Array): Int32Array {
  const positions = rowsUpTo(rows.length);
  sortFrom(0, { columns, rows }, positions);
  return positions;
}

interface Table {
  readonly columns: readonly Float64Array[];
  readonly rows: Int32Array;
}

/** Sorts positions, which are ascending, by the columns from `first` on. */
function sortFrom(first: number, table: Table, positions: Int32Array): void {
  const { columns, rows } = table;
  if (positions.length < insertionBelow) insert(first, table, positions);
  else if (positions.length < radixFrom) positions.sort((i, j) => compareRows(columns, first, rows[i]!, rows[j]!));
  else {
    const { lows, highs } = sortByColumn(columns[first]!, rows, positions);
    if (first + 1 === columns.length) return;
    let start = 0;
    for (let i = 1; i <= positions.length; i++) {
      if (i < positions.length && lows[i] === lows[start] && highs[i] === highs[start]) continue;
      if (i - start > 1) sortFrom(first + 1, table, positions.subarray(start, i));
      start = i;
    }
  }
}

function insert(first: number, { columns, rows }: Table, positions: Int32Array): void {
  for (let i = 1; i < positions.length; i++) {
    const position = positions[i]!;
    let j = i;
    for (; j > 0 && compareRows(columns, first, rows[positions[j - 1]!]!, rows[position]!) > 0; j--) positions[j] = positions[j - 1]!;
    positions[j] = position;
  }
}

/** Negative where row `a` comes before row `b` by the columns from `first` on. */
function compareRows(columns: readonly Float64Array[], first: number, a: number, b: number): number {
  for (let c = first; c < columns.length; c++) {
    const [x, y] = [columns[c]![a]!, columns[c]![b]!];
    if (x < y) return -1;
    if (x > y) return 1;
  }
  return 0;
}

/** Positions with the halves of their keys beside them: moved together, memory is read in sequence. */
interface Keyed {
  readonly lows: Uint32Array;
  readonly highs: Uint32Array;
  readonly positions: Int32Array;
}

/** Sorts positions by one column; returns the halves of the keys in that order. */
function sortByColumn(column: Float64Array, rows: Int32Array, positions: Int32Array): Keyed {
  const length = positions.length;
  let from: Keyed = { lows: new Uint32Array(length), highs: new Uint32Array(length), positions };
  let to: Keyed = { lows: new Uint32Array(length), highs: new Uint32Array(length), positions: new Int32Array(length) };
  makeKeys(column, rows, from);
  for (const half of ['lows', 'highs'] as const) {
    const counts = countDigits(from[half]);
    for (const [digit, shift] of shifts.entries()) {
      const start = counts.subarray(digit * buckets, (digit + 1) * buckets);
      if (start[(from[half][0]! >>> shift) & (buckets - 1)] === length) continue;
      scatter({ by: from[half], start, shift }, from, to);
      [from, to] = [to, from];
    }
  }
  if (from.positions !== positions) positions.set(from.positions);
  return from;
}

function makeKeys(column: Float64Array, rows: Int32Array, { lows, highs, positions }: Keyed): void {
  const value = new Float64Array(1);
  const halves = new Uint32Array(value.buffer);
  for (let i = 0; i < positions.length; i++) {
    // Adding 0 turns -0 into 0.
    value[0] = column[rows[positions[i]!]!]! + 0;
    const [low, high] = [halves[0]!, halves[1]!];
    const negative = high >>> 31 === 1;
    lows[i] = negative ? ~low : low;
    highs[i] = negative ? ~high : high ^ 0x80000000;
  }
}

/** How many keys have each value of each of the three digits. */
function countDigits(keys: Uint32Array): Uint32Array {
  const counts = new Uint32Array(3 * buckets);
  for (const key of keys) {
    counts[key & (buckets - 1)]!++;
    counts[buckets + ((key >>> 11) & (buckets - 1))]!++;
    counts[2 * buckets + (key >>> 22)]!++;
  }
  return counts;
}

interface Digit {
  readonly by: Uint32Array;
  /** How many keys have each value of the digit; turned into where the next of them goes. */
  readonly start: Uint32Array;
  readonly shift: number;
}

/** One stable pass over a digit. */
function scatter({ by, start, shift }: Digit, from: Keyed, to: Keyed): void {
  let total = 0;
  for (let i = 0; i < buckets; i++) {
    const count = start[i]!;
    start[i] = total;
    total += count;
  }
  for (let i = 0; i < by.length; i++) {
    const place = start[(by[i]! >>> shift) & (buckets - 1)]!++;
    to.lows[place] = from.lows[i]!;
    to.highs[place] = from.highs[i]!;
    to.positions[place] = from.positions[i]!;
  }
}
