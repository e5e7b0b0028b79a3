/**
 * Pareto fronts: the rows that no other row dominates, which is at most equal in every objective and smaller in one (all minimised).
 * Kung, Luccio and Preparata, "On finding the maxima of a set of vectors", J. ACM 22(4), 1975: sorted lexicographically, a row can only be
 * dominated by an earlier one; two objectives need one sweep, more a divide and conquer (kung.ts). Before that, rows which a few strong rows of a
 * sample dominate are dropped, as in the elimination filter of Godfrey, Shipley and Gryz (LESS, VLDB 2005): of random rows few are left to sort.
 */
import { distinctRows, withoutNaN, type DistinctRows } from './distinct.js';
import { flatten, rowsUpTo } from './flat-points.js';
import { markDominated } from './kung.js';

export interface Front {
  /** Sorted by the first objective, then the others. */
  readonly rows: Int32Array;
  /** For each the number of candidates with the same objectives, itself included. */
  readonly same: Float64Array;
  /** Calls back for every candidate with the objectives of a row of the front, and the index of that one in `rows`. */
  readonly eachMember: (visit: (candidate: number, index: number) => void) => void;
}

/**
 * The non-dominated of the candidates; `values` holds a column per objective, at least one. Of rows with equal objectives the lowest stands for all.
 * Rows with NaN in an objective are never on the front; infinities compare as numbers.
 */
export function paretoFront(values: readonly Float64Array[], candidates: Int32Array): Front {
  return frontInOrder(values, isAscending(candidates) ? candidates : candidates.toSorted());
}

/**
 * The same, but of rows with equal objectives the one that comes first in `candidates` stands for all, and `weights` says by row how many each of them
 * stands for already.
 */
export function frontInOrder(values: readonly Float64Array[], candidates: Int32Array, weights?: Float64Array): Front {
  const strong = candidates.length > 4 * sampleSize ? withoutWeak(values, withoutNaN(values, candidates)) : candidates;
  const distinct = distinctRows(values, strong, weights);
  const kept = distinct.objectives <= 2 ? staircase(distinct) : Int32Array.from(maxima(distinct)).sort();
  return {
    rows: kept.map((i) => distinct.rows[i]!),
    same: Float64Array.from(kept, (i) => distinct.same[i]!),
    eachMember(visit) {
      const indexOf = new Int32Array(distinct.length).fill(-1);
      for (let k = 0; k < kept.length; k++) indexOf[kept[k]!] = k;
      for (let i = 0; i < distinct.sorted.length; i++) {
        const index = indexOf[distinct.group[i]!]!;
        if (index >= 0) visit(distinct.sorted[i]!, index);
      }
    },
  };
}

function isAscending(rows: Int32Array): boolean {
  for (let i = 1; i < rows.length; i++) if (rows[i]! < rows[i - 1]!) return false;
  return true;
}

const sampleSize = 512;
const strongest = 32;

/** Drops rows that one of the strongest rows of a sample dominates. Rows hold no NaN. */
function withoutWeak(values: readonly Float64Array[], candidates: Int32Array): Int32Array {
  const stride = Math.floor(candidates.length / sampleSize);
  if (stride === 0) return candidates;
  const sample = Int32Array.from({ length: sampleSize }, (_, i) => candidates[i * stride]!);
  const rivals = frontInOrder(values, sample).rows;
  const wins = Array.from(rivals, (rival) => sample.reduce((count, row) => count + (dominates(values, rival, row) ? 1 : 0), 0));
  const strong = Array.from(rivals.keys())
    .sort((i, j) => wins[j]! - wins[i]! || i - j)
    .slice(0, strongest)
    .map((i) => rivals[i]!);
  return dropDominated(values, candidates, flatten(values, Int32Array.from(strong)));
}

function dominates(values: readonly Float64Array[], a: number, b: number): boolean {
  let smaller = false;
  for (const column of values) {
    if (column[a]! > column[b]!) return false;
    if (column[a]! < column[b]!) smaller = true;
  }
  return smaller;
}

/** Candidates that none of the rivals (`flat[i * objectives + o]`) dominates. */
function dropDominated(values: readonly Float64Array[], candidates: Int32Array, flat: Float64Array): Int32Array {
  const objectives = values.length;
  const row = new Float64Array(objectives);
  const kept = new Int32Array(candidates.length);
  let count = 0;
  for (const candidate of candidates) {
    for (let o = 0; o < objectives; o++) row[o] = values[o]![candidate]!;
    if (!isDominated(flat, row)) kept[count++] = candidate;
  }
  return kept.subarray(0, count);
}

function isDominated(flat: Float64Array, row: Float64Array): boolean {
  const objectives = row.length;
  for (let start = 0; start < flat.length; start += objectives) {
    let o = 0;
    let smaller = false;
    for (; o < objectives; o++) {
      const [rival, own] = [flat[start + o]!, row[o]!];
      if (rival > own) break;
      if (rival < own) smaller = true;
    }
    if (o === objectives && smaller) return true;
  }
  return false;
}

/** One or two objectives: in lexicographic order a row is on the front when its last objective is less than any before it. */
function staircase({ length, objectives, flat }: DistinctRows): Int32Array {
  if (objectives === 1) return rowsUpTo(Math.min(1, length));
  const kept = new Int32Array(length);
  let count = 0;
  for (let i = 0; i < length; i++) {
    if (count === 0 || flat[2 * i + 1]! < flat[2 * kept[count - 1]! + 1]!) kept[count++] = i;
  }
  return kept.subarray(0, count);
}

/** Three objectives and more: the front of the first half of the rows, and what it leaves of the front of the second half. */
function maxima({ length, objectives, flat }: DistinctRows): Int32Array {
  const task = { flat, objectives, dominated: new Uint8Array(length) };
  const last = (point: number): number => flat[point * objectives + objectives - 1]!;
  const merge = (a: Int32Array, b: Int32Array): Int32Array => {
    const merged = new Int32Array(a.length + b.length);
    let [i, j] = [0, 0];
    for (let k = 0; k < merged.length; k++) {
      merged[k] = j === b.length || (i < a.length && last(a[i]!) <= last(b[j]!)) ? a[i++]! : b[j++]!;
    }
    return merged;
  };
  const between = (from: number, to: number): Int32Array => {
    if (to - from <= 1) return Int32Array.from({ length: to - from }, () => from);
    const middle = (from + to) >> 1;
    const [above, below] = [between(from, middle), between(middle, to)];
    markDominated(task, above, below, 1);
    return merge(
      above,
      below.filter((point) => task.dominated[point] === 0),
    );
  };
  return between(0, length);
}
