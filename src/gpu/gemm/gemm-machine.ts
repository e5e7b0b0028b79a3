/**
 * A kernel on a device with its parameters, as the flat numbers that the closed form runs on. Prepared once per model.
 */
import type { GpuDevice, GpuProfile } from '../device/gpu-device.js';
import type { GpuKernel } from '../kernels/gpu-kernel.js';
import { actionEnergies, powerFloor, type PowerFloor } from '../power/power-floor.js';
import type { DramStream } from './dram-time.js';
import { passCosts, type PassCost } from './kernel-passes.js';
import { parameterValue } from './gemm-parameters.js';
import { mathType, tileCosts, type TileCost } from './tile-table.js';

/** The matrix-vector path (matrix-vector.ts). */
export interface MatrixVectorPath {
  readonly maxRows: number;
  /** Taken always up to maxRows, not only when it is faster. */
  readonly forced: boolean;
  readonly outputsPerBlock: number;
  readonly dram: DramStream;
  readonly s_perMac: number;
  readonly block_s: number;
  readonly latencyPerK_s: number;
}

/** That of cuBLAS, for kernels that do not say: up to 16 rows, when it is faster. */
const usualPath = { maxRows: 16, forced: false, outputsPerBlock: 2 } as const;

export interface GemmMachine {
  readonly sms: number;
  readonly tiles: readonly TileCost[];
  readonly splitK: readonly number[];
  /** Bytes that a stage of the load pipeline may have. */
  readonly stage_bytes: number;
  readonly launch_s: number;
  /** First loads, per wave. */
  readonly fill_s: number;
  /** Epilogue, per output that an SM holds. */
  readonly epilogue_sPerOutput: number;
  /** Least time of one element along k. */
  readonly latencyPerK_s: number;
  readonly overlapLoss: number;
  readonly dram: DramStream;
  /** Of the whole L2; an SM has an equal share of it. */
  readonly l2_sPerByte: number;
  /** Capacity of L2, and the part that operands keep between waves. */
  readonly l2_bytes: number;
  readonly l2Kept_bytes: number;
  readonly weightCopies: number;
  /** Activation of rows that a tile has beyond m; 0 where they are not loaded. */
  readonly padding_sPerByte: number;
  readonly splitFixed_s: number;
  /** Parts add to the output one after the other, so that splitFixed_s counts for each. */
  readonly splitSerial: boolean;
  /** Per output and part of a split. */
  readonly splitOutput_s: number;
  readonly gemv: MatrixVectorPath;
  readonly passes: readonly PassCost[];
  /** Tile and split are those that are fastest for the next power of two of m. */
  readonly roundedTactic: boolean;
  readonly power: PowerFloor;
}

/** The device with the power that the machine's board sustains. */
function sustainedBoard(device: GpuDevice, { boardFactor = 1 }: GpuProfile): GpuDevice {
  const { board_W, idle_W } = device.power;
  return { ...device, power: { idle_W, board_W: idle_W + (board_W - idle_W) * boardFactor } };
}

export function gemmMachine(
  device: GpuDevice,
  kernel: GpuKernel,
  parameters: Readonly<Record<string, number>>,
  profile: GpuProfile,
): GemmMachine {
  const value = (name: string): number => parameterValue(parameters, name);
  const clock_Hz = device.clock_MHz * 1e6 * profile.clockFactor;
  const dram_sPerByte = 1 / (device.dram.bandwidth_GBps * 1e9);
  const stream = { peak_sPerByte: dram_sPerByte, growth: value('dramGrowth') };
  const l2_sPerByte = 1 / (device.l2.bytesPerClock * clock_Hz * value('l2Efficiency'));
  const launches = 1 + kernel.before.length + kernel.after.length;
  const floor = powerFloor(sustainedBoard(device, profile), actionEnergies(device, mathType(device, kernel), value('tensorPower')));
  return {
    sms: device.sms,
    tiles: tileCosts(device, kernel, parameters, profile.clockFactor),
    splitK: kernel.splitK,
    stage_bytes: (device.sharedMemory.size_KiB * 1024) / (kernel.stages > 1 ? 2 : 1),
    launch_s: (value('launch_us') + profile.launch_us) * 1e-6 * launches,
    fill_s: value('blockFill_us') * 1e-6,
    epilogue_sPerOutput: (value('epilogue_us') * 1e-6) / 32768,
    latencyPerK_s: (value('stepLatency_ns') * 1e-9) / 64,
    overlapLoss: value('overlapLoss'),
    dram: { ...stream, sPerByte: dram_sPerByte / value('dramEfficiency') },
    l2_sPerByte,
    l2_bytes: device.l2.size_MiB * 2 ** 20,
    l2Kept_bytes: device.l2.size_MiB * 2 ** 20 * value('l2Usable'),
    weightCopies: value('weightCopies'),
    padding_sPerByte: kernel.padding === 'loaded' ? 1 / (clock_Hz * value('padding_bytesPerClock')) : 0,
    splitFixed_s: value('splitFixed_us') * 1e-6,
    splitSerial: kernel.splitMeeting === 'serial',
    // One write and one read of 4 bytes each.
    splitOutput_s: value('splitTraffic') * 8 * l2_sPerByte,
    gemv: {
      ...(kernel.gemv ?? usualPath),
      dram: { ...stream, sPerByte: dram_sPerByte / value('gemvEfficiency') },
      s_perMac: 1 / (device.cuda.fp32_fmaPerClockPerSm * device.sms * clock_Hz * value('gemvRate')),
      block_s: value('gemvBlock_us') * 1e-6,
      latencyPerK_s: (value('gemvStep_us') * 1e-6) / 1024,
    },
    passes: passCosts([...kernel.before, ...kernel.after], { dram_sPerByte, l2_sPerByte }, value('passScale')),
    roundedTactic: kernel.tactic === 'power-of-two',
    power: { ...floor, s_perMac: floor.s_perMac * kernel.passes },
  };
}
