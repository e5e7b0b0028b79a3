/**
 * What fronts and ranks start from: rows without NaN, sorted lexicographically, rows with equal values in all objectives taken together. In that order
 * a row is never dominated by a later one, and of two distinct rows the earlier dominates the later as soon as it is nowhere larger.
 */
import { flatten, type FlatPoints } from './flat-points.js';
import { lexicographicOrder } from './order.js';

/** Points in lexicographic order, with what they stand for. */
export interface DistinctRows extends FlatPoints {
  readonly length: number;
  /** The row that stands for its equals: the first of them in the list given. */
  readonly rows: Int32Array;
  /** How many rows it stands for, itself included. */
  readonly same: Float64Array;
  /** Rows without NaN in lexicographic order, and the index of the distinct row of each. */
  readonly sorted: Int32Array;
  readonly group: Int32Array;
}

/** `weights`: what each row stands for already, by row; 1 without. */
export function distinctRows(values: readonly Float64Array[], candidates: Int32Array, weights?: Float64Array): DistinctRows {
  const known = withoutNaN(values, candidates);
  const order = lexicographicOrder(values, known);
  const objectives = values.length;
  const sorted = order.map((position) => known[position]!);
  const flat = flatten(values, sorted);
  const group = new Int32Array(sorted.length);
  const rows = new Int32Array(sorted.length);
  const same = new Float64Array(sorted.length);
  let length = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (length === 0 || !equalPoints(flat, objectives, i, length - 1)) {
      rows[length] = sorted[i]!;
      flat.copyWithin(length * objectives, i * objectives, (i + 1) * objectives);
      length++;
    }
    group[i] = length - 1;
    same[length - 1]! += weights?.[sorted[i]!] ?? 1;
  }
  return {
    length,
    objectives,
    flat: flat.subarray(0, length * objectives),
    rows: rows.subarray(0, length),
    same: same.subarray(0, length),
    sorted,
    group,
  };
}

/** The candidates whose values are all numbers. */
export function withoutNaN(values: readonly Float64Array[], candidates: Int32Array): Int32Array {
  const kept = new Int32Array(candidates.length);
  let count = 0;
  for (const row of candidates) {
    let sum = 0;
    // 0 * infinity is NaN as well, so the test is on the values themselves.
    for (const column of values) if (Number.isNaN(column[row])) sum++;
    if (sum === 0) kept[count++] = row;
  }
  return kept.subarray(0, count);
}

function equalPoints(flat: Float64Array, objectives: number, a: number, b: number): boolean {
  for (let o = 0; o < objectives; o++) if (flat[a * objectives + o] !== flat[b * objectives + o]) return false;
  return true;
}
