/**
 * Closed form of a GEMM on a GPU: the cheapest of the tiles and splits of a kernel, each with waves over the SMs, tensor cores, conversion,
 * L2 and DRAM; or the matrix-vector path. Microseconds per shape. Formulas, sources and measured errors: docs/gpu/gemm.md.
 * Which of them is taken: tactic.ts.
 */
import type { GpuDevice, GpuProfile } from '../device/gpu-device.js';
import type { GpuKernel } from '../kernels/gpu-kernel.js';
import { charge, chargedTotal } from './charge.js';
import type { GemmCost, GemmModel, GemmShape } from './gemm-cost.js';
import { gemmMachine, type GemmMachine } from './gemm-machine.js';
import { matrixVector } from './matrix-vector.js';
import { searcher, type Searcher } from './tactic.js';

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
  const tiled = best.tile === matrixVector ? undefined : machine.tiles[best.tile]!;
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
