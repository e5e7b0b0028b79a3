/**
 * Closed form of the timeline for equal tiles, dealt in waves: the arithmetic in which the two engines have to agree.
 *   N = W S b + R tiles on S SMs of b slots:  T = W wave(S b) + wave(R)
 *   wave(r) = fill + longest + overlapLoss (compute + l2 + dram - the longest of the three) + drain
 *   compute = q c, port = q l / port rate with q = ceil(r / S) tiles on the busiest SM; what all share: r times the need of a tile
 *   longest = max(compute, port, L2, DRAM, board)
 */
import type { SmMachine, TileWork } from './sm-timeline.js';

const over = (bytes: number, rate: number): number => (bytes === 0 ? 0 : bytes / rate);

/** Seconds of a wave of `running` equal tiles. */
function wave_s(tile: TileWork, running: number, machine: SmMachine): number {
  const perSm = Math.ceil(running / machine.sms);
  const compute = perSm * tile.compute_s;
  const l2 = Math.max(perSm * over(tile.l2_bytes, machine.portL2_Bps), running * over(tile.l2_bytes, machine.l2_Bps));
  const dram = running * over(tile.dram_bytes, machine.dram_Bps);
  const longest = Math.max(compute, l2, dram);
  const floor = running * (tile.board_s ?? 0);
  return tile.fill_s + Math.max(longest, floor) + machine.overlapLoss * (compute + l2 + dram - longest) + tile.drain_s;
}

/** Seconds of `count` equal tiles in waves over the SMs. */
export function homogeneousMakespan_s(tile: TileWork, count: number, machine: SmMachine): number {
  const perWave = machine.sms * machine.slotsPerSm;
  const waves = Math.floor(count / perWave);
  const rest = count - waves * perWave;
  return (waves > 0 ? waves * wave_s(tile, perWave, machine) : 0) + (rest > 0 ? wave_s(tile, rest, machine) : 0);
}
