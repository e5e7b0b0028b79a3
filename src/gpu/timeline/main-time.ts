/**
 * Seconds of the main stage of a tile: cores beside L2 on its SM, both beside DRAM, at least the latency of its k-loop. The closed form's terms
 * (gemm/candidate.ts), shared by the engine, the costs that schedules go by, and the closed form of equal tiles.
 */
import { soft } from '../gemm/overlap.js';
import type { SmMachine, TileWork } from './sm-timeline.js';

/** Seconds for some bytes; none for no bytes, be the rate infinite or 0. */
export const over = (bytes: number, rate: number): number => (bytes === 0 ? 0 : bytes / rate);

/** Two things that overlap as far as the load pipeline lets them. */
export const beside = (a: number, b: number, machine: Pick<SmMachine, 'stages' | 'overlapLoss'>): number =>
  machine.stages === 1 ? a + b : soft(a, b, machine.overlapLoss);

/** Cores and L2 of a tile that has its SM for itself. */
export const localAlone_s = (tile: TileWork, machine: SmMachine): number =>
  beside(tile.compute_s, over(tile.l2_bytes, machine.l2PerSm_Bps), machine);

/** Main stage of a tile of which `perSm` share its SM and `running` share DRAM. @internal */
export function mainShared_s(tile: TileWork, shared: { perSm: number; running: number }, machine: SmMachine): number {
  const sm = Math.max(shared.perSm * localAlone_s(tile, machine), tile.latency_s ?? 0);
  return beside(sm, shared.running * over(tile.dram_bytes, machine.dram_Bps), machine);
}

/** Main stage of a tile that has an SM for itself while nobody else wants bandwidth. */
export const mainAlone_s = (tile: TileWork, machine: SmMachine): number => mainShared_s(tile, { perSm: 1, running: 1 }, machine);
