/** Rows of a worked study: points chosen by the positions of its dimensions, evaluated as a worker does. */
import { evaluatorOf } from '../../../src/sweep/evaluate/evaluator.js';
import { gpuPoints } from '../../../src/sweep/evaluate/gpu-points.js';
import { readSweep } from '../../../src/sweep/plan/read-sweep.js';
import { spaceOf } from '../../../src/sweep/plan/space.js';
import type { AxisValue, SweepPlan } from '../../../src/sweep/plan/sweep-plan.js';

export interface StudyRow {
  readonly axes: Readonly<Record<string, AxisValue>>;
  readonly columns: Readonly<Record<string, number>>;
}

export interface Study {
  readonly plan: SweepPlan;
  /** Rows of points given by the position of each dimension, in the order of the file. */
  readonly rows: (positions: readonly (readonly number[])[]) => StudyRow[];
}

const read = new Map<string, Promise<Study>>();

/** A study is read once, for its evaluator keeps what points share. */
export function study(name: string, ...set: readonly string[]): Promise<Study> {
  const key = [name, ...set].join(' ');
  const found = read.get(key) ?? readStudy(name, set);
  read.set(key, found);
  return found;
}

async function readStudy(name: string, set: readonly string[]): Promise<Study> {
  const plan = await readSweep(name, { set });
  const space = spaceOf(plan);
  const evaluator = evaluatorOf(plan, { gpus: gpuPoints });
  return {
    plan,
    rows: (positions) => {
      const batch = evaluator.evaluate(Float64Array.from(positions, (digits) => space.pointOf(digits)));
      for (const message of batch.errors.values()) throw new Error(message);
      return positions.map((_, row) => ({
        axes: Object.fromEntries(plan.axes.map(({ name: axis, values }, a) => [axis, values[batch.axes[a]![row]!] ?? null])),
        columns: Object.fromEntries(plan.columns.map((column, c) => [column, batch.columns[c]![row]!])),
      }));
    },
  };
}

/** 0, 1, ... n - 1. */
export const positions = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
