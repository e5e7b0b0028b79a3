/**
 * Seconds of one candidate: a tile and a split along k, laid over the SMs in waves.
 *   perSm   = ceil(blocks / SMs)                      the busiest SM
 *   main    = max(products, DRAM, L2) + overlapLoss (the other two)
 *   time    = launch + main + latency of the k-loop + fill per round of resident blocks + meeting of the split
 * Sources: LLMCompass (ISCA 2024) for waves and double buffering; facts of docs/gpu/gemm.md for the rest.
 */
import type { GemmMachine } from './gemm-machine.js';

/** Slots of the charge: the causes of GemmSeconds in order, then what the plan and the bound need. */
export const charge = {
  compute: 0,
  laneStall: 1,
  dequant: 2,
  dramStall: 3,
  fill: 4,
  drain: 5,
  sync: 6,
  launch: 7,
  total: 8,
  dram: 9,
  l2: 10,
  work: 11,
  dramRead_bytes: 12,
  l2Read_bytes: 13,
  slots: 14,
} as const;

/** What does not depend on the tile. */
export interface Problem {
  m: number;
  n: number;
  k: number;
  activation_bytes: number;
  weight_bytes: number;
  output_bytes: number;
  /** Share of the weights that L2 does not hold from their last use. */
  weightMiss: number;
}

const { ceil, max, min, sqrt } = Math;

/** DRAM bytes read: both operands once, and again what falls out of L2 between waves. */
function dramRead(machine: GemmMachine, problem: Problem, waveTiles: number, tile: { readonly m: number; readonly n: number }): number {
  const weights = problem.weight_bytes * problem.weightMiss;
  const operands = problem.activation_bytes + problem.weight_bytes;
  const once = problem.activation_bytes + weights;
  if (operands <= machine.l2_bytes) return once;
  const tiles = ceil(problem.m / tile.m) * ceil(problem.n / tile.n);
  if (tiles <= waveTiles) return once;
  // A wave of tiles as square as its edges allow: rows of tiles x columns of tiles.
  const rows = min(ceil(problem.m / tile.m), max(1, sqrt((waveTiles * tile.n) / tile.m)));
  const columns = min(ceil(problem.n / tile.n), waveTiles / rows);
  const reread = tiles * ((problem.activation_bytes * tile.m) / problem.m / columns + (problem.weight_bytes * tile.n) / problem.n / rows);
  const lost = min(1, 1 - machine.l2_bytes / operands);
  return once + max(0, reread - operands) * lost;
}

/** Charges candidate `tile` with `split` parts along k; returns seconds. */
export function chargeCandidate(
  machine: GemmMachine,
  problem: Problem,
  choice: { tile: number; split: number },
  out: Float64Array,
): number {
  const cost = machine.tiles[choice.tile]!;
  const { tile } = cost;
  const { split } = choice;
  const rows = ceil(problem.m / tile.m);
  const columns = ceil(problem.n / tile.n);
  const steps = ceil(ceil(problem.k / tile.k) / split);
  const blocks = rows * columns * split;
  const perSm = ceil(blocks / machine.sms);
  const rounds = ceil(perSm / cost.blocksPerSm);
  const busy = perSm * steps * (cost.tensor_s + cost.exposed_s);
  const average = (blocks / machine.sms) * steps;
  const read = dramRead(machine, problem, (machine.sms * cost.blocksPerSm) / split, tile);
  const dram = (read + problem.output_bytes) * machine.dram_sPerByte;
  const l2Bytes =
    ((problem.activation_bytes * tile.m) / problem.m) * columns * rows + ((problem.weight_bytes * tile.n) / problem.n) * columns * rows;
  const l2 = l2Bytes * machine.l2_sPerByte * (perSm / (blocks / machine.sms));
  const longest = max(busy, dram, l2, problem.m * problem.n * problem.k * machine.power_sPerMac);
  const main = longest + machine.overlapLoss * (busy + dram + l2 - max(busy, dram, l2));
  out[charge.compute] = average * cost.tensor_s;
  out[charge.dequant] = average * cost.exposed_s;
  out[charge.laneStall] = busy - average * (cost.tensor_s + cost.exposed_s);
  out[charge.dramStall] = main - busy;
  out[charge.fill] = rounds * (machine.fill_s + steps * tile.k * machine.latencyPerK_s);
  out[charge.drain] = split > 1 ? machine.splitFixed_s + split * problem.m * problem.n * machine.splitOutput_s : 0;
  out[charge.sync] = 0;
  out[charge.launch] = machine.launch_s;
  let total = 0;
  for (let i = 0; i < charge.total; i++) total += out[i]!;
  out[charge.total] = total;
  out[charge.dram] = dram;
  out[charge.l2] = l2;
  out[charge.work] = busy;
  out[charge.dramRead_bytes] = read;
  out[charge.l2Read_bytes] = l2Bytes;
  return total;
}
