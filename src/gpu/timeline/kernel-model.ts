/**
 * What a kernel of products is charged with under the choices of a run: its own schedule, or the one of `--schedule` where it can run that;
 * kernels of two precisions (COMET) on their own timeline, with the share of 4-bit blocks of `--w4a4-share`, of the layer, or of COMET's figures.
 * A schedule that a kernel of one precision does not have by itself is run on the timeline, except waves, which the closed form is for.
 */
import { gemmModel } from '../gemm/closed-form.js';
import type { GemmCost, GemmShape } from '../gemm/gemm-cost.js';
import type { GemmSetup } from '../gemm/plan-work.js';
import { w4axModel } from './comet/w4ax-model.js';
import { gemmTimeline } from './gemm-timeline.js';
import { isScheduled, scheduledModel, timelineModel } from './scheduled-model.js';
import { cometScheduleNames, plainSchedules, type ScheduleName } from './schedules/schedule-name.js';
import { staticWaves } from './schedules/static-waves.js';
import type { SmTimeline } from './sm-timeline.js';

/** What a run asks of its kernels; absent: what the kernels have. */
export interface KernelChoices {
  readonly schedule?: ScheduleName | undefined;
  /** Share of the blocks of channels that are W4A4, in kernels of two precisions; absent: what each layer says. */
  readonly w4a4Share?: number | undefined;
}

/** Share of W4A4 blocks that COMET's figures hold for (docs/gpu/comet.md), of layers that say none. */
export const DEFAULT_LOW_SHARE = 0.75;

export interface KernelModel {
  cost(shape: GemmShape): GemmCost;
  /** Seconds by cause are of a run of events, not of formulas. */
  readonly onTimeline: boolean;
  /** undefined: the matrix-vector path, which has no tiles. */
  timeline(shape: GemmShape): { readonly time_s: number; readonly timeline: SmTimeline } | undefined;
}

const one = <Name extends string>(names: readonly Name[], name: string | undefined): Name | undefined => names.find((own) => own === name);

export function kernelModel(setup: GemmSetup, { schedule, w4a4Share }: KernelChoices): KernelModel {
  const { mixed } = setup.kernel;
  if (mixed !== undefined) {
    const model = w4axModel(setup, mixed, {
      schedule: one(cometScheduleNames, schedule) ?? 'decomposed',
      lowShare: w4a4Share,
      usualLowShare: DEFAULT_LOW_SHARE,
    });
    return { cost: (shape) => model.cost(shape), onTimeline: true, timeline: (shape) => model.run(shape) };
  }
  const asked = one(plainSchedules, schedule);
  if (asked === undefined) {
    const model = scheduledModel(setup);
    return { cost: (shape) => model.cost(shape), onTimeline: isScheduled(setup.kernel), timeline: (shape) => gemmTimeline(setup, shape) };
  }
  const chosen = { ...setup, kernel: { ...setup.kernel, schedule: asked === 'static-waves' ? ('waves' as const) : asked } };
  const policy = asked === 'static-waves' ? staticWaves : undefined;
  const onTimeline = asked !== 'waves' || isScheduled(chosen.kernel);
  const model = onTimeline ? timelineModel(chosen, policy) : gemmModel(chosen.device, chosen.kernel, chosen.parameters, chosen.profile);
  return { cost: (shape) => model.cost(shape), onTimeline, timeline: (shape) => gemmTimeline(chosen, shape, policy) };
}
