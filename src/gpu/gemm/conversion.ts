/**
 * Conversion on CUDA cores inside the main loop: weights to the type of the tensor cores, INT32 partial sums to float.
 * Lane operations of one k-step of one thread block over the lanes of the SM; the part that does not hide under tensor cores is exposed.
 * Sources: LiquidGEMM (cost equation: instructions per weight against loads and products), QServe section 4 (CUDA-core bound), APEX4 (rho).
 * exposed = overlap max(tensor, conversion) + (1 - overlap) (tensor + conversion) - tensor.
 */
import type { GpuKernel, KernelTile } from '../kernels/gpu-kernel.js';

/** Lane operations of one k-step of one thread block. */
export function conversionOpsPerStep(kernel: GpuKernel, tile: KernelTile): number {
  const { perWeight_ops, perPartialSum_ops, group } = kernel.conversion;
  const weights = perWeight_ops * tile.n * tile.k;
  const sums = perPartialSum_ops > 0 ? perPartialSum_ops * tile.m * tile.n * (tile.k / group) : 0;
  return weights + sums;
}

/** Seconds that conversion of `conversion_s` adds to a k-step whose tensor-core time is `tensor_s`, `overlap` of it hidden. */
export function exposedConversion_s(conversion_s: number, tensor_s: number, overlap: number): number {
  const longer = conversion_s > tensor_s ? conversion_s : tensor_s;
  return overlap * longer + (1 - overlap) * (tensor_s + conversion_s) - tensor_s;
}
