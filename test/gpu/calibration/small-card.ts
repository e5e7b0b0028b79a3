/** A card and a kernel small enough to work out by hand, and rows measured on them by a rule. */
import type { GpuDevice } from '../../../src/gpu/device/gpu-device.js';
import type { FitRow } from '../../../src/gpu/calibration/fit.js';
import type { GpuKernel } from '../../../src/gpu/kernels/gpu-kernel.js';

/** 100 SMs at 1 GHz with 1024 products a clock: 204.8 TOPS; 1000 GB/s; 10 MiB of L2. */
export const card: GpuDevice = {
  name: 'small-card',
  kind: 'gpu',
  architecture: 'ampere',
  sms: 100,
  clock_MHz: 1000,
  tensor_macPerClockPerSm: { bf16: 1024 },
  cuda: { fp32_fmaPerClockPerSm: 64, fp16_fmaPerClockPerSm: 256, int32_opPerClockPerSm: 64, sfu_opPerClockPerSm: 16 },
  sharedMemory: { size_KiB: 164, bytesPerClockPerSm: 128 },
  registers_KiB: 256,
  l2: { size_MiB: 10, bytesPerClock: 4000 },
  dram: { usable_bytes: 40e9, bandwidth_GBps: 1000, energy_pJPerBit: 4 },
  power: { board_W: 400, idle_W: 50 },
  energy: { tensor_pJPerMac: { bf16: 6 }, cuda_pJPerOp: 17, l2_pJPerByte: 10 },
};

export const kernel: GpuKernel = {
  name: 'plain',
  source: 'test',
  math: ['bf16'],
  passes: 1,
  tiles: [
    { m: 128, n: 128, k: 64 },
    { m: 64, n: 64, k: 64 },
    { m: 16, n: 64, k: 64 },
  ],
  splitK: [1, 2, 4],
  schedule: 'waves',
  stages: 4,
  conversion: { perWeight_ops: 0, perPartialSum_ops: 0, group: 128, overlap: 1 },
  before: [],
  after: [],
  parameters: {},
};

export const bits = { activation_bits: 16, weight_bits: 16, output_bits: 16 };

/** Rows on a grid of m and of (n,k) pairs, timed by a rule in seconds. */
export function rowsTimedBy(time_s: (shape: FitRow['shape']) => number, pairs: readonly (readonly [n: number, k: number])[]): FitRow[] {
  return pairs.flatMap(([n, k]) =>
    [1, 16, 64, 256, 2048].map((m) => {
      const shape = { m, n, k, ...bits };
      return { shape, latency_s: time_s(shape), pair: { n, k }, along: m };
    }),
  );
}

const sides = [512, 1024, 3072, 8192] as const;
export const pairs = sides.flatMap((n) => sides.map((k) => [n, k] as const));
