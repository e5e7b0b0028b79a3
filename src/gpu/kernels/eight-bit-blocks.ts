/**
 * Operands of 4 bits of which some blocks of channels have 8 (Atom, FMPQ): how many, and what they cost a kernel that has one type of tensor cores.
 * An operand says so by its bits: 4 more for each element of such a block (`bits.outlier` = 4 outlierShare; null: the values decide). Outliers of other
 * bits are stored apart and no matter of products here.
 *   products = (1 - share) + share * rate of INT4 / rate of INT8        tensor-core passes per product of a kernel that runs in INT4
 * share: the larger one of both operands, whose blocks stand at the same channels. Left out: energy of INT8 products other than by their rate.
 */
import type { Operand } from '../../trace/layer-trace.js';
import type { GpuDevice } from '../device/gpu-device.js';
import { mathType } from '../gemm/tile-table.js';
import type { GpuKernel } from './gpu-kernel.js';

const LOW_bits = 4;
const HIGH_bits = 8;

/** Share of the channels in blocks of 8 bits; null: the values decide; undefined: the operand says nothing of blocks. */
export function eightBitShare({ payload_bitsPerElement, bits, statistics }: Operand): number | null | undefined {
  if (bits === undefined) return undefined;
  if (payload_bitsPerElement !== LOW_bits) return 0;
  if (bits.outlier === null) return null;
  const share = statistics?.outlierShare ?? 0;
  return Math.abs(bits.outlier - (HIGH_bits - LOW_bits) * share) <= 1e-6 ? share : 0;
}

/** Whether an operand has such blocks, however many. */
export function hasEightBitBlocks(operand: Operand): boolean {
  const share = eightBitShare(operand);
  return share === null || (share ?? 0) > 0;
}

/** The kernel with the passes that these operands take; the same kernel where there are no blocks, or it runs in another type or in two. */
export function withEightBitBlocks(device: GpuDevice, kernel: GpuKernel, operands: readonly Operand[]): GpuKernel {
  const share = Math.max(...operands.map((operand) => eightBitShare(operand) ?? 0));
  const { int4, int8 } = device.tensor_macPerClockPerSm;
  if (share === 0 || kernel.mixed !== undefined || mathType(device, kernel) !== 'int4' || int4 === undefined || int8 === undefined)
    return kernel;
  return { ...kernel, passes: kernel.passes * (1 - share + (share * int4) / int8) };
}
