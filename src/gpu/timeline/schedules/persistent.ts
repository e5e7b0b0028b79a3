/**
 * Persistent thread blocks: one per slot, taking tiles from a counter that all share; a block pays its first loads once, since the loads of its next
 * tile run under the products of the one before. Source: CUTLASS's persistent tile schedulers (efficient_gemm documentation, Hopper persistent kernels).
 */
import type { SmMachine, TileWork } from '../sm-timeline.js';
import { wholeTiles, type SmSchedule } from './sm-schedule.js';

/** One queue that all SMs take from. */
const sharedQueue = (name: string, tiles: readonly TileWork[]): SmSchedule => wholeTiles(name, [tiles.map((_, i) => i)]);

export const persistent = (tiles: readonly TileWork[], _machine: SmMachine): SmSchedule => ({
  ...sharedQueue('persistent', tiles),
  fill: 'first-piece',
});

/** Thread blocks that end with their tile: the block scheduler starts the next one wherever a slot falls free. */
export const waves = (tiles: readonly TileWork[], _machine: SmMachine): SmSchedule => sharedQueue('waves', tiles);
