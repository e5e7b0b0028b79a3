/** What a worker does with one part: admit its points, simulate them (or read what an earlier run wrote), write the file, sum it up. */
import { LowbitError } from '../../lowbit-error.js';
import type { Admission } from '../plan/space.js';
import type { SweepPlan } from '../plan/sweep-plan.js';
import type { PartSummary } from '../rows/part-summary.js';
import type { Evaluator, RowBatch } from '../rows/row-batch.js';
import type { Told } from '../search/search.js';
import { decodeRows, encodePart, readPart, writePart } from '../store/part-file.js';
import { partFormat } from '../store/part-format.js';
import { partPath } from '../store/sweep-folder.js';
import type { PartReply, PartTask, SentTask, WorkerSetup } from './part-task.js';

export interface PartTools {
  readonly plan: SweepPlan;
  /** Folder of the sweep. */
  readonly dir: string;
  admit(points: Float64Array): Admission;
  /** Made when the first part has to be simulated: a worker that only reads needs none. */
  evaluator(): Promise<Evaluator>;
  summarise(batch: RowBatch, admission: Admission): PartSummary;
}

/** What a worker file exports: the parts of one sweep, its tools made when the first part comes. Null only asks for the worker to be there. */
export function setUpOnce(toolsOf: (setup: WorkerSetup) => PartTools): (sent: SentTask | null) => Promise<PartReply> | null {
  let run: ((task: PartTask) => Promise<PartReply>) | undefined;
  return (sent) => {
    if (sent === null) return null;
    const {
      setup: { planText, ...others },
      task,
    } = sent;
    run ??= partRunner(toolsOf({ ...others, plan: JSON.parse(textOf(planText)) as SweepPlan }));
    return run(task);
  };
}

/** Text decoders refuse shared memory: a copy is read. */
function textOf(shared: SharedArrayBuffer): string {
  return new TextDecoder().decode(new Uint8Array(shared).slice());
}

/** A function that never throws for what a user can mend. */
function partRunner(tools: PartTools): (task: PartTask) => Promise<PartReply> {
  const { plan, dir } = tools;
  const format = partFormat(plan);
  const lastRung = Math.max(0, plan.rungs.length - 1);
  let evaluator: Evaluator | undefined;

  const simulate = async (task: PartTask, { points }: Admission): Promise<RowBatch> => {
    evaluator ??= await tools.evaluator();
    const batch = evaluator.evaluate(points, task.rung);
    writePart(partPath(dir, task.part), encodePart(format, task.part, task.rung, batch));
    return batch;
  };

  /** The rows on disk, or why they are of no use. */
  const found = async (task: PartTask, { points }: Admission): Promise<RowBatch | string> => {
    const stored = readPart(format, task.part, partPath(dir, task.part));
    if (stored.state === 'absent') return 'it is missing';
    if (stored.state === 'damaged') return stored.why;
    if (stored.rung !== task.rung) return `it is of rung ${stored.rung}`;
    const batch = await decodeRows(format, stored.bytes, stored.metadata);
    return sameNumbers(batch.points, points) ? batch : 'it holds other points';
  };

  const run = async (task: PartTask): Promise<PartReply> => {
    const admission = tools.admit(task.points);
    const stored = task.mode === 'write' ? undefined : await found(task, admission);
    if (typeof stored === 'string' && task.mode === 'read') return { kind: 'unusable', part: task.part, why: stored };
    const isFound = typeof stored === 'object';
    const batch = isFound ? stored : await simulate(task, admission);
    return {
      kind: 'answer',
      answer: {
        part: task.part,
        rung: task.rung,
        positions: task.points.length,
        rows: batch.length,
        found: isFound,
        summary: task.rung === lastRung ? tools.summarise(batch, admission) : null,
        told: task.tell ? answerOf(plan, task.points, batch) : null,
      },
    };
  };

  return async (task) => {
    try {
      return await run(task);
    } catch (error) {
      if (error instanceof LowbitError) return { kind: 'error', what: error.what, details: error.details };
      throw error;
    }
  };
}

/** What a search is told: objectives to minimise and the number of violated constraints; nothing is known of points without a row. */
function answerOf({ objectives: wanted, constraints }: SweepPlan, asked: Float64Array, batch: RowBatch): Told {
  const width = Math.max(1, wanted.length);
  const objectives = new Float64Array(asked.length * width).fill(Number.NaN);
  const violations = new Float64Array(asked.length).fill(constraints.length);
  for (let i = 0, row = 0; i < asked.length && row < batch.length; i++) {
    if (batch.points[row] !== asked[i]) continue;
    for (let o = 0; o < wanted.length; o++) {
      const value = batch.objectives[o]![row]!;
      objectives[i * width + o] = wanted[o]!.direction === 'maximize' ? -value : value;
    }
    if (!batch.errors.has(row)) violations[i] = bitsSet(batch.violated[row]!);
    row++;
  }
  return { objectives, violations };
}

function bitsSet(bits: number): number {
  let count = 0;
  for (let rest = bits >>> 0; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function sameNumbers(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
