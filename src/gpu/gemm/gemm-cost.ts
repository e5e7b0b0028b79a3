/**
 * What a GEMM costs on a GPU: seconds by cause whose sum is the total, bytes, and the tile, split and waves that were chosen.
 * Both engines return it: the closed form (`closed-form.ts`) and the timeline of SMs (`timeline/`).
 */
import type { KernelTile } from '../kernels/gpu-kernel.js';

/** One GEMM: output[m, n] = activation[m, k] x weight[n, k]. Bits count payload and metadata per element. */
export interface GemmShape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly activation_bits: number;
  readonly weight_bits: number;
  readonly output_bits: number;
  /** Share of the channels along k whose activations have 8 bits in place of 4, for kernels of two precisions; absent: not known. */
  readonly eightBitShare?: number;
}

/** Seconds by cause, on the critical path: their sum is the time. The causes of LayerActivity, in seconds. */
export interface GemmSeconds {
  /** Tensor cores. */
  readonly compute: number;
  /** CUDA cores that convert, where tensor cores wait for them. */
  readonly dequant: number;
  /** Waiting for DRAM or L2 beyond what is hidden. */
  readonly dramStall: number;
  /** First loads of a wave, k-loop latency that nothing hides. */
  readonly fill: number;
  /** Epilogue, split-K reduction. */
  readonly drain: number;
  /** Tail: SMs without a tile while others finish (wave quantization), barriers. */
  readonly laneStall: number;
  readonly sync: number;
  readonly launch: number;
}

/** How the kernel was laid over the SMs. */
export interface GemmPlan {
  readonly tile: KernelTile;
  readonly splitK: number;
  readonly blocks: number;
  readonly blocksPerSm: number;
  readonly waves: number;
}

export interface GemmCost {
  readonly time_s: number;
  readonly seconds: GemmSeconds;
  readonly plan: GemmPlan;
  readonly dramRead_bytes: number;
  readonly dramWrite_bytes: number;
  readonly l2Read_bytes: number;
  readonly sharedMemory_bytes: number;
  readonly conversion_ops: number;
  /** Share of the tiles that ran in the higher one of two precisions; absent: one precision. */
  readonly highShare?: number;
  readonly bound: 'compute' | 'dram' | 'l2' | 'dequant' | 'latency' | 'launch';
}

/** Costs of GEMMs of one kernel on one device. Prepared once; `time_s` allocates nothing and is the path of fits and sweeps. */
export interface GemmModel {
  time_s(shape: GemmShape): number;
  cost(shape: GemmShape): GemmCost;
}
