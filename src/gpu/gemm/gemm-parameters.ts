/**
 * The physical parameters of the closed-form GEMM model: what a data sheet does not say and a fit may move (calibration/).
 * One set per kernel and device, the same names everywhere; each has a range that is physically possible.
 * Starting values: fits to A100 bf16 (docs/gpu/gemm.md).
 */
import type { GpuDevice } from '../device/gpu-device.js';
import type { GpuKernel } from '../kernels/gpu-kernel.js';
import { architectureStarts } from './architecture-starts.js';
import { parameterReader, parameterSpec as spec, type ParameterSpec, type Parameters } from '../calibration/parameter-spec.js';

export const gemmParameters: readonly ParameterSpec[] = [
  spec('launch_us', 'us', [0.3, 1, 30], 'from the start of the kernel to its first load, and from its last store to the end'),
  spec(
    'tensorEfficiency',
    '1',
    [0.3, 0.93, 1.15],
    'share of the tensor rate that a tile of 128 x 256 reaches (issue slots, sustained clock)',
  ),
  spec(
    'areaExponent',
    '1',
    [0.01, 0.2, 0.6],
    'efficiency of tensor cores grows with the area of the tile to this power: products per operand that is fed',
  ),
  spec('blockFill_us', 'us', [0.05, 3, 12], 'first loads of the thread blocks of a wave, and what an epilogue takes however small'),
  spec('epilogue_us', 'us', [0.01, 1.5, 10], 'writing 128 x 256 outputs of an SM, when its thread blocks have no products left'),
  spec('stepLatency_ns', 'ns', [1, 15, 1000], 'least time of 64 elements along k: latency of a load over the stages that are under way'),
  spec('dramEfficiency', '1', [0.3, 0.8, 1], 'share of DRAM bandwidth that tiles reach with 256 MiB'),
  spec('dramGrowth', '1', [0, 0, 0.2], 'share of DRAM bandwidth grows with the bytes that a GEMM moves to this power'),
  spec(
    'l2Efficiency',
    '1',
    [0.1, 0.8, 3],
    'share of L2 bandwidth that tile loads reach (above 1: part of a block reaches the tile from shared memory of its cluster)',
  ),
  spec('overlapLoss', '1', [0.001, 0.2, 0.5], 'what shows of the shorter of two that overlap when both are equally long'),
  spec(
    'splitFixed_us',
    'us',
    [0.05, 1.2, 20],
    'meeting of the parts of a split along k: barrier or second kernel, or each part of a serial split',
  ),
  spec('splitTraffic', '1', [0.05, 1.3, 10], 'traffic of partial sums through L2, in units of one write and one read of fp32'),
  spec('gemvEfficiency', '1', [0.1, 0.75, 1], 'share of DRAM bandwidth of the matrix-vector path with 256 MiB'),
  spec('gemvRate', '1', [0.01, 0.1, 1], 'share of the CUDA-core rate of the matrix-vector path'),
  spec('gemvBlock_us', 'us', [0.05, 1, 10], 'a thread block of the matrix-vector path from its first load to its output'),
  spec('gemvStep_us', 'us', [0.005, 0.4, 5], 'latency of the walk of that block along k, per 1024 elements'),
  spec('conversionScale', '1', [0.05, 1, 10], 'lane operations of conversion over those that the kernel file counts'),
  spec('conversionOverlap', '1', [0, 0.5, 1], 'share of conversion that hides under tensor cores, instead of what the kernel file says'),
  spec('passScale', '1', [0.1, 1, 3], 'bandwidth of passes before and after the kernel over what the kernel file says'),
  spec('weightCopies', '1', [0.5, 8, 1000], 'copies of the weights that take turns: a weight stays in L2 when all of them fit'),
  spec('l2Usable', '1', [0.1, 0.8, 1.2], 'share of L2 that operands keep between waves of tiles'),
  spec(
    'padding_bytesPerClock',
    'B/clk',
    [32, 16384, 16384],
    'rate at which rows of a tile beyond those of the GEMM arrive, all from one place of L2, where a kernel loads them',
  ),
  spec('tensorPower', '1', [0.3, 0.8, 2], 'power of tensor cores at full rate over what the board can sustain: above 1 the clock falls'),
];

/** Value of a parameter: as given, or where a fit starts. Throws on a name that does not exist. */
export const parameterValue = parameterReader(gemmParameters);

/**
 * What a kernel on a GPU without measurements uses: where fits start, with what the kernel says of its family.
 * Error to expect: docs/gpu/gemm.md.
 */
export function defaultParameters(device: GpuDevice, kernel: GpuKernel): Parameters {
  const values: Record<string, number> = {};
  const starts: Parameters = {
    ...architectureStarts[device.architecture],
    conversionOverlap: kernel.conversion.overlap,
    ...kernel.starts,
  };
  for (const { name, start } of gemmParameters) values[name] = kernel.parameters[name] ?? starts[name] ?? start;
  return values;
}
