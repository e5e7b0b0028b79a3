/**
 * Which of many points some other point weakly dominates (is nowhere larger, objectives minimised), by divide and conquer: Kung, Luccio and
 * Preparata, "On finding the maxima of a set of vectors", J. ACM 22(4), 1975. To hold a set T of possible dominators against a set B, split
 * both by the median of an objective into lower and upper halves: T1 against B1 and T2 against B2 as before, T1 against B2 without that objective,
 * T2 cannot dominate B1. With two objectives left one sweep decides: sets are kept in the order of the last objective, the least value so far
 * of the other one tells. O(n log^(m-2) n) for m objectives; small sets are compared in pairs.
 */

import type { FlatPoints } from './flat-points.js';
import { medianOfSome } from './split-by-value.js';

/** Products of set sizes up to which pairs are compared one by one. */
const pairsOneByOne = 2048;

export interface DominanceTask extends FlatPoints {
  /** Set to 1 for points of B that a point of T weakly dominates in the objectives from `first` on. */
  readonly dominated: Uint8Array;
}

/** Marks points of `below` that some point of `above` weakly dominates. Both are in ascending order of the last objective. */
export function markDominated(task: DominanceTask, above: Int32Array, below: Int32Array, first: number): void {
  if (above.length === 0 || below.length === 0) return;
  const left = task.objectives - first;
  if (left <= 2) sweep(task, above, below);
  else if (above.length * below.length <= pairsOneByOne) compareInPairs(task, above, below, first);
  else divide(task, above, below, first);
}

/** The last two objectives (or the last one, if there is no other): the least of the last but one among the points of T passed so far decides. */
function sweep({ flat, objectives, dominated }: DominanceTask, above: Int32Array, below: Int32Array): void {
  const last = objectives - 1;
  const other = Math.max(0, objectives - 2);
  let least = Infinity;
  let passed = 0;
  for (const point of below) {
    const limit = flat[point * objectives + last]!;
    while (passed < above.length && flat[above[passed]! * objectives + last]! <= limit) {
      const value = flat[above[passed]! * objectives + other]!;
      if (value < least) least = value;
      passed++;
    }
    if (passed > 0 && least <= flat[point * objectives + other]!) dominated[point] = 1;
  }
}

function compareInPairs({ flat, objectives, dominated }: DominanceTask, above: Int32Array, below: Int32Array, first: number): void {
  for (const point of below) {
    if (dominated[point] === 1) continue;
    const base = point * objectives;
    const limit = flat[base + objectives - 1]!;
    for (const rival of above) {
      const start = rival * objectives;
      if (flat[start + objectives - 1]! > limit) break;
      let o = first;
      while (o < objectives && flat[start + o]! <= flat[base + o]!) o++;
      if (o < objectives) continue;
      dominated[point] = 1;
      break;
    }
  }
}

function divide(task: DominanceTask, above: Int32Array, below: Int32Array, first: number): void {
  const [t, b] = [extent(task, above, first), extent(task, below, first)];
  // Every point of T is at or below every point of B: this objective tells nothing more.
  if (t.most <= b.least) {
    markDominated(task, above, below, first + 1);
    return;
  }
  if (t.least > b.most) return;
  const pivot = medianOfSome(task, [above, below], first);
  // Lower: below the pivot; where nothing is, at or below it. T was found to reach above some point of B, so both halves hold something.
  const atPivot = pivot <= Math.min(t.least, b.least);
  const lower = (point: number): boolean => {
    const value = task.flat[point * task.objectives + first]!;
    return value < pivot || (atPivot && value === pivot);
  };
  const [above1, above2] = partition(above, lower);
  const undecided = below.filter((point) => task.dominated[point] === 0);
  const [below1, below2] = partition(undecided, lower);
  markDominated(task, above1, below1, first);
  markDominated(task, above2, below2, first);
  markDominated(task, above1, below2, first + 1);
}

function extent({ flat, objectives }: DominanceTask, points: Int32Array, objective: number): { least: number; most: number } {
  let [least, most] = [Infinity, -Infinity];
  for (const point of points) {
    const value = flat[point * objectives + objective]!;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { least, most };
}

/** Those for which `lower` holds and the others, both in their order. */
function partition(points: Int32Array, lower: (point: number) => boolean): [Int32Array, Int32Array] {
  const parts = new Int32Array(points.length);
  let [front, back] = [0, points.length];
  for (const point of points) {
    if (lower(point)) parts[front++] = point;
    else parts[--back] = point;
  }
  return [parts.subarray(0, front), parts.subarray(front).reverse()];
}
