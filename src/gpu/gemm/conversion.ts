/**
 * Conversion on CUDA cores inside the main loop: weights to the type of the tensor cores, INT32 partial sums to float.
 * Lane operations of one k-step of one thread block over the lanes of the SM; the part that does not hide under tensor cores is exposed.
 * Sources: LiquidGEMM (cost equation: instructions per weight against loads and products), QServe section 4 (CUDA-core bound), APEX4 (rho).
 * exposed = overlap max(tensor, conversion) + (1 - overlap) (tensor + conversion) - tensor.
 */
import type { GpuDevice } from '../device/gpu-device.js';
import type { GpuKernel, KernelTile } from '../kernels/gpu-kernel.js';

/** Lane operations of one k-step of one thread block. */
export function conversionOpsPerStep(kernel: GpuKernel, tile: KernelTile): number {
  const { perWeight_ops, perPartialSum_ops, group } = kernel.conversion;
  const weights = perWeight_ops * tile.n * tile.k;
  const sums = perPartialSum_ops > 0 ? perPartialSum_ops * tile.m * tile.n * (tile.k / group) : 0;
  return weights + sums;
}

/** Seconds that conversion adds to a k-step whose tensor-core time is `tensor_s`, on an SM that the block has for itself. */
export function exposedConversion_s(device: GpuDevice, kernel: GpuKernel, tile: KernelTile, tensor_s: number): number {
  const ops = conversionOpsPerStep(kernel, tile);
  if (ops === 0) return 0;
  const conversion_s = ops / (device.cuda.fp32_fmaPerClockPerSm * device.clock_MHz * 1e6);
  const { overlap } = kernel.conversion;
  return overlap * Math.max(tensor_s, conversion_s) + (1 - overlap) * (tensor_s + conversion_s) - tensor_s;
}
