/**
 * A layer as the GEMM that a GPU runs. Several products that share their weights are one with more rows; products with weights of their own
 * (experts) are a grouped GEMM: one launch, blocks of all of them side by side, as if the columns of one weight.
 * Left out: that the rows of each group fill tiles of their own.
 */
import { operandBits, type LayerTrace } from '../trace/layer-trace.js';
import type { GemmShape } from './gemm/gemm-cost.js';
import { eightBitShare } from './kernels/eight-bit-blocks.js';
import type { GpuKernel } from './kernels/gpu-kernel.js';
import { bitsApart } from './kernels/sparse-outliers.js';

/** The GEMM of one instance of a layer on a kernel: weights that a pass of its own reads are none of the GEMM's. */
export function gemmShapeOf(layer: LayerTrace, kernel: Pick<GpuKernel, 'after'>): GemmShape {
  const shared = layer.sharedOperand === 'weight';
  const share = eightBitShare(layer.activation);
  return {
    m: layer.m * (shared ? layer.gemms : 1),
    n: layer.n * (shared ? 1 : layer.gemms),
    k: layer.k,
    activation_bits: operandBits(layer.activation),
    weight_bits: operandBits(layer.weight) - bitsApart(kernel, layer.weight),
    output_bits: operandBits(layer.output),
    ...(share === undefined || share === null ? {} : { eightBitShare: share }),
  };
}
