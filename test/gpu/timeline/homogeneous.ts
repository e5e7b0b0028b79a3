/**
 * Closed form of the timeline for equal tiles, dealt in waves: the arithmetic in which the two engines have to agree (gemm/candidate.ts).
 *   N = W S b + R tiles on S SMs of b slots:  T = W wave(S b) + wave(R)
 *   wave(r) = fill + (max(ceil(r / S) (cores beside L2), latency) beside r bytes / DRAM rate) + drain
 */
import { mainShared_s } from '../../../src/gpu/timeline/main-time.js';
import type { SmMachine, TileWork } from '../../../src/gpu/timeline/sm-timeline.js';

/** Seconds of a wave of `running` equal tiles. */
const wave_s = (tile: TileWork, running: number, machine: SmMachine): number =>
  tile.fill_s + mainShared_s(tile, { perSm: Math.ceil(running / machine.sms), running }, machine) + tile.drain_s;

/** Seconds of `count` equal tiles in waves over the SMs. */
export function homogeneousMakespan_s(tile: TileWork, count: number, machine: SmMachine): number {
  const perWave = machine.sms * machine.slotsPerSm;
  const waves = Math.floor(count / perWave);
  const rest = count - waves * perWave;
  return (waves > 0 ? waves * wave_s(tile, perWave, machine) : 0) + (rest > 0 ? wave_s(tile, rest, machine) : 0);
}
