/**
 * Rows of a tile beyond those of the GEMM, where a kernel loads them too: every thread block asks for the same few lines, which come from one place of L2.
 *   seconds = (ceil(m / tile m) tile m - m) ceil(n / tile n) k bytes per activation / (clock padding_bytesPerClock)      shared by all SMs, beside their main part
 * Read off measured tables (docs/gpu/low-bit-gemm.md): NVFP4 on RTX PRO 6000 takes 5 us + 21 ns per tile of 128 x 128 x 256 at one row, whatever the number of
 * SMs at work, and falls with every further row to what 128 rows take; QuTLASS on RTX 5090 does the same. FP4 on B200, FP8 and 16 bits show nothing of it.
 * The cause is a guess (loads out of bounds that end at one address); the law is measured.
 * Left out: waiting lines of the L2 slices that hold the rows that do exist.
 */
import type { Problem } from './gemm-problem.js';
import type { KernelTile } from '../kernels/gpu-kernel.js';

/** Least seconds of the main part; 0 for kernels that leave such rows out. */
export function padding_s(padding_sPerByte: number, { m, n, k, activation_bits }: Readonly<Problem>, tile: KernelTile): number {
  if (padding_sPerByte === 0) return 0;
  return (((Math.ceil(m / tile.m) * tile.m - m) * Math.ceil(n / tile.n) * k * activation_bits) / 8) * padding_sPerByte;
}
