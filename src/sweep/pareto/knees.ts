/**
 * Knees: points of a front where giving up a little in one objective buys most in the others. Measure: the distance of a point towards the ideal from the
 * line (plane, hyperplane) through the ends of the front, each objective scaled to [0, 1] over the front: Das, "On characterizing the knee of the Pareto
 * curve based on normal-boundary intersection", Structural Optimization 18, 1999; on why knees are wanted: Branke, Deb, Dierolf and Osswald, "Finding knees
 * in multi-objective optimization", PPSN 2004. The end of an objective is the point that is best in it, of equals the first. Where the ends span no
 * hyperplane (one point is best in two objectives) the plane through the worst values, sum x = 1 after scaling, takes its place.
 * Left out: local knees by the angle between neighbours, which three and more objectives do not have.
 */
import type { FlatPoints } from './flat-points.js';

/** At most this many are named, and none within `apart` (in scaled objectives) of a better one: it would be the same knee again. */
const most = 5;
const apart = 0.1;

/** Indexes of the knees of a front, best first; none where no point lies on the side of the ideal. Values are finite, all minimised. */
export function knees(front: FlatPoints): number[] {
  const scaled = scaleToUnit(front);
  if (scaled === null) return [];
  const distance = distancesFromEnds(scaled);
  const { flat, objectives } = scaled;
  const candidates = Array.from(distance.keys())
    .filter((i) => distance[i]! > 1e-9)
    .sort((i, j) => distance[j]! - distance[i]! || i - j);
  const found: number[] = [];
  for (const i of candidates) {
    if (found.length === most) break;
    const near = (j: number): boolean => {
      let square = 0;
      for (let o = 0; o < objectives; o++) square += (flat[i * objectives + o]! - flat[j * objectives + o]!) ** 2;
      return square < apart * apart;
    };
    if (!found.some(near)) found.push(i);
  }
  return found;
}

/** Objectives that vary over the front, each from 0 to 1; null where fewer than two do. */
function scaleToUnit({ flat, objectives }: FlatPoints): FlatPoints | null {
  const ranges = Array.from({ length: objectives }, (_, o) => {
    let [least, largest] = [Infinity, -Infinity];
    for (let k = o; k < flat.length; k += objectives) {
      least = Math.min(least, flat[k]!);
      largest = Math.max(largest, flat[k]!);
    }
    return { o, least, range: largest - least };
  }).filter(({ range }) => range > 0);
  if (ranges.length < 2) return null;
  const scaled = new Float64Array((flat.length / objectives) * ranges.length);
  for (let k = 0; k < scaled.length; k++) {
    const { o, least, range } = ranges[k % ranges.length]!;
    scaled[k] = (flat[Math.floor(k / ranges.length) * objectives + o]! - least) / range;
  }
  return { flat: scaled, objectives: ranges.length };
}

/** Distance of each point from the hyperplane through the ends, positive towards the ideal. */
function distancesFromEnds({ flat, objectives }: FlatPoints): Float64Array {
  const count = flat.length / objectives;
  const ends = Array.from({ length: objectives }, (_, o) => {
    let best = 0;
    for (let i = 1; i < count; i++) if (flat[i * objectives + o]! < flat[best * objectives + o]!) best = i;
    return Array.from(flat.subarray(best * objectives, (best + 1) * objectives));
  });
  const normal = planeThrough(ends) ?? new Array<number>(objectives).fill(1);
  const length = Math.sqrt(normal.reduce((sum, x) => sum + x * x, 0));
  const distance = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let at = 0;
    for (let o = 0; o < objectives; o++) at += normal[o]! * flat[i * objectives + o]!;
    distance[i] = (1 - at) / length;
  }
  return distance;
}

/**
 * w with w x = 1 at every given point (Gauss elimination with pivots); null where there is none, or one whose normal does not point away from the ideal.
 */
function planeThrough(points: readonly (readonly number[])[]): number[] | null {
  const size = points.length;
  const rows = points.map((point) => [...point, 1]);
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let r = column + 1; r < size; r++) if (Math.abs(rows[r]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = r;
    if (Math.abs(rows[pivot]![column]!) < 1e-9) return null;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const lead = rows[column]!;
    for (const [r, row] of rows.entries()) {
      if (r === column) continue;
      const factor = row[column]! / lead[column]!;
      for (let c = column; c <= size; c++) row[c]! -= factor * lead[c]!;
    }
  }
  const normal = rows.map((row, i) => row[size]! / row[i]!);
  return normal.every((x) => x > 0) ? normal : null;
}
