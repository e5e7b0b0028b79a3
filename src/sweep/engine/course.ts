/** A sweep under way: what its parts share, and what has come of them so far. */
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { Space } from '../plan/space.js';
import { summaryMerger } from '../pareto/merge.js';
import type { Delivered } from './part-queue.js';
import type { PartAnswer, PartTask } from './part-task.js';
import { progressMeter, type Progress } from './progress.js';
import type { WorkerPool } from './worker-pool.js';

/** Points without a row, because the worker that had them died twice. */
export interface LostPart {
  readonly part: number;
  /** First and last point. */
  readonly points: readonly [number, number];
  readonly why: string;
  readonly remedy: string;
}

export interface Course {
  readonly plan: SweepPlan;
  readonly space: Space;
  readonly pool: WorkerPool;
  readonly mode: PartTask['mode'];
  readonly signal: AbortSignal | undefined;
  readonly taken: Taken;
}

/** What was delivered, in order of parts. */
export interface Taken {
  take(delivered: Delivered): PartAnswer | undefined;
  readonly merger: ReturnType<typeof summaryMerger>;
  /** Parts that are there. */
  readonly parts: readonly number[];
  /** Rows that are results (last rung). */
  rows(): number;
  /** Rows at each rung of the plan; empty without rungs. */
  readonly rungPoints: readonly number[];
  readonly lost: readonly LostPart[];
  readonly unusable: readonly { readonly part: number; readonly why: string }[];
}

/** `total`: positions the run has before it. */
export function takenParts(plan: SweepPlan, total: number, onProgress: ((progress: Progress) => void) | undefined): Taken {
  const merger = summaryMerger(plan);
  const meter = progressMeter(total, onProgress);
  const parts: number[] = [];
  const lost: LostPart[] = [];
  const unusable: { part: number; why: string }[] = [];
  let resultRows = 0;
  const rungPoints = plan.rungs.map(() => 0);
  return {
    ...{ merger, parts, lost, unusable, rungPoints },
    rows: () => resultRows,
    take(delivered) {
      if (delivered.kind === 'died') {
        lost.push(lostPart(delivered));
        return undefined;
      }
      if (delivered.kind === 'unusable') {
        unusable.push(delivered);
        return undefined;
      }
      const { answer } = delivered;
      const { part, rung, positions, rows, found, summary } = answer;
      parts.push(part);
      if (rung in rungPoints) rungPoints[rung]! += rows;
      if (summary !== null) {
        merger.add(summary);
        resultRows += rows;
      }
      meter({ positions, rows, failed: summary?.failed ?? 0, found });
      return answer;
    },
  };
}

function lostPart({ task, why, outOfMemory }: Extract<Delivered, { kind: 'died' }>): LostPart {
  return {
    part: task.part,
    points: [task.points[0]!, task.points.at(-1)!],
    why: `${why}, twice`,
    remedy: outOfMemory
      ? 'give workers more with --worker-memory MiB and go on with --resume'
      : 'go on with --resume; what kills the worker again is a defect of lowbit',
  };
}

/** One sentence per lost part for the notes of the result. */
export function lostNote({ part, points: [first, last], why, remedy }: LostPart): string {
  return `part ${part} (points ${first} to ${last}) is missing: ${why}; ${remedy}`;
}
