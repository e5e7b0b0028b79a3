/**
 * COMET, first step: barrier minimisation. SMs meet only before the final write, so that each runs through its tiles at its own pace
 * (ASPLOS 2025, SM scheduling (1)). The mapping stays that of static waves.
 */
import type { SmMachine, TileWork } from '../sm-timeline.js';
import type { SmSchedule } from './sm-schedule.js';
import { staticWaves } from './static-waves.js';

export const barrierFree = (tiles: readonly TileWork[], machine: SmMachine): SmSchedule => ({
  ...staticWaves(tiles, machine),
  name: 'barrier-free',
});
