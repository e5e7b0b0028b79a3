/** Tiles that cost the same are of one kind: a GEMM has a handful, whatever the number of its tiles. Columns by kind, for the engine. */
import type { SmMachine, TileWork } from './sm-timeline.js';

export interface TileKinds {
  readonly count: number;
  /** Kind of each tile. */
  readonly of: Int32Array;
  readonly compute_s: Float64Array;
  readonly fill_s: Float64Array;
  readonly drain_s: Float64Array;
  /** Seconds that the port of one SM needs. */
  readonly port_s: Float64Array;
  /** Seconds that all of L2, all of DRAM, the whole board would need for one tile: what tiles of all SMs share. */
  readonly shared_s: readonly [l2: Float64Array, dram: Float64Array, board: Float64Array];
  /** Whether any kind needs it. */
  readonly isShared: Uint8Array;
}

/** A tile of no bytes asks nothing of a rate, be it infinite. */
const over = (bytes: number, rate: number): number => (bytes === 0 ? 0 : bytes / rate);

function same(a: TileWork, b: TileWork): boolean {
  return (
    a.compute_s === b.compute_s &&
    a.fill_s === b.fill_s &&
    a.drain_s === b.drain_s &&
    a.l2_bytes === b.l2_bytes &&
    a.dram_bytes === b.dram_bytes &&
    a.board_s === b.board_s
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
  const shared_s = [
    column((tile) => over(tile.l2_bytes, machine.l2_Bps)),
    column((tile) => over(tile.dram_bytes, machine.dram_Bps)),
    column((tile) => tile.board_s ?? 0),
  ] as const;
  return {
    count: kinds.length,
    of,
    compute_s: column((tile) => tile.compute_s),
    fill_s: column((tile) => tile.fill_s),
    drain_s: column((tile) => tile.drain_s),
    port_s: column((tile) => over(tile.l2_bytes, machine.portL2_Bps)),
    shared_s,
    isShared: Uint8Array.from(shared_s, (needed) => Number(needed.some((seconds) => seconds > 0))),
  };
}
