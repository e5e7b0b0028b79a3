/**
 * The parameters that a kernel has: what a fit may move. A parameter of a mechanism that the kernel lacks would wander without an effect, and one that
 * the kernel file sets is known (weights of a table that was measured with cold caches, say).
 */
import type { ParameterSpec } from '../calibration/parameter-spec.js';
import type { GpuDevice } from '../device/gpu-device.js';
import type { GpuKernel } from '../kernels/gpu-kernel.js';
import { defaultParameters, gemmParameters } from './gemm-parameters.js';

const ofSplit = new Set(['splitFixed_us', 'splitTraffic']);
const ofMatrixVector = new Set(['gemvEfficiency', 'gemvRate', 'gemvBlock_us', 'gemvStep_us']);
const ofConversion = new Set(['conversionScale', 'conversionOverlap']);

function has(kernel: GpuKernel, name: string): boolean {
  if (ofSplit.has(name)) return kernel.splitK.some((split) => split > 1);
  if (ofMatrixVector.has(name)) return (kernel.gemv?.maxRows ?? 1) > 0;
  if (ofConversion.has(name)) return kernel.conversion.perWeight_ops > 0 || kernel.conversion.perPartialSum_ops > 0;
  if (name === 'passScale') return kernel.before.length + kernel.after.length > 0;
  if (name === 'padding_bytesPerClock') return kernel.padding === 'loaded';
  return true;
}

/** A fit starts within the range: 0, which a card without a fit has, is an edge that a search leaves with difficulty. */
const inside: Readonly<Record<string, number>> = { dramGrowth: 0.03 };

/** Parameters of the GEMM model that a fit of `kernel` on `device` moves, each starting at its default for the two, or beside it. */
export function freeParameters(device: GpuDevice, kernel: GpuKernel): ParameterSpec[] {
  const starts = defaultParameters(device, kernel);
  return gemmParameters
    .filter(({ name }) => kernel.parameters[name] === undefined && has(kernel, name))
    .map((spec) => ({ ...spec, start: inside[spec.name] ?? starts[spec.name] ?? spec.start }));
}
