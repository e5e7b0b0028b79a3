/**
 * A GEMM on the event-driven timeline: the plan that the closed form chose (gemm/plan-work.ts), its thread blocks dealt to SMs by the schedule of the
 * kernel: in waves, persistent, or in stripes (stream-K), where partial sums of a shared tile go through L2, 4 bytes written and read per output.
 *   time = launch + passes of their own + run of the blocks + meeting of a split
 * When the board cannot sustain the run, all main stages go slower until they take what its power allows: power is capped over
 * milliseconds, many kernels, so the clock is the same for the whole run.
 * Left out: the matrix-vector path, which has no tiles.
 */
import { planWork, type GemmSetup, type PlanWork } from '../gemm/plan-work.js';
import type { GemmShape } from '../gemm/gemm-cost.js';
import type { GpuKernel } from '../kernels/gpu-kernel.js';
import { runTimeline } from './run-timeline.js';
import { persistent, waves } from './schedules/persistent.js';
import type { SchedulePolicy } from './schedules/sm-schedule.js';
import { streamK } from './schedules/stream-k.js';
import type { SmTimeline, TileWork, TimelineEvent, TimelineStage } from './sm-timeline.js';

/** A GEMM that ran on the SMs. */
export interface GemmTimeline {
  /** Launch and passes included, which the timeline does not show. */
  readonly time_s: number;
  readonly timeline: SmTimeline;
  readonly work: PlanWork;
  /** What board power adds. */
  readonly stretched_s: number;
}

/** Seconds in which some event of the given stages runs. */
export function span_s(events: readonly TimelineEvent[], stages: readonly TimelineStage[]): number {
  const spans = events.filter(({ stage }) => stages.includes(stage)).sort((a, b) => a.start_s - b.start_s);
  let [total, until] = [0, 0];
  for (const { start_s, end_s } of spans) {
    if (end_s <= until) continue;
    total += end_s - Math.max(start_s, until);
    until = end_s;
  }
  return total;
}

/** Runs the blocks with main stages `slowdown` times as long. */
function runBlocks({ plan, block, machine }: PlanWork, policy: SchedulePolicy, slowdown: number): SmTimeline {
  const { m, n, k } = plan.tile;
  const label = `${m} x ${n} x ${k}${plan.splitK > 1 ? `, 1/${plan.splitK} of k` : ''}`;
  const slower = { ...block, compute_s: block.compute_s * slowdown, latency_s: block.latency_s * slowdown };
  const tiles = Array.from({ length: plan.blocks }, (_, id): TileWork => ({ id, label, ...slower }));
  const rates = { ...machine, l2PerSm_Bps: machine.l2PerSm_Bps / slowdown, dram_Bps: machine.dram_Bps / slowdown };
  return runTimeline(tiles, policy(tiles, rates), rates);
}

/** Shows the meeting of the parts of a split behind the last block, on every SM. */
function withMeeting(timeline: SmTimeline, split_s: number): SmTimeline {
  if (!(split_s > 0)) return timeline;
  const { makespan_s, sms } = timeline;
  const meeting = Array.from({ length: sms }, (_, sm) => ({
    sm,
    slot: 0,
    tile: 0,
    share: 1,
    stage: 'reduce' as const,
    start_s: makespan_s,
    end_s: makespan_s + split_s,
  }));
  const idle_s = timeline.idleShare * makespan_s;
  return {
    ...timeline,
    makespan_s: makespan_s + split_s,
    events: [...timeline.events, ...meeting],
    idleShare: idle_s / (makespan_s + split_s),
  };
}

/** The schedule that a kernel file names. */
function scheduleOf({ schedule }: GpuKernel, { plan, machine }: PlanWork, shape: GemmShape): SchedulePolicy {
  if (schedule === 'waves') return waves;
  if (schedule === 'persistent') return persistent;
  const { m, n, k } = plan.tile;
  return streamK({ stepsPerTile: Math.ceil(shape.k / k / plan.splitK), reduce_s: (8 * m * n) / machine.l2PerSm_Bps });
}

/** Timeline of a GEMM; undefined on the matrix-vector path. `policy`: that of the kernel unless given. */
export function gemmTimeline(setup: GemmSetup, shape: GemmShape, policy?: SchedulePolicy): GemmTimeline | undefined {
  const work = planWork(setup, shape);
  if (work === undefined) return undefined;
  const chosen = policy ?? scheduleOf(setup.kernel, work, shape);
  const free = runBlocks(work, chosen, 1);
  const main_s = span_s(free.events, ['main']);
  const run = work.sustained_s > main_s ? runBlocks(work, chosen, work.sustained_s / main_s) : free;
  const timeline = withMeeting(run, work.split_s);
  return { time_s: work.launch_s + work.passes_s + timeline.makespan_s, timeline, work, stretched_s: run.makespan_s - free.makespan_s };
}
