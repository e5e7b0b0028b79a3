/**
 * Epsilon fronts: few points such that each point of a front has one of them within a factor 1 + epsilon in every objective. Laumanns, Thiele, Deb and
 * Zitzler, "Combining convergence and diversity in evolutionary multiobjective optimization", Evolutionary Computation 10(3), 2002 (multiplicative
 * epsilon dominance). A point q covers p when q <= (1 + epsilon) p in every objective, for values below 0 (maximised ones are turned) when
 * q <= p / (1 + epsilon): the same factor of the size. Two objectives: what a point covers is a run of the sorted front, both ends of which move
 * with the point, so that taking the point which reaches farthest gives the fewest. More: greedy set cover up to `greedyUpTo` points (Chvatal 1979,
 * within a factor 1 + ln n of the fewest); above that each point that no chosen one covers yet is chosen, in the order of the front.
 */
import type { FlatPoints } from './flat-points.js';

const greedyUpTo = 2000;

/** Indexes of the points chosen, ascending. The front is non-dominated, sorted by the first objective, finite, all minimised. */
export function epsilonFront(front: FlatPoints, epsilon: number): number[] {
  if (!(epsilon >= 0)) throw new RangeError(`epsilon is at least 0, got ${epsilon}`);
  const { flat, objectives } = front;
  const count = flat.length / objectives;
  const limits = flat.map((value) => (value >= 0 ? value * (1 + epsilon) : value / (1 + epsilon)));
  const covers = (q: number, p: number): boolean => {
    for (let o = 0; o < objectives; o++) if (flat[q * objectives + o]! > limits[p * objectives + o]!) return false;
    return true;
  };
  if (objectives <= 2) return farthestReaching(count, covers);
  return count <= greedyUpTo ? greedyCover(count, covers) : firstUncovered(front, limits);
}

type Covers = (q: number, p: number) => boolean;

/** The first point not covered is covered best by the last point that still covers it. */
function farthestReaching(count: number, covers: Covers): number[] {
  const chosen: number[] = [];
  for (let p = 0; p < count;) {
    let q = p;
    while (q + 1 < count && covers(q + 1, p)) q++;
    chosen.push(q);
    p = q + 1;
    while (p < count && covers(q, p)) p++;
  }
  return chosen;
}

function greedyCover(count: number, covers: Covers): number[] {
  const open = new Uint8Array(count).fill(1);
  const covered = Array.from({ length: count }, (_, q) => Array.from({ length: count }, (_, p) => p).filter((p) => covers(q, p)));
  const gains = covered.map((points) => points.length);
  const coveredBy: number[][] = Array.from({ length: count }, () => []);
  for (const [q, points] of covered.entries()) for (const p of points) coveredBy[p]!.push(q);
  const chosen: number[] = [];
  for (let left = count; left > 0;) {
    let best = 0;
    for (let q = 1; q < count; q++) if (gains[q]! > gains[best]!) best = q;
    chosen.push(best);
    for (const p of covered[best]!) {
      if (open[p] === 0) continue;
      open[p] = 0;
      left--;
      for (const q of coveredBy[p]!) gains[q]!--;
    }
  }
  return chosen.sort((a, b) => a - b);
}

/** The latest chosen are asked first: they are nearest in the first objective. */
function firstUncovered({ flat, objectives }: FlatPoints, limits: Float64Array): number[] {
  const chosen: number[] = [];
  const rivals = new Float64Array(flat.length);
  const isCovered = (p: number): boolean => {
    for (let start = (chosen.length - 1) * objectives; start >= 0; start -= objectives) {
      let o = 0;
      while (o < objectives && rivals[start + o]! <= limits[p * objectives + o]!) o++;
      if (o === objectives) return true;
    }
    return false;
  };
  for (let p = 0; p < flat.length / objectives; p++) {
    if (isCovered(p)) continue;
    rivals.set(flat.subarray(p * objectives, (p + 1) * objectives), chosen.length * objectives);
    chosen.push(p);
  }
  return chosen;
}
