/**
 * Stream-K (Osama et al., PPoPP 2023): as many thread blocks as slots, each with the same number of k-steps, laid out tile after tile without regard to
 * tile borders. A tile that two or more blocks share is put together once the last of them is done (fix-up: partial sums written, read, added).
 *   steps per block = tiles * stepsPerTile / (SMs * slots per SM), the first blocks one more
 * Left out: the paper's hybrids that run full waves data-parallel first.
 */
import type { SmMachine, TileWork } from '../sm-timeline.js';
import type { SchedulePolicy, SmSchedule } from './sm-schedule.js';

/** How the work of all tiles is cut into equal streams. */
export interface StreamKOptions {
  /** k-steps of a tile: the grain in which work is divided. */
  readonly stepsPerTile: number;
  readonly reduce_s: number;
}

/** Equal shares of all k-steps per SM; tiles that two of them touch are put together at the end. */
export const streamK =
  ({ stepsPerTile, reduce_s }: StreamKOptions): SchedulePolicy =>
  (tiles: readonly TileWork[], { sms, slotsPerSm }: SmMachine): SmSchedule => {
    const steps = tiles.length * stepsPerTile;
    const blocks = Math.min(sms * slotsPerSm, steps);
    const tile: number[] = [];
    const share: number[] = [];
    const offsets = new Int32Array(sms * slotsPerSm + 1);
    for (let queue = 0; queue < sms * slotsPerSm; queue++) {
      // Block b runs on SM b mod sms, so that SMs get equally many.
      const block = Math.floor(queue / slotsPerSm) + sms * (queue % slotsPerSm);
      const end = block < blocks ? Math.ceil(((block + 1) * steps) / blocks) : 0;
      for (let at = Math.ceil((block * steps) / blocks); at < end;) {
        const index = Math.floor(at / stepsPerTile);
        const stop = Math.min(end, (index + 1) * stepsPerTile);
        tile.push(index);
        share.push((stop - at) / stepsPerTile);
        at = stop;
      }
      offsets[queue + 1] = tile.length;
    }
    return { name: 'stream-k', tile: Int32Array.from(tile), share: Float64Array.from(share), offsets, fill: 'first-piece', reduce_s };
  };
