/**
 * COMET's W4Ax main loop on one SM: seconds and bytes of one tile of 128 x 128 outputs over one block of 128 channels, W4A4 or W4A8.
 * Source: COMET (ASPLOS 2025), kernel section: tile 128x128x128, warp tile 64x64, INT4 weights converted to INT8 in W4A8 blocks.
 *   products    = m n k / (rate of the type * tensorEfficiency)
 *   conversion  = perWeight_ops n k / CUDA lanes of integer operations
 *   reads       = bytes that warps read from shared memory / its rate; each warp reads its rows of activations and its columns of weights
 *   cores       = longest + exposed (sum of the three - longest)       exposed: what the second level of the pipeline does not hide; 1 without it
 *   loads       = activations of the rows in use, weights; from L2, weights of the first row of tiles from DRAM
 * Taken away one by one, as in the paper's figure of removals: the pipeline (exposed = 1, loads and products take turns), the weight interleave (two reads with
 * bank conflicts instead of one), the fast conversion (10 operations per weight instead of 2).
 * Left out: partial sums of blocks that ran on different SMs (the paper draws one write at the end), padding of rows in registers, scales.
 */
import type { GpuDevice, TensorType } from '../../device/gpu-device.js';
import { LowbitError } from '../../../lowbit-error.js';
import type { KernelTile, MixedPrecision } from '../../kernels/gpu-kernel.js';
import type { SmMachine, TileWork } from '../sm-timeline.js';

/** A mechanism of the kernel that can be taken away. */
export const removals = ['pipeline', 'interleave', 'fastConversion'] as const;
export type Removal = (typeof removals)[number];

/** A kernel of mixed precision on a card. */
export interface W4AxKernel {
  readonly device: GpuDevice;
  readonly tile: KernelTile;
  readonly mixed: MixedPrecision;
  readonly without?: Removal;
}

const { ceil, max, min } = Math;

function rateOf(device: GpuDevice, math: TensorType): number {
  const rate = device.tensor_macPerClockPerSm[math];
  if (rate !== undefined) return rate * device.clock_MHz * 1e6;
  throw new LowbitError(`${device.name} has no tensor cores for W4Ax tiles`, {
    value: math,
    allowed: Object.keys(device.tensor_macPerClockPerSm),
  });
}

/** Clocks of the SM in which warps read the operands of a tile from shared memory. */
function readClocks({ device, tile, mixed, without }: W4AxKernel, high: boolean): number {
  const { warpTile, weight_bits, block } = mixed;
  const warps = (tile.m / warpTile.m) * (tile.n / warpTile.n);
  const activations = (warpTile.m * block * (high ? mixed.high : mixed.low).activation_bits) / 8;
  const weights = (warpTile.n * block * weight_bits) / 8;
  const { weightReads, bankConflict } = mixed.without.interleave;
  // Weights that stay INT4 lie as INT4 products want them; only those to be converted need the interleave.
  const passes = high && without === 'interleave' ? weightReads * bankConflict : 1;
  return (warps * (activations + weights * passes)) / device.sharedMemory.bytesPerClockPerSm;
}

/** Seconds on the cores of an SM, loads left aside. */
function cores_s(kernel: W4AxKernel, high: boolean): number {
  const { device, tile, mixed, without } = kernel;
  const path = high ? mixed.high : mixed.low;
  const clock_Hz = device.clock_MHz * 1e6;
  const ops = high && without === 'fastConversion' ? mixed.without.fastConversion.perWeight_ops : path.perWeight_ops;
  const times = [
    (tile.m * tile.n * mixed.block) / (rateOf(device, path.math) * mixed.tensorEfficiency),
    (ops * tile.n * mixed.block) / (device.cuda.int32_opPerClockPerSm * clock_Hz),
    readClocks(kernel, high) / clock_Hz,
  ];
  const longest = max(...times);
  const hidden = times.reduce((sum, time) => sum + time, 0) - longest;
  return longest + (without === 'pipeline' ? 1 : mixed.exposed) * hidden;
}

/** One tile over one block of channels, of a GEMM with `m` rows. */
export function w4axTile(kernel: W4AxKernel, high: boolean, m: number): TileWork {
  const { tile, mixed } = kernel;
  const path = high ? mixed.high : mixed.low;
  const rowsOfTiles = ceil(m / tile.m);
  const weights = (tile.n * mixed.block * mixed.weight_bits) / 8;
  const activations = (min(m, tile.m) * mixed.block * path.activation_bits) / 8;
  return {
    id: 0,
    label: high ? 'W4A8' : 'W4A4',
    compute_s: cores_s(kernel, high),
    fill_s: 0,
    drain_s: 0,
    l2_bytes: activations + weights,
    // Rows of tiles run side by side and share the weights that the first of them brings into L2; activations stay in L2.
    dram_bytes: weights / rowsOfTiles,
  };
}

/** The rates that W4Ax tiles share. One thread block per SM, as the paper maps tiles to SMs. */
export function w4axMachine({ device, mixed, without }: W4AxKernel): SmMachine {
  return {
    sms: device.sms,
    slotsPerSm: 1,
    l2PerSm_Bps: (device.l2.bytesPerClock * device.clock_MHz * 1e6 * mixed.l2Efficiency) / device.sms,
    dram_Bps: device.dram.bandwidth_GBps * 1e9 * mixed.dramEfficiency,
    stages: without === 'pipeline' ? 1 : 2,
    overlapLoss: mixed.overlapLoss,
  };
}
