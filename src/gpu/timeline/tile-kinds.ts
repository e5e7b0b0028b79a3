/** Tiles that cost the same are of one kind: a GEMM has a handful, whatever the number of its tiles. Columns by kind, for the engine. */
import { localAlone_s, over } from './main-time.js';
import type { SmMachine, TileWork } from './sm-timeline.js';

export interface TileKinds {
  readonly count: number;
  /** Kind of each tile. */
  readonly of: Int32Array;
  readonly fill_s: Float64Array;
  readonly drain_s: Float64Array;
  /** On an SM of its own: cores and L2 together, and the least time of the main stage. */
  readonly local_s: Float64Array;
  readonly latency_s: Float64Array;
  /** Seconds that all of DRAM would need for one tile. */
  readonly dram_s: Float64Array;
}

function same(a: TileWork, b: TileWork): boolean {
  return (
    a.compute_s === b.compute_s &&
    a.fill_s === b.fill_s &&
    a.drain_s === b.drain_s &&
    a.l2_bytes === b.l2_bytes &&
    a.dram_bytes === b.dram_bytes &&
    a.latency_s === b.latency_s
  );
}

export function tileKinds(tiles: readonly TileWork[], machine: SmMachine): TileKinds {
  const of = new Int32Array(tiles.length);
  const kinds: TileWork[] = [];
  const byCompute = new Map<number, number[]>();
  for (let i = 0; i < tiles.length; i++) {
    const tile = tiles[i]!;
    let alike = byCompute.get(tile.compute_s);
    if (!alike) byCompute.set(tile.compute_s, (alike = []));
    let kind = 0;
    while (kind < alike.length && !same(kinds[alike[kind]!]!, tile)) kind++;
    if (kind === alike.length) alike.push(kinds.push(tile) - 1);
    of[i] = alike[kind]!;
  }
  const column = (value: (tile: TileWork) => number): Float64Array => Float64Array.from(kinds, value);
  return {
    count: kinds.length,
    of,
    fill_s: column((tile) => tile.fill_s),
    drain_s: column((tile) => tile.drain_s),
    local_s: column((tile) => localAlone_s(tile, machine)),
    latency_s: column((tile) => tile.latency_s ?? 0),
    dram_s: column((tile) => over(tile.dram_bytes, machine.dram_Bps)),
  };
}
