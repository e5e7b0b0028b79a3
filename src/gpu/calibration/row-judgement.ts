/**
 * Which measured rows can be true of a card, one by one, by what no kernel can beat:
 *   tensor   latency >= products x passes / (MACs per clock and SM x SMs x clock)
 *   DRAM     latency >= (bytes of all operands - bytes of L2) / bandwidth: what L2 holds need not move
 * A row that is faster by more than 2 % (rounding of data sheets and timers) is impossible; faster by 20 times and more, its unit is wrong
 * (milliseconds given as microseconds); and slower than a hundred times the slowest of both with 20 us of launch, too (nanoseconds).
 * Once such rows are more than half of a file, it is the file that is wrong (unit, card or type), and what is left of it says nothing: no fit then.
 * Left out: rows that are wrong and possible, which the fit is robust against.
 */
import { LowbitError } from '../../lowbit-error.js';
import type { GpuDevice } from '../device/gpu-device.js';
import { mathType } from '../gemm/tile-table.js';
import type { GpuKernel } from '../kernels/gpu-kernel.js';
import type { FitRow } from './fit.js';

const SLACK = 1.02;
const WRONG_UNIT_FAST = 20;
const WRONG_UNIT_SLOW = 100;
const LAUNCH_us = 20;

/** A row that is left out of a fit, and why. */
export interface RefusedRow {
  readonly line: number;
  /** Sizes of the call by the names of the columns. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly latency_us: number;
  readonly reason: 'unit' | 'tensor peak' | 'DRAM peak';
  /** A sentence with the rate that the row implies and the one the card has. */
  readonly why: string;
}

/** What a call does at least: products, and bytes of its operands. */
export interface LeastWork {
  readonly macs: number;
  readonly bytes: number;
}

/** A measured call with what a judgement needs of it. */
export interface CandidateRow<Shape> extends FitRow<Shape>, LeastWork {
  readonly line: number;
  readonly latency_us: number;
  readonly sizes: Readonly<Record<string, number>>;
}

export interface JudgedRows<Shape> {
  readonly rows: readonly FitRow<Shape>[];
  /** In the order of the file. */
  readonly refused: readonly RefusedRow[];
}

interface Judge {
  readonly device: GpuDevice;
  readonly kernel: GpuKernel;
  readonly file: string;
}

/** Sorts measured rows into those to fit and those that cannot be true. Throws LowbitError when these are more than half. */
export function judgeRows<Shape>(measured: readonly CandidateRow<Shape>[], judge: Judge): JudgedRows<Shape> {
  const rows: FitRow<Shape>[] = [];
  const refused: RefusedRow[] = [];
  for (const row of measured) {
    const problem = problemOf(row, row.latency_us, judge);
    const { shape, latency_s, pair, along, line, sizes, latency_us } = row;
    if (problem === undefined) rows.push({ shape, latency_s, pair, along });
    else refused.push({ line, sizes, latency_us, ...problem });
  }
  if (refused.length > rows.length) throw wrongFile(refused, measured, judge);
  return { rows, refused };
}

/** Units that latencies may be in by mistake, in microseconds. */
const otherUnits = [
  { unit: 'milliseconds', factor: 1e3 },
  { unit: 'nanoseconds', factor: 1e-3 },
  { unit: 'seconds', factor: 1e6 },
] as const;
/** Share of rows that another unit has to make possible before it is named. */
const CONVINCING = 0.9;

type Claim = LeastWork & Pick<RefusedRow, 'latency_us'>;

function wrongFile(refused: readonly RefusedRow[], measured: readonly Claim[], judge: Judge): LowbitError {
  const reasons = (['unit', 'tensor peak', 'DRAM peak'] as const).flatMap((reason) => {
    const own = refused.filter((row) => row.reason === reason);
    return own[0] === undefined ? [] : [`${own.length} by ${reason}, first line ${own[0].line} (${own[0].why})`];
  });
  const possible = (row: Claim, factor: number): boolean => problemOf(row, row.latency_us * factor, judge) === undefined;
  const units = otherUnits.map(({ unit, factor }) => ({ unit, factor, rows: measured.filter((row) => possible(row, factor)).length }));
  const [best] = units.sort((a, b) => b.rows - a.rows);
  const unit =
    best !== undefined && best.rows >= CONVINCING * measured.length
      ? `read as ${best.unit}, ${best.rows} of ${measured.length} rows are possible: multiply the column by ${best.factor}`
      : `no other unit makes them possible: check the type (--dtype) and the card (--hw, --gpu)`;
  return new LowbitError(`${refused.length} of ${measured.length} measured rows cannot be true of ${judge.device.name}`, {
    value: reasons.join('; '),
    place: judge.file,
    remedy: `latency_us is in microseconds; ${unit}`,
  });
}

function problemOf(
  { macs: products, bytes }: LeastWork,
  latency_us: number,
  { device, kernel }: Pick<Judge, 'device' | 'kernel'>,
): Pick<RefusedRow, 'reason' | 'why'> | undefined {
  const clock_Hz = device.clock_MHz * 1e6;
  const macs = products * kernel.passes;
  const peak_macps = (device.tensor_macPerClockPerSm[mathType(device, kernel)] ?? 0) * device.sms * clock_Hz;
  const moved = Math.max(0, bytes - device.l2.size_MiB * 2 ** 20);
  const tensor_us = (macs / peak_macps) * 1e6;
  const dram_us = (moved / (device.dram.bandwidth_GBps * 1e9)) * 1e6;
  const tera = (perSecond: number): string => `${((2 * perSecond) / 1e12).toPrecision(3)} TOPS`;
  const least_us = Math.max(tensor_us, dram_us);
  if (latency_us * WRONG_UNIT_FAST <= least_us)
    return {
      reason: 'unit',
      why: `${latency_us} us are ${(least_us / latency_us).toFixed(0)} times faster than the card can be: milliseconds?`,
    };
  const slowest_us = tensor_us + (bytes / (device.dram.bandwidth_GBps * 1e9)) * 1e6 + LAUNCH_us;
  if (latency_us >= WRONG_UNIT_SLOW * slowest_us)
    return {
      reason: 'unit',
      why: `${latency_us} us are ${(latency_us / slowest_us).toFixed(0)} times slower than peak rates and a launch: nanoseconds?`,
    };
  if (latency_us * SLACK < tensor_us)
    return { reason: 'tensor peak', why: `${tera(macs / (latency_us * 1e-6))} are above the ${tera(peak_macps)} of the tensor cores` };
  if (latency_us * SLACK < dram_us)
    return {
      reason: 'DRAM peak',
      why: `${(moved / (latency_us * 1e3)).toPrecision(4)} GB/s beyond what L2 holds are above the ${device.dram.bandwidth_GBps} GB/s of DRAM`,
    };
  return undefined;
}
