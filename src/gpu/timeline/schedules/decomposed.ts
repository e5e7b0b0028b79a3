/**
 * COMET, third step: tile decomposition with stealing (ASPLOS 2025, SM scheduling (3)). After remapping, SMs that would run dry take parts of the
 * last tiles of busy SMs: tiles are split along k, the parts added up before the final write.
 *   ideal limit (minimumShare 0): every SM ends at max(mean work, ...) = sum of work / SMs: what lies above is cut off and given to SMs below
 *   minimum piece (minimumShare s): parts are whole multiples of s tiles, taken one by one from the SM that would end last for the SM that would
 *   end first, as long as the later of the two ends earlier than before; each part pays fill and drain again
 * The paper names neither a rule nor a piece; a k-step of the tile is the smallest piece a kernel can take.
 * Stolen parts are known from the costs of tiles, not from a race at run time, so that the schedule is the same on every run.
 */
import type { SmMachine, TileWork } from '../sm-timeline.js';
import { dealEvenly, tileCosts_s } from './remapped.js';
import { mainAlone_s } from '../main-time.js';
import type { SchedulePolicy, SmSchedule } from './sm-schedule.js';

/** What an idle SM may take from another. */
export interface StealingOptions {
  /** Smallest part of a tile that can be stolen, as a share of it; 0: the ideal limit. */
  readonly minimumShare: number;
  /** Adding up the parts of a cut tile. */
  readonly reduce_s: number;
}

interface Piece {
  readonly tile: number;
  share: number;
}

interface Deal {
  readonly queues: Piece[][];
  readonly load_s: Float64Array;
  /** Seconds of a tile that shrink with its share, and that every part pays. */
  readonly main_s: Float64Array;
  readonly fixed_s: Float64Array;
}

/** Cuts off what lies above the mean and gives it to SMs below, in order (McNaughton's wrap-around rule). */
function levelOut({ queues, load_s, main_s }: Deal): void {
  const mean_s = load_s.reduce((sum, load) => sum + load, 0) / load_s.length;
  let taker = 0;
  for (const [giver, queue] of queues.entries()) {
    while (load_s[giver]! > mean_s && queue.length > 0) {
      while (taker < load_s.length && load_s[taker]! >= mean_s) taker++;
      const last = queue.at(-1)!;
      if (taker === load_s.length || main_s[last.tile] === 0) break;
      const cost_s = main_s[last.tile]!;
      const seconds = Math.min(load_s[giver]! - mean_s, mean_s - load_s[taker]!, last.share * cost_s);
      const share = seconds / cost_s;
      queues[taker]!.push({ tile: last.tile, share });
      load_s[giver] = load_s[giver]! - seconds;
      load_s[taker] = load_s[taker]! + seconds;
      last.share -= share;
      if (last.share <= 1e-12) queue.pop();
    }
  }
}

const indexOf = (values: Float64Array, better: (a: number, b: number) => boolean): number =>
  values.reduce((best, value, i) => (better(value, values[best]!) ? i : best), 0);

/** Moves parts from the SM that ends last to the one that ends first while that helps. */
function steal({ queues, load_s, main_s, fixed_s }: Deal, options: StealingOptions): void {
  for (;;) {
    const giver = indexOf(load_s, (a, b) => a > b);
    const taker = indexOf(load_s, (a, b) => a < b);
    const last = queues[giver]!.at(-1);
    if (last === undefined) return;
    const gap_s = load_s[giver]! - load_s[taker]! - fixed_s[last.tile]!;
    const parts = Math.min(
      Math.round(gap_s / 2 / (main_s[last.tile]! * options.minimumShare)),
      Math.round(last.share / options.minimumShare),
    );
    const share = Math.min(parts * options.minimumShare, last.share);
    const whole = share >= last.share - 1e-12;
    const taken_s = share * main_s[last.tile]! + fixed_s[last.tile]!;
    const after_s = Math.max(load_s[giver]! - share * main_s[last.tile]! - (whole ? fixed_s[last.tile]! : 0), load_s[taker]! + taken_s);
    if (!(share > 0) || !(after_s < load_s[giver]! * (1 - 1e-9))) return;
    load_s[giver] = load_s[giver]! - share * main_s[last.tile]! - (whole ? fixed_s[last.tile]! : 0);
    load_s[taker] = load_s[taker]! + taken_s;
    const before = queues[taker]!.at(-1);
    if (before?.tile === last.tile) before.share += share;
    else queues[taker]!.push({ tile: last.tile, share });
    if (whole) queues[giver]!.pop();
    else last.share -= share;
  }
}

function asSchedule(queues: readonly (readonly Piece[])[], reduce_s: number): SmSchedule {
  const pieces = queues.flat();
  const offsets = new Int32Array(queues.length + 1);
  queues.forEach((queue, sm) => (offsets[sm + 1] = offsets[sm]! + queue.length));
  return {
    name: 'decomposed',
    tile: Int32Array.from(pieces, ({ tile }) => tile),
    share: Float64Array.from(pieces, ({ share }) => share),
    offsets,
    fill: 'each-piece',
    reduce_s,
  };
}

/** Tiles remapped, and parts of the last ones stolen by SMs that are idle. */
export const decomposed =
  (options: StealingOptions): SchedulePolicy =>
  (tiles: readonly TileWork[], machine: SmMachine): SmSchedule => {
    const cost_s = tileCosts_s(tiles, machine);
    const queues = dealEvenly(cost_s, machine.sms).map((queue) => queue.map((tile): Piece => ({ tile, share: 1 })));
    const load_s = Float64Array.from(queues, (queue) => queue.reduce((sum, { tile }) => sum + cost_s[tile]!, 0));
    const main_s = Float64Array.from(tiles, (tile) => mainAlone_s(tile, machine));
    const deal: Deal = { queues, load_s, main_s, fixed_s: cost_s.map((cost, i) => cost - main_s[i]!) };
    if (options.minimumShare === 0) levelOut(deal);
    else steal(deal, options);
    return asSchedule(queues, options.reduce_s);
  };
