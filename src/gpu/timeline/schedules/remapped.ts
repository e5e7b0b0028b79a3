/**
 * COMET, second step: tile remapping, so that every SM gets a mix of precisions (ASPLOS 2025, SM scheduling (2)).
 * Rule: tiles are dealt wave by wave; within a wave the longest tile goes to the SM with the least work so far, ties to the SM nearest to where
 * the static mapping would put it (the lower one of two). For the paper's 18 tiles on 4 SMs this gives the paper's table,
 * 0 5 8 13 16 / 1 4 9 12 17 / 2 7 10 15 / 3 6 11 14. The paper gives the table, not the rule; the rule is ours.
 */
import type { SmMachine, TileWork } from '../sm-timeline.js';
import { mainAlone_s } from '../main-time.js';
import { wholeTiles, type SmSchedule } from './sm-schedule.js';

/** Loads that differ by less than this share are equal. */
const tie = 1e-9;

/** Rank of each SM by its work so far; equal work, equal rank. */
function ranks(load_s: Float64Array): Int32Array {
  const order = Array.from(load_s, (_, sm) => sm).sort((a, b) => load_s[a]! - load_s[b]! || a - b);
  const rank = new Int32Array(load_s.length);
  order.forEach((sm, i) => {
    const before = order[i - 1];
    rank[sm] = before === undefined ? 0 : rank[before]! + (load_s[sm]! > load_s[before]! * (1 + tie) ? 1 : 0);
  });
  return rank;
}

/** The free SM (rank not -1) of the lowest rank, the nearest of them to `home`, the lower of two. */
function nearestOfLowest(rank: Int32Array, home: number, lowest: number): number {
  if (rank[home] === lowest) return home;
  for (let distance = 1; distance < rank.length; distance++) {
    if (rank[home - distance] === lowest) return home - distance;
    if (rank[home + distance] === lowest) return home + distance;
  }
  throw new Error('no SM is free');
}

/** Queues of tiles per SM, dealt so that work is even; `cost_s` per tile. */
export function dealEvenly(cost_s: Float64Array, sms: number): number[][] {
  const queues = Array.from({ length: sms }, (): number[] => []);
  const load_s = new Float64Array(sms);
  for (let first = 0; first < cost_s.length; first += sms) {
    const wave = Array.from({ length: Math.min(sms, cost_s.length - first) }, (_, i) => first + i);
    wave.sort((a, b) => cost_s[b]! - cost_s[a]! || a - b);
    const rank = ranks(load_s);
    const free = new Int32Array(sms);
    for (const place of rank) free[place] = free[place]! + 1;
    let lowest = 0;
    for (const tile of wave) {
      while (free[lowest] === 0) lowest++;
      const sm = nearestOfLowest(rank, tile - first, lowest);
      free[lowest] = free[lowest]! - 1;
      rank[sm] = -1;
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
