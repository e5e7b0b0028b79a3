/**
 * What COMET's kernel is charged with in simulations: its tiles of two precisions on the timeline of SMs (w4ax-study.ts), under one of its schedules.
 *   time = launch + first loads + run of the tiles + epilogue of a tile
 * Of an average SM: compute and dequant (conversion that shows) are those of its tiles, dramStall what loads add to them, and what is left of the run
 * it has nothing to do: laneStall, with barriers sync. They sum to the run.
 * Left out: board power, partial sums of an output that ran on different SMs, L2 bandwidth for activations that DRAM reads once.
 */
import { parameterValue } from '../../gemm/gemm-parameters.js';
import type { GemmCost, GemmModel, GemmShape } from '../../gemm/gemm-cost.js';
import type { GemmSetup } from '../../gemm/plan-work.js';
import type { MixedPrecision } from '../../kernels/gpu-kernel.js';
import type { CometSchedule } from '../schedules/schedule-name.js';
import type { SmTimeline } from '../sm-timeline.js';
import { w4axTimeline } from './w4ax-study.js';
import { w4axTile, type W4AxKernel } from './w4ax-tile.js';

/** How tiles are ordered, and the share of blocks of channels whose activations have 4 bits: that of the layer, or else `usualLowShare`. */
export interface W4AxChoice {
  readonly schedule: CometSchedule;
  /** In place of what layers say. */
  readonly lowShare?: number | undefined;
  readonly usualLowShare: number;
}

export interface W4AxRun {
  readonly time_s: number;
  readonly timeline: SmTimeline;
}

export interface W4AxModel extends GemmModel {
  run(shape: GemmShape): W4AxRun;
}

/** Outputs that the parameter `epilogue_us` is of. */
const EPILOGUE_OUTPUTS = 128 * 256;

/** Prepares a kernel of two precisions. Throws LowbitError on a card without tensor cores for both. */
export function w4axModel(setup: GemmSetup, mixed: MixedPrecision, choice: W4AxChoice): W4AxModel {
  const { device, kernel, parameters, profile } = setup;
  const [first] = kernel.tiles;
  if (first === undefined) throw new Error(`${kernel.name} has no tile`);
  const tile = { m: first.m, n: first.n, k: first.k };
  const w4ax: W4AxKernel = { device: { ...device, clock_MHz: device.clock_MHz * profile.clockFactor }, tile, mixed };
  const value = (name: string): number => parameterValue({ ...kernel.parameters, ...parameters }, name);
  const launch_s = (value('launch_us') + profile.launch_us) * 1e-6;
  const fill_s = value('blockFill_us') * 1e-6;
  const drain_s = (value('epilogue_us') * 1e-6 * tile.m * tile.n) / EPILOGUE_OUTPUTS;
  const run = (shape: GemmShape): W4AxRun => {
    const lowShare = lowShareOf(shape, choice);
    const timeline = w4axTimeline(w4ax, shape, { schedule: choice.schedule, lowShare });
    return { timeline, time_s: launch_s + fill_s + timeline.makespan_s + drain_s };
  };
  const known = new Map<string, GemmCost>();
  const cost = (shape: GemmShape): GemmCost => {
    const key = `${shape.m} ${shape.n} ${shape.k} ${shape.output_bits} ${lowShareOf(shape, choice)}`;
    const charged =
      known.get(key) ?? chargeOf(w4ax, shape, { ...run(shape), launch_s, fill_s, drain_s, barriers: choice.schedule === 'barriered' });
    known.set(key, charged);
    return charged;
  };
  return { run, cost, time_s: (shape) => cost(shape).time_s };
}

/** Share of W4A4 blocks that a layer is charged with. */
function lowShareOf({ eightBitShare }: GemmShape, { lowShare, usualLowShare }: Omit<W4AxChoice, 'schedule'>): number {
  return lowShare ?? (eightBitShare === undefined ? usualLowShare : 1 - eightBitShare);
}

interface Ran extends W4AxRun {
  readonly launch_s: number;
  readonly fill_s: number;
  readonly drain_s: number;
  readonly barriers: boolean;
}

function chargeOf(kernel: W4AxKernel, shape: GemmShape, ran: Ran): GemmCost {
  const { mixed, tile, device } = kernel;
  const { timeline, launch_s, fill_s, drain_s } = ran;
  const { tiles, sms, makespan_s } = timeline;
  const high = tiles.filter(({ label }) => label === 'W4A8').length;
  const unconverted = { ...mixed, high: { ...mixed.high, perWeight_ops: 0 } };
  const conversion_s = w4axTile(kernel, true, shape.m).compute_s - w4axTile({ ...kernel, mixed: unconverted }, true, shape.m).compute_s;
  const dequant = (high * conversion_s) / sms;
  const compute = sum(tiles.map(({ compute_s }) => compute_s)) / sms - dequant;
  const busy_s = makespan_s * (1 - timeline.idleShare);
  const idle_s = Math.max(0, makespan_s - Math.max(busy_s, compute + dequant));
  const dramStall = makespan_s - idle_s - compute - dequant;
  const seconds = {
    ...{ compute, dequant, dramStall, fill: fill_s, drain: drain_s, launch: launch_s },
    laneStall: ran.barriers ? 0 : idle_s,
    sync: ran.barriers ? idle_s : 0,
  };
  const l2Read_bytes = sum(tiles.map(({ l2_bytes }) => l2_bytes));
  const blocks = Math.ceil(shape.k / mixed.block);
  const highShare = high / tiles.length;
  const activation_bits = mixed.low.activation_bits * (1 - highShare) + mixed.high.activation_bits * highShare;
  return {
    time_s: ran.time_s,
    seconds,
    plan: { tile, splitK: blocks, blocks: tiles.length, blocksPerSm: 1, waves: Math.ceil(tiles.length / device.sms) },
    dramRead_bytes: sum(tiles.map(({ dram_bytes }) => dram_bytes)) + (shape.m * shape.k * activation_bits) / 8,
    dramWrite_bytes: (shape.m * shape.n * shape.output_bits) / 8,
    l2Read_bytes,
    sharedMemory_bytes: 2 * l2Read_bytes,
    conversion_ops: high * mixed.high.perWeight_ops * tile.n * mixed.block,
    highShare,
    bound: boundOf(seconds),
  };
}

function boundOf({ compute, dequant, dramStall, launch, fill, drain }: GemmCost['seconds']): GemmCost['bound'] {
  if (launch + fill + drain > compute + dequant + dramStall) return 'launch';
  if (dramStall > compute + dequant) return 'dram';
  return dequant > compute ? 'dequant' : 'compute';
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
