/**
 * Seconds of one candidate: a tile and a split along k, laid over the SMs in waves of SMs x blocksPerSm thread blocks.
 *   step  = soft(products + exposed conversion, L2 bytes of the step over an SM's share of L2)
 *   wave  = soft(steps * max(stepLatency, c * step), DRAM bytes of the wave), c blocks resident on the busiest SM
 *   main  = max(full waves * wave + last wave (last-wave.ts), rows of tiles beyond m (padding-rows.ts))
 *   time  = launch + waves * (fill + epilogue of the outputs that an SM holds) + max(main, power floor) + meeting of the split
 * Sources: LLMCompass (ISCA 2024) for waves and double buffering, LiquidGEMM for the pipeline of a step, docs/gpu/gemm.md for the rest.
 * Left out: waves that drift apart; skew between SMs; which kernel a library's heuristics take when it is not the fastest.
 */
import { charge, chargedTotal } from './charge.js';
import { dramSeconds } from './dram-time.js';
import type { GemmMachine } from './gemm-machine.js';
import type { Problem } from './gemm-problem.js';
import { lastWave_s } from './last-wave.js';
import { soft } from './overlap.js';
import { padding_s } from './padding-rows.js';
import type { TileCost } from './tile-table.js';

/** A candidate. `step_s` is that of its tile; one at or above `limit_s` need not be charged. */
export interface Choice {
  tile: number;
  split: number;
  step_s: number;
  limit_s: number;
}

const { ceil, floor, max, min, sqrt } = Math;

/** One step along k of a block that has the SM for itself: products and conversion beside loads from L2. */
export function stepSeconds(
  machine: GemmMachine,
  { tile, tensor_s, exposed_s }: TileCost,
  activation_bits: number,
  weight_bits: number,
): number {
  const bytes = (tile.k * (tile.m * activation_bits + tile.n * weight_bits)) / 8;
  return soft(tensor_s + exposed_s, bytes * machine.l2_sPerByte * machine.sms, machine.overlapLoss);
}

/**
 * DRAM bytes read. Both operands once; what a wave of tiles reads again when the operands exceed L2, as far as it has fallen out.
 * A wave covers a piece of the output as square as its tiles allow (swizzled order).
 */
function dramRead(machine: GemmMachine, problem: Problem, tile: TileCost['tile'], waveTiles: number): number {
  const once = problem.activationMiss_bytes + problem.weightMiss_bytes;
  const operands = problem.activation_bytes + problem.weight_bytes;
  if (operands <= machine.l2Kept_bytes) return once;
  const rows = ceil(problem.m / tile.m);
  const columns = ceil(problem.n / tile.n);
  const tiles = rows * columns;
  if (tiles <= waveTiles) return once;
  const square = sqrt((waveTiles * tile.n) / tile.m);
  const waveRows = min(rows, square > 1 ? square : 1);
  const waveColumns = min(columns, waveTiles / waveRows);
  const again =
    tiles * ((problem.activation_bytes * tile.m) / (problem.m * waveColumns) + (problem.weight_bytes * tile.n) / (problem.n * waveRows));
  return again <= operands ? once : once + (again - operands) * (1 - machine.l2Kept_bytes / operands);
}

/** Least time at the power that the board sustains. */
function sustained_s({ power }: GemmMachine, { m, n, k, dramWrite_bytes }: Problem, read_bytes: number, onChip_s: number): number {
  return m * n * k * power.s_perMac + (read_bytes + dramWrite_bytes) * power.s_perDramByte + onChip_s;
}

/** Epilogue of the outputs that an SM writes, and the meeting of a split. */
function drain_s(machine: GemmMachine, { m, n }: Problem, split: number, outputs: number): number {
  const epilogue = outputs * machine.epilogue_sPerOutput;
  if (split === 1) return epilogue;
  return epilogue + (machine.splitSerial ? split : 1) * machine.splitFixed_s + split * m * n * machine.splitOutput_s;
}

