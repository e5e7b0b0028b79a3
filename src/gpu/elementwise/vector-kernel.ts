/**
 * Closed form of kernels that do no products: softmax, norms, elementwise work, changes of format.
 *   time = launch + max(soft(bytes missed by L2 / DRAM bandwidth, row time), bytes / L2 bandwidth, operations / CUDA-core rate)
 *   row time = max(1, rows / (SMs * rowsPerSm)) * columns / 1024 * step clocks: a thread block walks along each row (norms, gated activations, softmax);
 *   none in kernels that cut elements into equal parts (additions, conversions).
 * What such a kernel reads was written by the layer before, so that it is in L2 as far as it fits (gemm/miss-rate.ts).
 * Sources: LLMCompass (ISCA 2024) for bytes and launch constants, Vidur (MLSys 2024) for what rows take; formulas and errors: docs/gpu/attention.md.
 * Left out: fusion of these kernels with each other and with the products before them.
 */
import type { GpuDevice, GpuProfile } from '../device/gpu-device.js';
import { missRate } from '../gemm/miss-rate.js';
import { soft } from '../gemm/overlap.js';
import type { LayerCost } from '../layer-cost.js';
import { vectorParameters, type VectorKind, type VectorParameters } from './vector-parameters.js';

/** Elements of one kernel and what of them moves. */
export interface VectorShape {
  readonly rows: number;
  readonly columns: number;
  readonly read_bytes: number;
  readonly write_bytes: number;
}

/** One launch of a kernel of this kind; `parameters` instead of those that ship. */
export function vectorKernel(
  machine: { readonly device: GpuDevice; readonly profile: GpuProfile },
  kind: VectorKind,
  shape: VectorShape,
  parameters: VectorParameters = vectorParameters[kind],
): LayerCost {
  const { device, profile } = machine;
  const { rows, columns, read_bytes, write_bytes } = shape;
  const clock_Hz = device.clock_MHz * 1e6 * profile.clockFactor;
  const bytes = read_bytes + write_bytes;
  const missed = missRate(bytes, device.l2.size_MiB * 2 ** 20 * parameters.l2Usable);
  const dram_s = (bytes * missed) / (device.dram.bandwidth_GBps * 1e9 * parameters.dramEfficiency);
  const rows_s = (Math.max(1, rows / (device.sms * parameters.rowsPerSm)) * ((columns / 1024) * parameters.step_clocks)) / clock_Hz;
  const l2_s = bytes / (device.l2.bytesPerClock * clock_Hz * parameters.l2Efficiency);
  const vector_ops = rows * columns * parameters.operations;
  const lanes_s = vector_ops / (device.cuda.fp32_fmaPerClockPerSm * device.sms * clock_Hz);
  const launch_s = (parameters.launch_us + (profile.vectorLaunch_us?.[kind] ?? profile.launch_us)) * 1e-6;
  const main_s = Math.max(soft(dram_s, rows_s, parameters.overlapLoss), l2_s, lanes_s);
  const seconds = {
    compute: lanes_s,
    dequant: 0,
    laneStall: 0,
    fill: Math.max(0, Math.min(main_s, rows_s) - lanes_s),
    dramStall: main_s - Math.max(lanes_s, Math.min(main_s, rows_s)),
    drain: 0,
    sync: 0,
    launch: launch_s,
  };
  return {
    time_s: launch_s + main_s,
    seconds,
    dramRead_bytes: read_bytes * missed,
    dramWrite_bytes: write_bytes * missed,
    l2Read_bytes: read_bytes,
    sharedMemory_bytes: 0,
    conversion_ops: 0,
    vector_ops,
    bound: boundOf({ launch_s, main_s, dram_s, rows_s, l2_s }),
  };
}

function boundOf(times: Readonly<Record<'launch_s' | 'main_s' | 'dram_s' | 'rows_s' | 'l2_s', number>>): LayerCost['bound'] {
  const { launch_s, main_s, dram_s, rows_s, l2_s } = times;
  if (launch_s > main_s) return 'launch';
  if (dram_s >= rows_s && dram_s >= l2_s) return 'dram';
  if (rows_s >= l2_s) return 'latency';
  return l2_s >= main_s ? 'l2' : 'compute';
}
