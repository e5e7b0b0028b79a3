/**
 * Random sample without repetition: position -> rank by a keyed permutation of the points that exist, rank -> point by the space. Nothing is
 * remembered, so ten million points of 10^12 cost no more memory than ten.
 */
import { seededRandom } from '../../numeric/random.js';
import type { Space } from '../plan/space.js';
import { keyedPermutation } from './keyed-permutation.js';
import type { PointSequence } from './point-sequence.js';

export function randomSequence(space: Space, evaluations: number, seed: number): PointSequence {
  if (space.size === 0) return { length: 0, points: () => new Float64Array(0) };
  const rankAt = keyedPermutation(space.size, seededRandom(seed));
  return {
    length: Math.min(evaluations, space.size),
    points: (from, to) => Float64Array.from({ length: Math.max(0, to - from) }, (_, i) => space.nth(rankAt(from + i))),
  };
}
