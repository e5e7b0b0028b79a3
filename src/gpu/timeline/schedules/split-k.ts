/**
 * Split-K: each tile's k-loop in equal parts that run as thread blocks of their own; the part that ends last adds up the partial sums of its tile.
 * Parts of a tile stand one after the other, so that they run at about the same time.
 */
import type { SmMachine, TileWork } from '../sm-timeline.js';
import type { SchedulePolicy, SmSchedule } from './sm-schedule.js';

/** How tiles are split along k. */
export interface SplitKOptions {
  readonly parts: number;
  readonly reduce_s: number;
}

/** Every tile in equal parts along k that meet at the end. */
export const splitK =
  ({ parts, reduce_s }: SplitKOptions): SchedulePolicy =>
  (tiles: readonly TileWork[], _machine: SmMachine): SmSchedule => {
    const pieces = tiles.length * parts;
    return {
      name: 'split-k',
      tile: Int32Array.from({ length: pieces }, (_, i) => Math.floor(i / parts)),
      share: new Float64Array(pieces).fill(1 / parts),
      offsets: Int32Array.of(0, pieces),
      fill: 'each-piece',
      reduce_s,
    };
  };
