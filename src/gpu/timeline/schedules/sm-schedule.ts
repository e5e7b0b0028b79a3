/**
 * A schedule as data: pieces of tiles in the order in which SMs take them. Policies are functions that make one (a file each in this folder);
 * the engine (`../run-timeline.ts`) knows no policy.
 */
import type { SmMachine, TileWork } from '../sm-timeline.js';

/** Which tiles an SM takes, in which order, and what it waits for. */
export interface SmSchedule {
  readonly name: string;
  /** Tile of each piece, and the share of the tile's products and bytes that the piece holds. Shares of a tile sum to 1. */
  readonly tile: Int32Array;
  readonly share: Float64Array;
  /** Queue `q` holds the pieces offsets[q] to offsets[q + 1]: one queue that all SMs take from, or one per SM, or one per slot (SM after SM). */
  readonly offsets: Int32Array;
  /** Round of each piece, not falling along a queue: a piece starts when all pieces of earlier rounds are done. Absent: no barriers. */
  readonly round?: Int32Array;
  /** A thread block that stays for all its pieces loads the first operands of the next one under the last products of the one before. */
  readonly fill: 'each-piece' | 'first-piece';
  /** Seconds after its last piece that the parts of a cut tile take to be added up, on the SM that finishes last. */
  readonly reduce_s: number;
}

/** Makes a schedule of tiles for a machine. */
export type SchedulePolicy = (tiles: readonly TileWork[], machine: SmMachine) => SmSchedule;

/** Queues per SM as lists of tiles, each tile whole. */
export function wholeTiles(name: string, queues: readonly (readonly number[])[]): SmSchedule {
  const offsets = new Int32Array(queues.length + 1);
  queues.forEach((queue, sm) => (offsets[sm + 1] = offsets[sm]! + queue.length));
  const tile = Int32Array.from(queues.flat());
  return { name, tile, share: new Float64Array(tile.length).fill(1), offsets, fill: 'each-piece', reduce_s: 0 };
}
