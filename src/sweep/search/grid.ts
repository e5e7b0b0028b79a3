/** Grid: every point of the space in the order of its number; positions are the numbers themselves, so no list is kept and nothing is counted ahead. */
import type { Space } from '../plan/space.js';
import type { PointSequence } from './point-sequence.js';

export function gridSequence(space: Space): PointSequence {
  return {
    length: space.rawSize,
    points: (from, to) => Float64Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i),
  };
}
