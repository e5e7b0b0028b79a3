/**
 * The physical parameters of the closed-form GEMM model: what a data sheet does not say and a fit may move (calibration/).
 * One set per kernel and device, the same names everywhere; each has a range that is physically possible.
 * Starting values: fits to A100 bf16 (docs/gpu/gemm.md).
 */
import type { GpuDevice } from '../device/gpu-device.js';
import type { GpuKernel } from '../kernels/gpu-kernel.js';
import type { ParameterSpec } from '../calibration/parameter-spec.js';

function spec(name: string, unit: string, range: readonly [low: number, start: number, high: number], meaning: string): ParameterSpec {
  const [low, start, high] = range;
  return { name, unit, meaning, low, high, start, logarithmic: low > 0 };
}

export const gemmParameters: readonly ParameterSpec[] = [
  spec('launch_us', 'us', [0.3, 1.8, 30], 'from the start of the kernel to its first load, and from its last store to the end'),
  spec('tensorEfficiency', '1', [0.3, 0.95, 1.1], 'share of the tensor rate that an infinite tile reaches (issue slots, sustained clock)'),
  spec(
    'operandFeed',
    'elements',
    [1, 30, 300],
    'tile side at which feeding operands costs as much as the products: efficiency = 1 / (1 + operandFeed (1/m + 1/n) / 2)',
  ),
  spec('blockFill_us', 'us', [0.1, 1.2, 10], 'first loads of a thread block and its epilogue, once per round of resident blocks'),
  spec('stepLatency_ns', 'ns', [1, 30, 1000], 'part of the latency of a load that the pipeline does not hide, per 64 elements along k'),
  spec('dramEfficiency', '1', [0.3, 0.85, 1], 'share of DRAM bandwidth that long streams reach'),
  spec('l2Efficiency', '1', [0.1, 0.6, 1.5], 'share of L2 bandwidth that tile loads reach'),
  spec(
    'overlapLoss',
    '1',
    [0.001, 0.2, 1],
    'share of the hidden resource times that shows nevertheless: 0 perfect overlap, 1 one after the other',
  ),
  spec('splitFixed_us', 'us', [0.05, 1, 20], 'meeting of the parts of a split along k: barrier or second kernel'),
  spec('splitTraffic', '1', [0.1, 1.3, 10], 'traffic of partial sums through L2, in units of one write and one read of fp32'),
  spec('gemvEfficiency', '1', [0.1, 0.75, 1], 'share of DRAM bandwidth of the matrix-vector path'),
  spec('gemvRate', '1', [0.02, 0.3, 1], 'share of the CUDA-core rate of the matrix-vector path'),
  spec('weightCopies', '1', [0.5, 5, 20], 'copies of the weights that take turns: a weight stays in L2 when all of them fit'),
  spec('l2Usable', '1', [0.1, 0.8, 1.2], 'share of L2 in which nothing is lost between two uses'),
  spec('tensorPower', '1', [0.3, 0.9, 2], 'power of tensor cores at full rate over what the board can sustain: above 1 the clock falls'),
];

const byName = new Map(gemmParameters.map((parameter) => [parameter.name, parameter]));

/** Value of a parameter: as given, or where a fit starts. Throws on a name that does not exist. */
export function parameterValue(parameters: Readonly<Record<string, number>>, name: string): number {
  const declared = byName.get(name);
  if (!declared) throw new Error(`no GEMM parameter ${name}`);
  return parameters[name] ?? declared.start;
}

/**
 * What a kernel on a GPU without measurements uses: where fits start, with what the kernel says of its family.
 * Error to expect: docs/gpu/gemm.md.
 */
export function defaultParameters(_device: GpuDevice, kernel: GpuKernel): Readonly<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const { name, start } of gemmParameters) values[name] = kernel.parameters[name] ?? start;
  return values;
}
