/**
 * Passes of their own before and after a GEMM (quantization of the activation, Hadamard transform, sparse outliers): memory bound, each with a launch.
 *   bytes   = perActivation m k + perOutput m n + perWeight n k
 *   seconds = bytes / efficiency * max(miss rate / DRAM bandwidth, 1 / L2 bandwidth)
 * What the pass reads and writes is found in L2 as far as its own bytes fit (the GEMM follows at once).
 * Measured (docs/gpu/low-bit-gemm.md): FP8 on L40S takes 2.6 ps per element of the activation while it fits into L2 and 9 ps when it does not.
 * Left out: arithmetic of the pass; a pass fused into the kernel before it.
 */
import type { KernelPass } from '../kernels/gpu-kernel.js';
import { missRate } from './miss-rate.js';

/** A pass in seconds per byte. */
export interface PassCost {
  readonly perActivation_bytes: number;
  readonly perOutput_bytes: number;
  readonly perWeight_bytes: number;
  readonly dram_sPerByte: number;
  readonly l2_sPerByte: number;
}

/** Prepares the passes of a kernel; `scale`: efficiency over what the kernel file says. */
export function passCosts(
  passes: readonly KernelPass[],
  rates: { readonly dram_sPerByte: number; readonly l2_sPerByte: number },
  scale: number,
): PassCost[] {
  return passes.map(({ perActivation_bytes, perOutput_bytes, perWeight_bytes, efficiency }) => ({
    perActivation_bytes,
    perOutput_bytes,
    perWeight_bytes,
    dram_sPerByte: rates.dram_sPerByte / (efficiency * scale),
    l2_sPerByte: rates.l2_sPerByte / (efficiency * scale),
  }));
}

/** Where `passes` puts what it finds. */
export interface PassTotal {
  passes_s: number;
  passesDram_bytes: number;
}

/** Seconds and DRAM bytes of all passes of a GEMM m x n x k into `total`. */
export function chargePasses(
  passes: readonly PassCost[],
  shape: { readonly m: number; readonly n: number; readonly k: number },
  l2_bytes: number,
  total: PassTotal,
): void {
  const { m, n, k } = shape;
  total.passes_s = 0;
  total.passesDram_bytes = 0;
  for (const pass of passes) {
    const bytes = pass.perActivation_bytes * m * k + pass.perOutput_bytes * m * n + pass.perWeight_bytes * n * k;
    const missed = bytes * missRate(bytes, l2_bytes);
    const fromDram = missed * pass.dram_sPerByte;
    const fromL2 = bytes * pass.l2_sPerByte;
    total.passes_s += fromDram > fromL2 ? fromDram : fromL2;
    total.passesDram_bytes += missed;
  }
}
