/** Splits sets of points around a common pivot of one objective into below, at and above it; each part keeps the order of its set. */

import type { FlatPoints } from './flat-points.js';

/** null where all points have the same value. The pivot is the median of up to 32 values of each set. */
export function splitByValue(
  { flat, objectives }: FlatPoints,
  sets: readonly Int32Array[],
  objective: number,
): [Int32Array, Int32Array, Int32Array][] | null {
  const pivot = medianOfSome({ flat, objectives }, sets, objective);
  const parts = sets.map((set) => splitAt({ flat, objectives }, set, { objective, pivot }));
  return parts.every(([lower, , upper]) => lower.length === 0 && upper.length === 0) ? null : parts;
}

/** Median of up to 32 values spread over each set. */
export function medianOfSome({ flat, objectives }: FlatPoints, sets: readonly Int32Array[], objective: number): number {
  const values: number[] = [];
  for (const set of sets) {
    const stride = Math.ceil(set.length / 32);
    for (let i = 0; i < set.length; i += stride) values.push(flat[set[i]! * objectives + objective]!);
  }
  // Subtraction would make NaN of two infinities.
  values.sort((x, y) => (x < y ? -1 : x > y ? 1 : 0));
  return values[values.length >> 1]!;
}

function splitAt(
  { flat, objectives }: FlatPoints,
  set: Int32Array,
  at: { readonly objective: number; readonly pivot: number },
): [Int32Array, Int32Array, Int32Array] {
  const { objective, pivot } = at;
  const lower = new Int32Array(set.length);
  const equal = new Int32Array(set.length);
  const upper = new Int32Array(set.length);
  let [l, e, u] = [0, 0, 0];
  for (const point of set) {
    const value = flat[point * objectives + objective]!;
    if (value < pivot) lower[l++] = point;
    else if (value > pivot) upper[u++] = point;
    else equal[e++] = point;
  }
  return [lower.subarray(0, l), equal.subarray(0, e), upper.subarray(0, u)];
}