/** Charges a candidate; returns its seconds, or Infinity once it is sure to take `limit_s` or more. */
export function chargeCandidate(machine: GemmMachine, problem: Problem, choice: Choice, out: Float64Array): number {
  const cost = machine.tiles[choice.tile]!;
  const { tile, blocksPerSm } = cost;
  const { split, step_s } = choice;
  const { m, n, k } = problem;
  const loss = machine.overlapLoss;
  const tiles = ceil(m / tile.m) * ceil(n / tile.n);
  const blocks = tiles * split;
  const slots = machine.sms * blocksPerSm;
  const steps = ceil(ceil(k / tile.k) / split);
  const fullWaves = floor(blocks / slots);
  const rest = blocks - fullWaves * slots;
  const waves = rest > 0 ? fullWaves + 1 : fullWaves;
  const lastPerSm = ceil(rest / machine.sms);
  const perSm = fullWaves * blocksPerSm + lastPerSm;
  const drain = drain_s(machine, problem, split, waves * min(perSm, blocksPerSm) * tile.m * tile.n);
  const overhead = machine.launch_s + waves * machine.fill_s + drain + problem.passes_s;
  const products = steps * perSm * step_s;
  if (overhead + (products > problem.dram_s ? products : problem.dram_s) >= choice.limit_s) return Infinity;

  const read = dramRead(machine, problem, tile, slots / split);
  const again = read > problem.activationMiss_bytes + problem.weightMiss_bytes;
  const dram = again ? dramSeconds(machine.dram, read + problem.dramWrite_bytes) : problem.dram_s;
  const latency = tile.k * machine.latencyPerK_s;
  const fullRound = blocksPerSm * step_s;
  const lastRound = lastPerSm * step_s;
  const fullWait = fullWaves > 0 && latency > fullRound ? fullWaves * steps * (latency - fullRound) : 0;
  const lastWait = rest > 0 && latency > lastRound ? steps * (latency - lastRound) : 0;
  const waves_s =
    soft(fullWaves * steps * fullRound + fullWait, (dram * fullWaves * slots) / blocks, loss) +
    lastWave_s(machine, rest, { local_s: steps * step_s, latency_s: steps * latency, dram_s: dram / blocks });
  const padding = padding_s(machine.padding_sPerByte, problem, tile);
  const main = max(padding, waves_s);
  const l2Read = tiles * ((problem.activation_bytes / m) * tile.m + (problem.weight_bytes / n) * tile.n);
  const conversion_ops = blocks * steps * cost.conversion_ops;
  const onChip_s = l2Read * machine.power.s_perL2Byte + conversion_ops * machine.power.s_perConversionOp;
  const sustained = sustained_s(machine, problem, read, onChip_s);

  const average = (blocks / machine.sms) * steps;
  const busy = perSm * steps * (cost.tensor_s + cost.exposed_s);
  out[charge.compute] = average * cost.tensor_s + (sustained > main ? sustained - main : 0);
  out[charge.dequant] = average * cost.exposed_s;
  const stall = main - busy - fullWait - lastWait;
  // Rounding may leave it a hair below 0 where nothing stalls.
  out[charge.dramStall] = (stall > 0 ? stall : 0) + problem.passes_s;
  out[charge.fill] = waves * machine.fill_s + fullWait + lastWait;
  out[charge.drain] = drain;
  out[charge.laneStall] = busy - average * (cost.tensor_s + cost.exposed_s);
  out[charge.sync] = 0;
  out[charge.launch] = machine.launch_s;
  out[charge.dram] = dram;
  out[charge.l2] = max(products, padding);
  out[charge.padding] = padding;
  out[charge.products] = busy;
  out[charge.conversion] = conversion_ops;
  out[charge.dramRead_bytes] = read + problem.passesDram_bytes;
  out[charge.l2Read_bytes] = l2Read;
  out[charge.sustained] = sustained;
  return chargedTotal(out);
}
