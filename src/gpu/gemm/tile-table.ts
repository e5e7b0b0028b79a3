/**
 * What a tile of a kernel costs on an SM of a device, worked out once per model: seconds of a step along k, conversion that shows, and
 * thread blocks that fit an SM.
 * Tensor cores reach more of their rate with larger tiles (more products per operand that is fed):
 *   efficiency = tensorEfficiency (m n / 32768)^areaExponent, 1 at 128 x 256 for tensorEfficiency = 1
 * Products that single warps issue (mma.sync) stay at 0.62 of the rate of Hopper, which groups of four warps (wgmma) are needed for: Luo et al.,
 * Benchmarking and Dissecting the Nvidia Hopper GPU Architecture (arXiv 2402.13499), the figure recalled. No kernel of this kind was measured there.
 */
import type { GpuDevice, TensorType } from '../device/gpu-device.js';
import { LowbitError } from '../../lowbit-error.js';
import { portableExp, portableLn } from '../../numeric/logarithm.js';
import type { GpuKernel, KernelTile } from '../kernels/gpu-kernel.js';
import { conversionOpsPerStep, exposedConversion_s, specialOpsPerStep } from './conversion.js';
import { parameterValue } from './gemm-parameters.js';

export interface TileCost {
  readonly tile: KernelTile;
  readonly blocksPerSm: number;
  /** Tensor cores, one k-step of one block that has the SM for itself. */
  readonly tensor_s: number;
  /** Conversion that tensor cores wait for, per k-step. */
  readonly exposed_s: number;
  /** Operations of conversion, per k-step, and those of them that run on special function units. */
  readonly conversion_ops: number;
  readonly special_ops: number;
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

const WARP_SHARE_OF_HOPPER = 0.62;

/** Share of the tensor rate that the products of a kernel can be issued at. */
export function issuedShare({ architecture }: GpuDevice, { products }: GpuKernel): number {
  return architecture === 'hopper' && products !== 'warp-group' ? WARP_SHARE_OF_HOPPER : 1;
}

/** Thread blocks of an SM by tile area, where the kernel does not say: accumulators fill the registers (64 Ki of 32 bits). */
function defaultBlocksPerSm(tile: KernelTile): number {
  const area = tile.m * tile.n;
  if (area >= 32768) return 1;
  if (area >= 8192) return 2;
  return area >= 4096 ? 4 : 6;
}

/** The tiles of a kernel on a device, in the order of the kernel. */
export function tileCosts(
  device: GpuDevice,
  kernel: GpuKernel,
  parameters: Readonly<Record<string, number>>,
  clockFactor: number,
): TileCost[] {
  const macPerClock = device.tensor_macPerClockPerSm[mathType(device, kernel)]! * issuedShare(device, kernel);
  const macPerSecond = macPerClock * device.clock_MHz * 1e6 * clockFactor;
  const lanesPerSecond = device.cuda.fp32_fmaPerClockPerSm * device.clock_MHz * 1e6 * clockFactor;
  const specialPerSecond = device.cuda.sfu_opPerClockPerSm * device.clock_MHz * 1e6 * clockFactor;
  const limit = parameterValue(parameters, 'tensorEfficiency');
  const exponent = parameterValue(parameters, 'areaExponent');
  const scale = parameterValue(parameters, 'conversionScale');
  const overlap = parameters.conversionOverlap ?? kernel.conversion.overlap;
  return kernel.tiles.map((tile) => {
    const efficiency = limit * portableExp(exponent * portableLn((tile.m * tile.n) / 32768));
    const tensor_s = (tile.m * tile.n * tile.k * kernel.passes) / (macPerSecond * efficiency);
    const blocksPerSm = tile.blocksPerSm ?? defaultBlocksPerSm(tile);
    const lane_ops = conversionOpsPerStep(kernel, tile) * scale;
    const special_ops = specialOpsPerStep(kernel, tile);
    const conversion_s = lane_ops / lanesPerSecond + special_ops / specialPerSecond;
    return {
      tile,
      blocksPerSm,
      tensor_s,
      exposed_s: exposedConversion_s(conversion_s, tensor_s, (1 - overlap) / blocksPerSm),
      conversion_ops: lane_ops + special_ops,
      special_ops,
    };
  });
}
