/** Runs the parts of a sequence of points: a grid or a sample, known before the first point is simulated. */
import type { PointSequence } from '../search/point-sequence.js';
import type { Course } from './course.js';
import type { Cut } from './part-sizes.js';
import { runParts } from './part-queue.js';
import type { PartTask } from './part-task.js';

export interface CutSequence {
  readonly sequence: PointSequence;
  readonly cut: Cut;
  /** Parts of this run: all, or those of a shard. */
  readonly own: (part: number) => boolean;
}

export function runSequence({ pool, mode, signal, taken }: Course, { sequence, cut, own }: CutSequence): Promise<'all' | 'stopped'> {
  function* tasks(): Generator<PartTask> {
    for (let part = 0; part < cut.count; part++) {
      if (!own(part)) continue;
      const { from, to } = cut.range(part);
      yield { part, points: sequence.points(from, to), rung: 0, mode, tell: false };
    }
  }
  return runParts(tasks(), { pool, signal, deliver: (delivered) => void taken.take(delivered) });
}

/** Positions a run has before it. */
export function ownPositions({ cut, own }: CutSequence): number {
  let positions = 0;
  for (let part = 0; part < cut.count; part++) {
    const { from, to } = cut.range(part);
    if (own(part)) positions += to - from;
  }
  return positions;
}

export function ownParts({ cut, own }: CutSequence): number {
  let parts = 0;
  for (let part = 0; part < cut.count; part++) if (own(part)) parts++;
  return parts;
}
