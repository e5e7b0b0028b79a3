/**
 * COMET, second step: tile remapping, so that every SM gets a mix of precisions (ASPLOS 2025, SM scheduling (2)).
 * Rule: tiles are dealt wave by wave; within a wave the longest tile goes to the SM with the least work so far, ties to the SM nearest to where
 * the static mapping would put it (the lower one of two). For the paper's 18 tiles on 4 SMs this gives the paper's table,
 * 0 5 8 13 16 / 1 4 9 12 17 / 2 7 10 15 / 3 6 11 14. The paper gives the table, not the rule; the rule is ours.
 */
import type { SmMachine, TileWork } from '../sm-timeline.js';
import { mainAlone_s, wholeTiles, type SmSchedule } from './sm-schedule.js';

/** Tile costs apart by less than this share of the tile count in rounding are the same cost. */
const tie = 1e-9;

/** Index of the free SM with the least load, nearest to `home`. */
function leastLoaded(load_s: Float64Array, taken: Uint8Array, home: number): number {
  let best = -1;
  for (let sm = 0; sm < load_s.length; sm++) {
    if (taken[sm] === 1) continue;
    if (best < 0) best = sm;
    const gap = load_s[sm]! - load_s[best]!;
    const margin = tie * load_s[best]!;
    const nearer = Math.abs(sm - home) < Math.abs(best - home);
    if (gap < -margin || (gap <= margin && nearer)) best = sm;
  }
  return best;
}

/** Queues of tiles per SM, dealt so that work is even; `cost_s` per tile. */
export function dealEvenly(cost_s: Float64Array, sms: number): number[][] {
  const queues = Array.from({ length: sms }, (): number[] => []);
  const load_s = new Float64Array(sms);
  for (let first = 0; first < cost_s.length; first += sms) {
    const wave = Array.from({ length: Math.min(sms, cost_s.length - first) }, (_, i) => first + i);
    wave.sort((a, b) => cost_s[b]! - cost_s[a]! || a - b);
    const taken = new Uint8Array(sms);
    for (const tile of wave) {
      const sm = leastLoaded(load_s, taken, tile - first);
      taken[sm] = 1;
      load_s[sm] = load_s[sm]! + cost_s[tile]!;
      queues[sm]!.push(tile);
    }
  }
  return queues;
}

/** Seconds that each tile keeps an SM. */
export const tileCosts_s = (tiles: readonly TileWork[], machine: SmMachine): Float64Array =>
  Float64Array.from(tiles, (tile) => tile.fill_s + mainAlone_s(tile, machine) + tile.drain_s);

export const remapped = (tiles: readonly TileWork[], machine: SmMachine): SmSchedule =>
  wholeTiles('remapped', dealEvenly(tileCosts_s(tiles, machine), machine.sms));
