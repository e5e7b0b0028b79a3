/**
 * The plan that the closed form chose, as work for the event-driven timeline: equal thread blocks with what each takes on an SM, and the rates of
 * the machine. Laid out in waves it takes the time of the closed form (held by a test), because both charge a wave alike (candidate.ts).
 */
import type { GpuDevice, GpuProfile } from '../device/gpu-device.js';
import type { GpuKernel } from '../kernels/gpu-kernel.js';
import { charge } from './charge.js';
import type { GemmPlan, GemmShape } from './gemm-cost.js';
import { gemmMachine } from './gemm-machine.js';
import { matrixVector } from './matrix-vector.js';
import { searcher } from './tactic.js';

/** What a GEMM model is made of. */
export interface GemmSetup {
  readonly device: GpuDevice;
  readonly kernel: GpuKernel;
  readonly parameters: Readonly<Record<string, number>>;
  readonly profile: GpuProfile;
}

/** Equal thread blocks of a plan, and the machine they run on. */
export interface PlanWork {
  readonly plan: GemmPlan;
  /** One of `plan.blocks` equal thread blocks. */
  readonly block: {
    /** Products and exposed conversion on an SM it has for itself. */
    readonly compute_s: number;
    /** Least time of its k-loop. */
    readonly latency_s: number;
    readonly fill_s: number;
    readonly drain_s: number;
    readonly l2_bytes: number;
    readonly dram_bytes: number;
  };
  readonly machine: {
    readonly sms: number;
    readonly slotsPerSm: number;
    readonly l2PerSm_Bps: number;
    /** That this GEMM reaches (dram-time.ts). */
    readonly dram_Bps: number;
    readonly stages: number;
    readonly overlapLoss: number;
  };
  /** Least time of the main stages together: board power, rows of tiles beyond those of the GEMM. */
  readonly sustained_s: number;
  /** After the last block: meeting of a split. */
  readonly split_s: number;
  /** Passes before and after the kernel. */
  readonly passes_s: number;
  readonly launch_s: number;
}

/** Work of the plan for `shape`; undefined on the matrix-vector path, which has no tiles. */
export function planWork({ device, kernel, parameters, profile }: GemmSetup, shape: GemmShape): PlanWork | undefined {
  const machine = gemmMachine(device, kernel, { ...kernel.parameters, ...parameters }, profile);
  const { search, charged, best, problem } = searcher(machine);
  search(shape);
  if (best.tile === matrixVector) return undefined;
  const out = charged();
  const { tile, blocksPerSm, tensor_s, exposed_s } = machine.tiles[best.tile]!;
  const blocks = Math.ceil(shape.m / tile.m) * Math.ceil(shape.n / tile.n) * best.split;
  const steps = Math.ceil(Math.ceil(shape.k / tile.k) / best.split);
  const slots = machine.sms * blocksPerSm;
  const resident = Math.min(blocksPerSm, Math.ceil(blocks / machine.sms));
  const stepBytes = (tile.k * (tile.m * shape.activation_bits + tile.n * shape.weight_bits)) / 8;
  const waves = Math.ceil(blocks / slots);
  const dram_bytes = out[charge.dramRead_bytes]! - problem.passesDram_bytes + problem.dramWrite_bytes;
  const epilogue_s = resident * tile.m * tile.n * machine.epilogue_sPerOutput;
  return {
    plan: { tile, splitK: best.split, blocks, blocksPerSm, waves },
    block: {
      compute_s: steps * (tensor_s + exposed_s),
      latency_s: steps * tile.k * machine.latencyPerK_s,
      fill_s: machine.fill_s,
      drain_s: epilogue_s,
      l2_bytes: steps * stepBytes,
      dram_bytes: dram_bytes / blocks,
    },
    machine: {
      sms: machine.sms,
      slotsPerSm: blocksPerSm,
      l2PerSm_Bps: 1 / (machine.l2_sPerByte * machine.sms),
      dram_Bps: dram_bytes > 0 ? dram_bytes / out[charge.dram]! : 1 / machine.dram.sPerByte,
      stages: kernel.stages,
      overlapLoss: machine.overlapLoss,
    },
    sustained_s: Math.max(out[charge.sustained]!, out[charge.padding]!),
    split_s: out[charge.drain]! - waves * epilogue_s,
    passes_s: problem.passes_s,
    launch_s: machine.launch_s,
  };
}
