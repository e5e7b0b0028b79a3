/**
 * Hypervolume: the volume between a front and a reference point that the front dominates (all objectives minimised). Zitzler and Thiele, 1998.
 * Two objectives: a sweep. Three: a sweep along the third objective over a staircase of the other two (Fonseca, Paquete and Lopez-Ibanez, "An improved
 * dimension-sweep algorithm for the hypervolume indicator", CEC 2006). Four and five: WFG (While, Bradstreet and Barone, "A fast way of calculating exact
 * hypervolumes", IEEE TEC 16(1), 2012): the sum over points of what each adds beyond those after it, which is its box less the hypervolume of the
 * others limited to that box. Above `exactPoints` points in four or five objectives WFG takes long (its time grows with the square and the cube of the points): the share of the box between ideal and
 * reference is then counted over 2^17 seeded random points, standard error below 0.0014 of the box.
 */
import { seededRandom } from '../../numeric/random.js';
import { columnsOf, flatten, rowsUpTo } from './flat-points.js';
import { frontInOrder } from './front.js';
import { markDominated } from './kung.js';
import { lexicographicOrder } from './order.js';

/** Largest front whose volume is exact, by number of objectives. */
const exactPoints: Readonly<Record<number, number>> = { 4: 1000, 5: 500 };
const samples = 2 ** 17;
const sampleSeed = 2012;

export interface Hypervolume {
  readonly value: number;
  /** false: estimated from random points. */
  readonly exact: boolean;
}

/**
 * Volume that the points `front[i * objectives + o]` dominate below the reference, for 1 to 5 objectives. Points that are not below the reference in
 * all objectives, or are dominated, add nothing. Infinite or unknown values do not belong here.
 */
export function hypervolume(front: Float64Array, objectives: number, reference: Float64Array): Hypervolume {
  const points = relevant(front, objectives, reference);
  const count = points.length / objectives;
  if (count > (exactPoints[objectives] ?? Infinity)) return { value: estimate(points, reference), exact: false };
  return { value: volume(points, objectives, reference), exact: true };
}

/** Non-dominated points below the reference, in lexicographic order. */
function relevant(front: Float64Array, objectives: number, reference: Float64Array): Float64Array {
  const columns = columnsOf({ flat: front, objectives });
  const inside = rowsUpTo(front.length / objectives).filter((i) => columns.every((column, o) => column[i]! < reference[o]!));
  return flatten(columns, frontInOrder(columns, inside).rows);
}

/** Points are non-dominated, below the reference, in lexicographic order. */
function volume(points: Float64Array, objectives: number, reference: Float64Array): number {
  if (objectives === 1) return points.length === 0 ? 0 : reference[0]! - points[0]!;
  if (objectives === 2) return area(points, reference);
  if (objectives === 3) return sweepVolume(points, reference);
  return sumOfExclusive(points, objectives, reference);
}

function area(points: Float64Array, reference: Float64Array): number {
  let total = 0;
  let ceiling = reference[1]!;
  for (let i = 0; i < points.length; i += 2) {
    total += (reference[0]! - points[i]!) * (ceiling - points[i + 1]!);
    ceiling = points[i + 1]!;
  }
  return total;
}

/** Three objectives: points in the order of the first; the staircase of the other two grows, the volume is its area times the way to the next point. */
function sweepVolume(points: Float64Array, reference: Float64Array): number {
  const count = points.length / 3;
  const [right, top] = [reference[1]!, reference[2]!];
  // Staircase: x rises, y falls, between a step at the far left above everything and one at the far right.
  const x = new Float64Array(count + 2);
  const y = new Float64Array(count + 2);
  [x[0], y[0], x[1], y[1]] = [-Infinity, top, right, -Infinity];
  let steps = 2;
  let [covered, total] = [0, 0];
  for (let i = 0; i < count; i++) {
    const [px, py] = [points[3 * i + 1]!, points[3 * i + 2]!];
    const from = firstNotBelow(x, steps, px);
    if (y[from - 1]! > py && !(x[from] === px && y[from]! <= py)) {
      let to = from;
      let ceiling = y[from - 1]!;
      let left = px;
      // What the point adds: columns from its x to the right, each from its y up to the staircase.
      for (; y[to]! >= py; to++) {
        covered += (x[to]! - left) * (ceiling - py);
        [left, ceiling] = [x[to]!, y[to]!];
      }
      covered += (x[to]! - left) * (ceiling - py);
      x.copyWithin(from + 1, to, steps);
      y.copyWithin(from + 1, to, steps);
      [x[from], y[from]] = [px, py];
      steps += from + 1 - to;
    }
    const next = i + 1 < count ? points[3 * i + 3]! : reference[0]!;
    total += covered * (next - points[3 * i]!);
  }
  return total;
}

/** Index of the first step whose x is at least `value`. */
function firstNotBelow(x: Float64Array, steps: number, value: number): number {
  let [from, to] = [0, steps];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (x[middle]! < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

/**
 * WFG over points in lexicographic order: each adds its box less what the points before it dominate of that box. Limited to the box, those all have its
 * first objective, so that their volume is one in the other objectives times its way to the reference.
 */
function sumOfExclusive(points: Float64Array, objectives: number, reference: Float64Array): number {
  const fewer = objectives - 1;
  const rest = reference.subarray(1);
  let total = 0;
  for (let start = 0; start < points.length; start += objectives) {
    let face = 1;
    for (let o = 1; o < objectives; o++) face *= reference[o]! - points[start + o]!;
    const limited = Array.from({ length: fewer }, () => new Float64Array(start / objectives));
    for (const [o, column] of limited.entries()) {
      const limit = points[start + o + 1]!;
      for (let i = 0; i < column.length; i++) column[i] = Math.max(limit, points[i * objectives + o + 1]!);
    }
    const { rows } = frontInOrder(limited, rowsUpTo(start / objectives));
    total += (face - volume(flatten(limited, rows), fewer, rest)) * (reference[0]! - points[start]!);
  }
  return total;
}

/** Share of random points in the box between the ideal point and the reference that a point dominates, times the box. */
function estimate(points: Float64Array, reference: Float64Array): number {
  const objectives = reference.length;
  const count = points.length / objectives;
  const ideal = columnsOf({ flat: points, objectives }).map((column) => column.reduce((least, value) => Math.min(least, value), Infinity));
  const random = seededRandom(sampleSeed);
  const flat = new Float64Array(points.length + samples * objectives);
  flat.set(points);
  for (let k = points.length; k < flat.length; k++) {
    const o = k % objectives;
    flat[k] = ideal[o]! + random.uniform() * (reference[o]! - ideal[o]!);
  }
  const dominated = new Uint8Array(count + samples);
  const last = columnsOf({ flat, objectives }).slice(-1);
  const byLast = (from: number, to: number): Int32Array => {
    const points = rowsUpTo(to).subarray(from);
    return lexicographicOrder(last, points).map((position) => points[position]!);
  };
  markDominated({ flat, objectives, dominated }, byLast(0, count), byLast(count, count + samples), 0);
  const box = ideal.reduce((product, least, o) => product * (reference[o]! - least), 1);
  return (box * dominated.reduce((sum, flag) => sum + flag, 0)) / samples;
}
