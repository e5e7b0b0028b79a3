/**
 * Conversion on CUDA cores inside the main loop: weights to the type of the tensor cores, INT32 partial sums to float.
 * Lane operations of one k-step of one thread block over the lanes of the SM, and operations of special function units over these; what does not hide under tensor cores is exposed. Inside a block the share
 * `overlap` of it hides (the pipeline converts the next step); the rest hides under products of the other blocks of the SM, of which there are c - 1 of c.
 * Sources: LiquidGEMM (cost equation: instructions per weight against loads and products), QServe section 4 (CUDA-core bound), APEX4 (rho).
 * Nsight Compute, metrics guide: instructions that convert between integer and float run on the pipe of special functions (XU); CUDA programming guide,
 * arithmetic instructions: 16 a clock and SM on 8.0, 8.6 and 8.9, as special functions.
 *   exposed = max(tensor, conversion) + (1 - overlap) / c min(tensor, conversion) - tensor
 * With c = 1 this is the sum of LiquidGEMM's equation for overlap 0 and its maximum for overlap 1.
 */
import type { GpuKernel, KernelTile } from '../kernels/gpu-kernel.js';

/** Lane operations of one k-step of one thread block. */
export function conversionOpsPerStep(kernel: GpuKernel, tile: KernelTile): number {
  const { perWeight_ops, perPartialSum_ops, group } = kernel.conversion;
  const weights = perWeight_ops * tile.n * tile.k;
  const sums = perPartialSum_ops > 0 ? perPartialSum_ops * tile.m * tile.n * (tile.k / group) : 0;
  return weights + sums;
}

/** Operations of special function units of one k-step of one thread block. */
export function specialOpsPerStep({ conversion }: GpuKernel, tile: KernelTile): number {
  const { perPartialSum_specialOps = 0, group } = conversion;
  return perPartialSum_specialOps * tile.m * tile.n * (tile.k / group);
}

/** Seconds that conversion of `conversion_s` adds to a k-step whose tensor-core time is `tensor_s`; `shown` of the shorter one does not hide. */
export function exposedConversion_s(conversion_s: number, tensor_s: number, shown: number): number {
  const longer = conversion_s > tensor_s ? conversion_s : tensor_s;
  const shorter = conversion_s > tensor_s ? tensor_s : conversion_s;
  return longer + shown * shorter - tensor_s;
}
