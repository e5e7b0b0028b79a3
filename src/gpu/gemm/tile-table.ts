/**
 * What a tile of a kernel costs on an SM of a device, worked out once per model: seconds of a k-step on tensor cores, exposed conversion,
 * thread blocks that fit an SM.
 * Efficiency of tensor cores by tile: products per step grow with m n, operands to feed with m + n, so that
 * efficiency = tensorEfficiency / (1 + operandFeed (1/m + 1/n) / 2).
 */
import type { GpuDevice, TensorType } from '../device/gpu-device.js';
import { LowbitError } from '../../lowbit-error.js';
import type { GpuKernel, KernelTile } from '../kernels/gpu-kernel.js';
import { conversionOpsPerStep, exposedConversion_s } from './conversion.js';
import { parameterValue } from './gemm-parameters.js';

export interface TileCost {
  readonly tile: KernelTile;
  readonly blocksPerSm: number;
  /** Tensor cores, one k-step of one block that has the SM for itself. */
  readonly tensor_s: number;
  /** Conversion that tensor cores wait for, per k-step. */
  readonly exposed_s: number;
  readonly conversion_ops: number;
}

/** The first type of the kernel that the device has. Throws a LowbitError naming what it has. */
export function mathType(device: GpuDevice, kernel: GpuKernel): TensorType {
  const type = kernel.math.find((candidate) => device.tensor_macPerClockPerSm[candidate] !== undefined);
  if (type !== undefined) return type;
  throw new LowbitError(`${device.name} has no tensor cores for ${kernel.name}`, {
    value: kernel.math.join(', '),
    allowed: Object.keys(device.tensor_macPerClockPerSm),
  });
}

/** Thread blocks of an SM by tile area, where the kernel does not say: accumulators fill the registers (64 Ki of 32 bits). */
function defaultBlocksPerSm(tile: KernelTile): number {
  const area = tile.m * tile.n;
  if (area >= 32768) return 1;
  if (area >= 8192) return 2;
  return area >= 4096 ? 4 : 6;
}

export function tileCosts(
  device: GpuDevice,
  kernel: GpuKernel,
  parameters: Readonly<Record<string, number>>,
  clockFactor: number,
): TileCost[] {
  const macPerSecond = device.tensor_macPerClockPerSm[mathType(device, kernel)]! * device.clock_MHz * 1e6 * clockFactor;
  const limit = parameterValue(parameters, 'tensorEfficiency');
  const feed = parameterValue(parameters, 'operandFeed');
  return kernel.tiles.map((tile) => {
    const efficiency = limit / (1 + (feed / 2) * (1 / tile.m + 1 / tile.n));
    const tensor_s = (tile.m * tile.n * tile.k * kernel.passes) / (macPerSecond * efficiency);
    return {
      tile,
      blocksPerSm: tile.blocksPerSm ?? defaultBlocksPerSm(tile),
      tensor_s,
      exposed_s: exposedConversion_s(device, kernel, tile, tensor_s) / clockFactor,
      conversion_ops: conversionOpsPerStep(kernel, tile),
    };
  });
}
