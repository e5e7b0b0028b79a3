/**
 * What COMET's kernel gains step by step (ASPLOS 2025, figures 13 and 14): seconds of a W4Ax GEMM under each schedule, of the same kernel with all
 * blocks W4A8 (the baseline) or all W4A4 (the oracle), and with one mechanism taken away.
 * Tiles are numbered along k first, as in the paper's picture, where the precision changes from one number to the next.
 * Blocks of high precision stand together at the start of k, because outlier channels are permuted together.
 */
import type { GemmShape } from '../../gemm/gemm-cost.js';
import { runTimeline } from '../run-timeline.js';
import { barrierFree } from '../schedules/barrier-free.js';
import { barriered } from '../schedules/barriered.js';
import { decomposed } from '../schedules/decomposed.js';
import { remapped } from '../schedules/remapped.js';
import type { CometSchedule } from '../schedules/schedule-name.js';
import type { SchedulePolicy } from '../schedules/sm-schedule.js';
import type { SmTimeline, TileWork } from '../sm-timeline.js';
import { removals, w4axMachine, w4axTile, type Removal, type W4AxKernel } from './w4ax-tile.js';

/** Smallest part of a tile that is stolen: the outputs of one of its four warps. */
const warpShare = 1 / 4;

/** @internal */
export const cometSchedules = {
  barriered,
  'barrier-free': barrierFree,
  remapped,
  decomposed: decomposed({ minimumShare: warpShare, reduce_s: 0 }),
} as const satisfies Record<CometSchedule, SchedulePolicy>;

/** Tiles of a GEMM, along k first. `lowShare`: share of blocks along k that are W4A4. */
function w4axTiles(kernel: W4AxKernel, shape: Pick<GemmShape, 'm' | 'n' | 'k'>, lowShare: number): TileWork[] {
  const { tile, mixed } = kernel;
  const outputs = Math.ceil(shape.m / tile.m) * Math.ceil(shape.n / tile.n);
  const blocks = Math.ceil(shape.k / mixed.block);
  const high = Math.round(blocks * (1 - lowShare));
  const [low8, low4] = [w4axTile(kernel, true, shape.m), w4axTile(kernel, false, shape.m)];
  return Array.from({ length: outputs * blocks }, (_, id) => ({ ...(id % blocks < high ? low8 : low4), id }));
}

/** Runs a W4Ax GEMM under one of COMET's schedules. */
export function w4axTimeline(
  kernel: W4AxKernel,
  shape: Pick<GemmShape, 'm' | 'n' | 'k'>,
  options: { lowShare: number; schedule: CometSchedule },
): SmTimeline {
  const tiles = w4axTiles(kernel, shape, options.lowShare);
  const machine = w4axMachine(kernel);
  return runTimeline(tiles, cometSchedules[options.schedule](tiles, machine), machine);
}

/** A W4Ax GEMM under each schedule, against W4A8 and against all W4A4. */
export interface W4AxStudy {
  /** Speed-up over the W4A8 kernel, by schedule. */
  readonly speedup: Readonly<Record<CometSchedule, number>>;
  /** Share of the speed of the all-W4A4 kernel that the decomposed schedule reaches. */
  readonly oracleShare: number;
  /** Seconds without a mechanism over seconds with all. */
  readonly slowdown: Readonly<Record<Removal, number>>;
}

/** One shape. The baseline and the oracle are the same kernel, decomposed as well, so that only precision tells them apart. */
export function studyShape(kernel: W4AxKernel, shape: Pick<GemmShape, 'm' | 'n' | 'k'>, lowShare: number): W4AxStudy {
  const seconds = (of: W4AxKernel, share: number, schedule: CometSchedule): number =>
    w4axTimeline(of, shape, { lowShare: share, schedule }).makespan_s;
  const w4a8_s = seconds(kernel, 0, 'decomposed');
  const full_s = seconds(kernel, lowShare, 'decomposed');
  const entries = <K extends string>(names: readonly K[], value: (name: K) => number): Record<K, number> =>
    Object.fromEntries(names.map((name) => [name, value(name)])) as Record<K, number>;
  const schedules = Object.keys(cometSchedules) as CometSchedule[];
  return {
    speedup: entries(schedules, (name) => w4a8_s / (name === 'decomposed' ? full_s : seconds(kernel, lowShare, name))),
    oracleShare: seconds(kernel, 1, 'decomposed') / full_s,
    slowdown: entries(removals, (without) => seconds({ ...kernel, without }, lowShare, 'decomposed') / full_s),
  };
}

/** Arithmetic mean over shapes, each figure by itself. */
export function meanStudy(studies: readonly W4AxStudy[]): W4AxStudy {
  const mean = (value: (study: W4AxStudy) => number): number => studies.reduce((sum, study) => sum + value(study), 0) / studies.length;
  const means = <K extends string>(part: (study: W4AxStudy) => Readonly<Record<K, number>>): Record<K, number> =>
    Object.fromEntries(Object.keys(part(studies[0]!)).map((name) => [name, mean((study) => part(study)[name as K])])) as Record<K, number>;
  return {
    speedup: means((study) => study.speedup),
    oracleShare: mean((study) => study.oracleShare),
    slowdown: means((study) => study.slowdown),
  };
}
