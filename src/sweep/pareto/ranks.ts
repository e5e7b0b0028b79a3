/**
 * Non-dominated sorting: rank 0 is the front, rank r the front of what is left once ranks below r are gone (Goldberg 1989; Deb et al. 2002). The rank of a
 * row is one more than the largest rank among the rows that dominate it, so it follows without peeling fronts. Two objectives: one sweep in
 * lexicographic order and a binary search, O(n log n). More: divide and conquer after Jensen, "Reducing the run-time complexity of multiobjective EAs",
 * IEEE TEC 7(5), 2003, in the form that takes equal values: Fortin, Grenier and Parizeau, GECCO 2013; Buzdalov and Shalyto, PPSN 2014;
 * O(n log^(m-1) n) for m objectives.
 */
import { distinctRows } from './distinct.js';
import { rowsUpTo, type FlatPoints } from './flat-points.js';
import { splitByValue } from './split-by-value.js';
import { emptyStairs } from './stairs.js';

/**
 * The rank of each row, 0 for the front; `values` holds a column per objective, all minimised. Without `rows` all of them are sorted. -1 for rows with
 * NaN and for rows that are not asked for. Equal rows have equal ranks.
 */
export function nonDominatedRanks(values: readonly Float64Array[], rows?: Int32Array): Int32Array {
  const all = values[0]?.length ?? 0;
  const distinct = distinctRows(values, rows ?? rowsUpTo(all));
  const ranks = new Int32Array(distinct.length);
  const task = { flat: distinct.flat, objectives: distinct.objectives, ranks };
  const points = rowsUpTo(distinct.length);
  if (task.objectives === 1) ranks.set(points);
  else if (task.objectives === 2) sweepAll(task);
  else rankSet(task, points, task.objectives);
  const result = new Int32Array(all).fill(-1);
  for (const [i, row] of distinct.sorted.entries()) result[row] = ranks[distinct.group[i]!]!;
  return result;
}

/** Distinct points in lexicographic order. */
interface RankTask extends FlatPoints {
  /** A lower bound that grows to the rank. */
  readonly ranks: Int32Array;
}

/** Two objectives: the least second objective of each rank so far rises with the rank; a point is of the first rank that lies above it. */
function sweepAll({ flat, ranks }: RankTask): void {
  const least = new Float64Array(ranks.length);
  let count = 0;
  for (let point = 0; point < ranks.length; point++) {
    const value = flat[2 * point + 1]!;
    let [from, to] = [0, count];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (least[middle]! <= value) from = middle + 1;
      else to = middle;
    }
    least[from] = value;
    ranks[point] = from;
    count = Math.max(count, from + 1);
  }
}

/** Sets up to this many points, and pairs of sets up to this many pairs, are compared one by one. */
const pointsOneByOne = 24;
const pairsOneByOne = 512;

/** Ranks points among themselves by their first objectives, the others being equal; ranks hold what points outside the set imply. */
function rankSet(task: RankTask, points: Int32Array, objectives: number): void {
  if (points.length <= 1) return;
  if (points.length <= pointsOneByOne) {
    for (let i = 1; i < points.length; i++) raise(task, points.subarray(0, i), points[i]!, objectives);
    return;
  }
  if (objectives === 2) {
    sweepSet(task, points);
    return;
  }
  const split = splitByValue(task, [points], objectives - 1);
  if (split === null) {
    rankSet(task, points, objectives - 1);
    return;
  }
  const [lower, equal, upper] = split[0]!;
  rankSet(task, lower, objectives);
  rankAgainst(task, lower, equal, objectives - 1);
  rankSet(task, equal, objectives - 1);
  rankAgainst(task, merge(lower, equal), upper, objectives - 1);
  rankSet(task, upper, objectives);
}

/** Raises points of `below` by the final ranks of `above`, which are nowhere larger in the objectives from `objectives` on. */
function rankAgainst(task: RankTask, above: Int32Array, below: Int32Array, objectives: number): void {
  if (above.length === 0 || below.length === 0) return;
  if (above.length * below.length <= pairsOneByOne) {
    for (const point of below) raise(task, above, point, objectives);
    return;
  }
  if (objectives === 2) {
    sweepAgainst(task, above, below);
    return;
  }
  const split = splitByValue(task, [above, below], objectives - 1);
  if (split === null) {
    rankAgainst(task, above, below, objectives - 1);
    return;
  }
  const [[above1, aboveEqual, above2], [below1, belowEqual, below2]] = [split[0]!, split[1]!];
  const fromLower = merge(above1, aboveEqual);
  rankAgainst(task, above1, below1, objectives);
  rankAgainst(task, fromLower, belowEqual, objectives - 1);
  rankAgainst(task, fromLower, below2, objectives - 1);
  rankAgainst(task, above2, below2, objectives);
}

/** Points are in lexicographic order: an earlier one dominates a later one where it is nowhere larger. */
function raise({ flat, objectives, ranks }: RankTask, rivals: Int32Array, point: number, among: number): void {
  const base = point * objectives;
  let rank = ranks[point]!;
  for (const rival of rivals) {
    if (ranks[rival]! < rank) continue;
    const start = rival * objectives;
    let o = 0;
    while (o < among && flat[start + o]! <= flat[base + o]!) o++;
    if (o === among) rank = ranks[rival]! + 1;
  }
  ranks[point] = rank;
}

function sweepSet({ flat, objectives, ranks }: RankTask, points: Int32Array): void {
  const stairs = emptyStairs();
  for (const point of points) {
    const value = flat[point * objectives + 1]!;
    const rank = Math.max(ranks[point]!, stairs.highestUpTo(value) + 1);
    ranks[point] = rank;
    stairs.add(value, rank);
  }
}

function sweepAgainst({ flat, objectives, ranks }: RankTask, above: Int32Array, below: Int32Array): void {
  const stairs = emptyStairs();
  let passed = 0;
  for (const point of below) {
    const first = flat[point * objectives]!;
    while (passed < above.length && flat[above[passed]! * objectives]! <= first) {
      const rival = above[passed++]!;
      stairs.add(flat[rival * objectives + 1]!, ranks[rival]!);
    }
    ranks[point] = Math.max(ranks[point]!, stairs.highestUpTo(flat[point * objectives + 1]!) + 1);
  }
}

/** Two ascending lists of points as one. */
function merge(a: Int32Array, b: Int32Array): Int32Array {
  if (b.length === 0) return a;
  const merged = new Int32Array(a.length + b.length);
  let [i, j] = [0, 0];
  for (let k = 0; k < merged.length; k++) merged[k] = j === b.length || (i < a.length && a[i]! < b[j]!) ? a[i++]! : b[j++]!;
  return merged;
}
