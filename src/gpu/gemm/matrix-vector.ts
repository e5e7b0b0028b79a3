/**
 * The matrix-vector path of a few rows: thread blocks of CUDA cores that each walk the whole of k for a few outputs, without tiles.
 *   latency = max(1, blocks / (SMs * 16)) * gemvBlock + k * gemvStep      blocks = n / outputsPerBlock, 16 of 128 threads fit an SM
 *   time    = launch + soft(latency + products on CUDA cores, operands from DRAM)
 * Sources: batched matrix-vector kernels of TensorRT-LLM (blocks of 128 threads, weights streamed once for all rows); the two latencies are
 * read off measured tables (docs/gpu/low-bit-gemm.md): W8A8 on A100 takes 7 us for 256 x 1024 and 15 us for 12288 x 256 (waves of blocks), W4A16 takes
 * 2 us per 1024 of k for every n (one walk).
 * Left out: other shapes of blocks for other rows.
 */
import { charge, chargedTotal } from './charge.js';
import { dramSeconds } from './dram-time.js';
import type { GemmMachine } from './gemm-machine.js';
import type { Problem } from './gemm-problem.js';
import { soft } from './overlap.js';

/** Index of the path among the tiles. */
export const matrixVector = -1;

/** Thread blocks of 128 threads that fit an SM of 2048. */
const BLOCKS_PER_SM = 16;

/** Charges the path; returns its seconds. */
export function chargeMatrixVector(machine: GemmMachine, problem: Problem, out: Float64Array): number {
  const { gemv } = machine;
  const bytes = problem.weightMiss_bytes + problem.activationMiss_bytes + problem.dramWrite_bytes;
  const stream = dramSeconds(gemv.dram, bytes);
  const waves = problem.n / (gemv.outputsPerBlock * machine.sms * BLOCKS_PER_SM);
  const latency = (waves > 1 ? waves : 1) * gemv.block_s + problem.k * gemv.latencyPerK_s;
  const products = problem.m * problem.n * problem.k * gemv.s_perMac;
  const main = soft(latency + products, stream, machine.overlapLoss);
  out.fill(0);
  out[charge.compute] = products;
  out[charge.fill] = latency;
  const stall = main - latency - products;
  out[charge.dramStall] = (stall > 0 ? stall : 0) + problem.passes_s;
  out[charge.launch] = machine.launch_s;
  out[charge.dram] = stream;
  out[charge.products] = products;
  out[charge.dramRead_bytes] = bytes - problem.dramWrite_bytes + problem.passesDram_bytes;
  out[charge.l2Read_bytes] = problem.weight_bytes + problem.activation_bytes;
  return chargedTotal(out);
}
