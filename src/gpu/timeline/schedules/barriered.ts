/**
 * COMET's starting point: static waves with a barrier after each, so that every wave takes as long as its slowest tile
 * (ASPLOS 2025, SM scheduling, naive mapping). With one thread block per SM a wave is one tile per SM.
 */
import type { SmMachine, TileWork } from '../sm-timeline.js';
import type { SmSchedule } from './sm-schedule.js';
import { staticWaves } from './static-waves.js';

export function barriered(tiles: readonly TileWork[], machine: SmMachine): SmSchedule {
  const schedule = staticWaves(tiles, machine);
  const wave = machine.sms * machine.slotsPerSm;
  return { ...schedule, name: 'barriered', round: schedule.tile.map((tile) => Math.floor(tile / wave)) };
}
