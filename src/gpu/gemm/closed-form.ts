/**
 * Closed form of a GEMM on a GPU: the cheapest of the tiles and splits of a kernel, each with waves over the SMs, tensor cores, conversion,
 * L2 and DRAM; or the matrix-vector path. Microseconds per shape. Formulas, sources and measured errors: docs/gpu/gemm.md.
 * The minimum over tiles stands for the heuristics of a library.
 */
import type { GpuDevice, GpuProfile } from '../device/gpu-device.js';
import type { GpuKernel } from '../kernels/gpu-kernel.js';
import { charge, chargeCandidate, type Problem } from './candidate.js';
import type { GemmCost, GemmModel, GemmShape } from './gemm-cost.js';
import { gemmMachine, type GemmMachine } from './gemm-machine.js';

/** Fills `problem` in place. */
function pose(machine: GemmMachine, shape: GemmShape, problem: Problem): void {
  problem.m = shape.m;
  problem.n = shape.n;
  problem.k = shape.k;
  problem.activation_bytes = (shape.m * shape.k * shape.activation_bits) / 8;
  problem.weight_bytes = (shape.n * shape.k * shape.weight_bits) / 8;
  problem.output_bytes = (shape.m * shape.n * shape.output_bits) / 8;
  const demand = machine.weightCopies * problem.weight_bytes;
  problem.weightMiss = Math.min(1, Math.max(0, demand / machine.l2_bytes - 1));
}

/** Seconds of the matrix-vector path: weights streamed once per row of activations that registers do not hold, products on CUDA cores. */
function chargeGemv(machine: GemmMachine, problem: Problem, out: Float64Array): number {
  const bytes = problem.weight_bytes * problem.weightMiss + problem.activation_bytes + problem.output_bytes;
  const stream = bytes * machine.gemvDram_sPerByte;
  const compute = problem.m * problem.n * problem.k * machine.gemv_sPerMac;
  out.fill(0);
  const stall = Math.max(0, stream - compute);
  const total = compute + stall + machine.fill_s + machine.launch_s;
  out[charge.compute] = compute;
  out[charge.dramStall] = stall;
  out[charge.fill] = machine.fill_s;
  out[charge.launch] = machine.launch_s;
  out[charge.total] = total;
  out[charge.dram] = stream;
  out[charge.work] = compute;
  out[charge.dramRead_bytes] = bytes - problem.output_bytes;
  return total;
}

/** Index of the matrix-vector path among the tiles. */
const GEMV = -1;

interface Searcher {
  /** Seconds of the cheapest candidate; `best` and `problem` hold it. */
  search(shape: GemmShape): number;
  /** Charges of `best`. */
  charged(): Float64Array;
  readonly best: { readonly tile: number; readonly split: number };
  readonly problem: Problem;
}

function searcher(machine: GemmMachine): Searcher {
  const out = new Float64Array(charge.slots);
  const problem: Problem = { m: 0, n: 0, k: 0, activation_bytes: 0, weight_bytes: 0, output_bytes: 0, weightMiss: 1 };
  const choice = { tile: GEMV, split: 1 };
  const best = { tile: GEMV, split: 1 };
  const search = (shape: GemmShape): number => {
    pose(machine, shape, problem);
    let least = shape.m <= 16 ? chargeGemv(machine, problem, out) : Infinity;
    best.tile = GEMV;
    best.split = 1;
    for (let i = 0; i < machine.tiles.length; i++) {
      const { tile, blocksPerSm } = machine.tiles[i]!;
      const blocks = Math.ceil(shape.m / tile.m) * Math.ceil(shape.n / tile.n);
      for (const split of machine.splitK) {
        if (split > 1 && (split * 2 * tile.k > shape.k || blocks * split > 2 * machine.sms * blocksPerSm)) break;
        choice.tile = i;
        choice.split = split;
        const time = chargeCandidate(machine, problem, choice, out);
        if (time < least) {
          least = time;
          best.tile = i;
          best.split = split;
        }
      }
    }
    return least;
  };
  const charged = (): Float64Array => {
    if (best.tile === GEMV) chargeGemv(machine, problem, out);
    else chargeCandidate(machine, problem, best, out);
    return out;
  };
  return { search, charged, best, problem };
}

function boundOf(out: Float64Array): GemmCost['bound'] {
  const at = (slot: number): number => out[slot]!;
  const busy = Math.max(at(charge.work), at(charge.dram), at(charge.l2));
  if (at(charge.launch) > busy && at(charge.launch) >= at(charge.fill)) return 'launch';
  if (at(charge.fill) > busy) return 'latency';
  if (busy === at(charge.dram)) return 'dram';
  if (busy === at(charge.l2)) return 'l2';
  return at(charge.dequant) > at(charge.compute) ? 'dequant' : 'compute';
}

/** Prepares a kernel on a device; `time_s` of the model allocates nothing. */
export function gemmModel(
  device: GpuDevice,
  kernel: GpuKernel,
  parameters: Readonly<Record<string, number>>,
  profile: GpuProfile,
): GemmModel {
  const machine = gemmMachine(device, kernel, { ...kernel.parameters, ...parameters }, profile);
  const { search, charged, best, problem } = searcher(machine);
  const cost = (shape: GemmShape): GemmCost => {
    search(shape);
    const out = charged();
    const tiled = best.tile === GEMV ? null : machine.tiles[best.tile]!;
    const tile = tiled ? tiled.tile : { m: 1, n: 1, k: shape.k };
    const blocks = Math.ceil(shape.m / tile.m) * Math.ceil(shape.n / tile.n) * best.split;
    const blocksPerSm = tiled ? tiled.blocksPerSm : 1;
    const steps = Math.ceil(Math.ceil(shape.k / tile.k) / best.split);
    return {
      time_s: out[charge.total]!,
      seconds: {
        compute: out[charge.compute]!,
        dequant: out[charge.dequant]!,
        dramStall: out[charge.dramStall]!,
        fill: out[charge.fill]!,
        drain: out[charge.drain]!,
        laneStall: out[charge.laneStall]!,
        sync: out[charge.sync]!,
        launch: out[charge.launch]!,
      },
      plan: { tile, splitK: best.split, blocks, blocksPerSm, waves: Math.ceil(blocks / (machine.sms * blocksPerSm)) },
      dramRead_bytes: out[charge.dramRead_bytes]!,
      dramWrite_bytes: problem.output_bytes,
      l2Read_bytes: out[charge.l2Read_bytes]!,
      sharedMemory_bytes: out[charge.l2Read_bytes]! * 2,
      conversion_ops: tiled ? tiled.conversion_ops * steps * blocks : 0,
      bound: boundOf(out),
    };
  };
  return { time_s: search, cost };
}
