/**
 * Closed form of a GEMM on a GPU: the cheapest of the tiles and splits of a kernel, each with waves over the SMs, tensor cores, conversion,
 * L2 and DRAM; or the matrix-vector path. Microseconds per shape. Formulas, sources and measured errors: docs/gpu/gemm.md.
 * The minimum over tiles stands for the heuristics of a library.
 */
import type { GpuDevice, GpuProfile } from '../device/gpu-device.js';
import type { GpuKernel } from '../kernels/gpu-kernel.js';
import { charge, chargeCandidate, chargedTotal, stepSeconds, type Choice } from './candidate.js';
import type { GemmCost, GemmModel, GemmShape } from './gemm-cost.js';
import { gemmMachine, type GemmMachine } from './gemm-machine.js';
import { emptyProblem, pose, type Problem } from './gemm-problem.js';

/** Rows up to which there is a matrix-vector path, and its index among the tiles. */
const GEMV_ROWS = 16;
const GEMV = -1;

/** Seconds of the matrix-vector path: weights streamed once, products on CUDA cores. */
function chargeGemv(machine: GemmMachine, problem: Problem, out: Float64Array): number {
  const bytes = problem.weightMiss_bytes + problem.activationMiss_bytes + problem.dramWrite_bytes;
  const stream = bytes * machine.gemvDram_sPerByte;
  const compute = problem.m * problem.n * problem.k * machine.gemv_sPerMac;
  out.fill(0);
  out[charge.compute] = compute;
  out[charge.dramStall] = stream > compute ? stream - compute : 0;
  out[charge.fill] = machine.fill_s;
  out[charge.launch] = machine.launch_s;
  out[charge.dram] = stream;
  out[charge.products] = compute;
  out[charge.dramRead_bytes] = bytes - problem.dramWrite_bytes;
  out[charge.l2Read_bytes] = problem.weight_bytes + problem.activation_bytes;
  return chargedTotal(out);
}

interface Searcher {
  /** Seconds of the cheapest candidate, which `best` then holds. */
  search: (shape: GemmShape) => number;
  /** Charges of `best`. */
  charged: () => Float64Array;
  readonly best: Readonly<Choice>;
  readonly problem: Readonly<Problem>;
}

function searcher(machine: GemmMachine): Searcher {
  const out = new Float64Array(charge.slots);
  const steps = new Float64Array(machine.tiles.length);
  const problem = emptyProblem();
  const choice: Choice = { tile: GEMV, split: 1, step_s: 0, limit_s: Infinity };
  const best: Choice = { tile: GEMV, split: 1, step_s: 0, limit_s: Infinity };
  const keep = (tile: number, split: number): void => {
    best.tile = tile;
    best.split = split;
    best.step_s = tile === GEMV ? 0 : steps[tile]!;
  };
  /** Steps of the tiles depend on the bits of the operands, which seldom change between shapes. */
  const weigh = (shape: GemmShape): void => {
    if (shape.activation_bits === problem.activation_bits && shape.weight_bits === problem.weight_bits) return;
    for (let i = 0; i < steps.length; i++) {
      steps[i] = stepSeconds(machine, machine.tiles[i]!, shape.activation_bits, shape.weight_bits);
    }
  };
  const search = (shape: GemmShape): number => {
    weigh(shape);
    pose(machine, shape, problem);
    let least = shape.m <= GEMV_ROWS ? chargeGemv(machine, problem, out) : Infinity;
    keep(GEMV, 1);
    for (let i = 0; i < steps.length; i++) {
      const { tile, blocksPerSm } = machine.tiles[i]!;
      const tiles = Math.ceil(shape.m / tile.m) * Math.ceil(shape.n / tile.n);
      choice.tile = i;
      choice.step_s = steps[i]!;
      for (const split of machine.splitK) {
        // A part keeps two steps along k; a GPU that has eight waves is filled without a split.
        if (split > 1 && (split * 2 * tile.k > shape.k || tiles * split > 8 * machine.sms * blocksPerSm)) break;
        choice.split = split;
        choice.limit_s = least;
        const time = chargeCandidate(machine, problem, choice, out);
        if (time < least) {
          least = time;
          keep(i, split);
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
  const longest = Math.max(at(charge.products), at(charge.dram), at(charge.l2));
  if (at(charge.launch) > longest && at(charge.launch) >= at(charge.fill)) return 'launch';
  if (at(charge.fill) > longest) return 'latency';
  if (longest === at(charge.dram)) return 'dram';
  if (at(charge.l2) > 1.5 * at(charge.products)) return 'l2';
  return at(charge.dequant) > at(charge.compute) ? 'dequant' : 'compute';
}

function costOf(machine: GemmMachine, { charged, best, problem }: Searcher): GemmCost {
  const out = charged();
  const at = (slot: number): number => out[slot]!;
  const tiled = best.tile === GEMV ? undefined : machine.tiles[best.tile]!;
  const tile = tiled?.tile ?? { m: 1, n: 1, k: problem.k };
  const blocksPerSm = tiled?.blocksPerSm ?? 1;
  const blocks = Math.ceil(problem.m / tile.m) * Math.ceil(problem.n / tile.n) * best.split;
  return {
    time_s: chargedTotal(out),
    seconds: {
      compute: at(charge.compute),
      dequant: at(charge.dequant),
      dramStall: at(charge.dramStall),
      fill: at(charge.fill),
      drain: at(charge.drain),
      laneStall: at(charge.laneStall),
      sync: at(charge.sync),
      launch: at(charge.launch),
    },
    plan: { tile, splitK: best.split, blocks, blocksPerSm, waves: Math.ceil(blocks / (machine.sms * blocksPerSm)) },
    dramRead_bytes: at(charge.dramRead_bytes),
    dramWrite_bytes: problem.dramWrite_bytes,
    l2Read_bytes: at(charge.l2Read_bytes),
    // Written once and read once by the tensor cores.
    sharedMemory_bytes: tiled ? 2 * at(charge.l2Read_bytes) : 0,
    conversion_ops: at(charge.conversion),
    bound: boundOf(out),
  };
}

/** Prepares a kernel on a device; `time_s` of the model allocates nothing. Parameters win over those of the kernel. */
export function gemmModel(
  device: GpuDevice,
  kernel: GpuKernel,
  parameters: Readonly<Record<string, number>>,
  profile: GpuProfile,
): GemmModel {
  const machine = gemmMachine(device, kernel, { ...kernel.parameters, ...parameters }, profile);
  const found = searcher(machine);
  return {
    time_s: found.search,
    cost: (shape: GemmShape): GemmCost => {
      found.search(shape);
      return costOf(machine, found);
    },
  };
}
