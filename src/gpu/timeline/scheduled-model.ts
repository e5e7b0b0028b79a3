/**
 * What a GEMM kernel is charged with, by the schedule and the load pipeline of its file:
 *   waves and persistent, stages > 1   the closed form
 *   stream-k, or stages: 1             the timeline of the plan that the closed form chose, whose terms know neither
 * Causes are those of the SM that ends last, so that they sum to the run:
 *   compute, dequant   those of an average SM; compute also what board power adds
 *   fill               it has only first loads, and its k-loop waits for latency
 *   drain              it has only epilogues and fix-ups; the meeting of a split
 *   laneStall          it has nothing to do, and its products beyond an average SM's
 *   dramStall          the rest: DRAM, L2 and, with one stage, loads that nothing hides; passes of their own
 * Runs are kept by shape, because models repeat their layers. Left out: first loads that a persistent block pays once only (charged for every wave).
 */
import { cycleCauses } from '../../trace/layer-activity.js';
import { gemmModel } from '../gemm/closed-form.js';
import type { GemmCost, GemmModel, GemmSeconds, GemmShape } from '../gemm/gemm-cost.js';
import type { GemmSetup } from '../gemm/plan-work.js';
import type { GpuKernel } from '../kernels/gpu-kernel.js';
import { gemmTimeline, span_s, type GemmTimeline } from './gemm-timeline.js';
import type { SchedulePolicy } from './schedules/sm-schedule.js';
import type { TimelineEvent } from './sm-timeline.js';

/** Whether a kernel is charged on the timeline. */
export function isScheduled({ schedule, stages }: GpuKernel): boolean {
  return schedule === 'stream-k' || stages === 1;
}

/** Prepares a kernel on a card: the one charge of simulations, sweeps and reproductions. */
export function scheduledModel(setup: GemmSetup): GemmModel {
  return isScheduled(setup.kernel) ? timelineModel(setup) : gemmModel(setup.device, setup.kernel, setup.parameters, setup.profile);
}

/** A kernel charged on the timeline, whatever its file says; `policy`: its own schedule unless given. */
export function timelineModel(setup: GemmSetup, policy?: SchedulePolicy): GemmModel {
  const closed = gemmModel(setup.device, setup.kernel, setup.parameters, setup.profile);
  const known = new Map<string, GemmCost>();
  const cost = (shape: GemmShape): GemmCost => {
    const { m, n, k, activation_bits, weight_bits, output_bits } = shape;
    const key = [m, n, k, activation_bits, weight_bits, output_bits].join(' ');
    const charged = known.get(key) ?? onTimeline(closed.cost(shape), gemmTimeline(setup, shape, policy));
    known.set(key, charged);
    return charged;
  };
  return { cost, time_s: (shape) => cost(shape).time_s };
}

/** The matrix-vector path has no tiles: the closed form stands. */
function onTimeline(closed: GemmCost, run: GemmTimeline | undefined): GemmCost {
  if (run === undefined) return closed;
  const seconds = secondsOf(closed, run);
  return { ...closed, seconds, time_s: cycleCauses.reduce((sum, cause) => sum + seconds[cause], 0) };
}

/** Events of the SM that ends last, without the meeting of a split, which all SMs share. */
function lastSm({ timeline, work }: GemmTimeline): TimelineEvent[] {
  const until_s = (timeline.makespan_s - work.split_s) * (1 - 1e-12);
  const events = timeline.events.filter(({ start_s }) => start_s < until_s);
  const last = events.reduce<TimelineEvent | undefined>((found, event) => (found && found.end_s >= event.end_s ? found : event), undefined);
  return events.filter(({ sm }) => sm === last?.sm);
}

function secondsOf(closed: GemmCost, run: GemmTimeline): GemmSeconds {
  const { work, timeline } = run;
  const { block, machine, plan } = work;
  const events = lastSm(run);
  const main_s = span_s(events, ['main']);
  const ends_s = span_s(events, ['main', 'drain', 'reduce']) - main_s;
  const first_s = span_s(events, ['fill', 'main', 'drain', 'reduce']) - main_s - ends_s;
  const shares = events.reduce((sum, { stage, share }) => (stage === 'main' ? sum + share : sum), 0);
  // What is left of the run is given out in this order, so that no cause is below 0 and nothing is counted twice.
  let left_s = timeline.makespan_s - work.split_s - ends_s - first_s;
  const take = (wanted_s: number): number => {
    const taken_s = Math.max(0, Math.min(wanted_s, left_s));
    left_s -= taken_s;
    return taken_s;
  };
  const average_s = (plan.blocks / machine.sms) * block.compute_s;
  const dequant = take(closed.seconds.dequant);
  const compute = take(average_s - closed.seconds.dequant) + take(run.stretched_s);
  const idle_s = timeline.makespan_s - work.split_s - span_s(events, ['fill', 'main', 'drain', 'reduce']);
  const laneStall = take(Math.max(0, shares * block.compute_s - average_s) + idle_s);
  const step_s = Math.max(block.compute_s, block.l2_bytes / machine.l2PerSm_Bps);
  const latency = take(shares * (block.latency_s / Math.min(machine.slotsPerSm, Math.ceil(plan.blocks / machine.sms)) - step_s));
  return {
    compute,
    dequant,
    dramStall: left_s + work.passes_s,
    fill: first_s + latency,
    drain: ends_s + work.split_s,
    laneStall,
    sync: 0,
    launch: work.launch_s,
  };
}
