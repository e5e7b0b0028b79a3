/**
 * Evaluations in worker threads, one task after the other in each. Outcomes are handed over as they come and returned in the order of the tasks: they
 * do not depend on the number of threads, but for the wall-clock times they hold. Even a single one runs in a thread, so that Ctrl-C is answered.
 */
import { workerThreads } from '../../workers/worker-threads.js';
import { endOnInterrupt } from '../end-by-signal.js';
import type { EvaluationProgress } from './evaluation-progress.js';
import type { EvaluationOutcome, EvaluationTask } from './evaluation-run.js';

interface Lanes {
  /** Threads at once. */
  readonly jobs: number;
  readonly progress: EvaluationProgress;
  /** Given every outcome once it is there. After what it throws no further task is started. */
  readonly take: (outcome: EvaluationOutcome) => Promise<void>;
  /** Called on Ctrl-C, before the process ends. */
  readonly interrupted: () => void;
}

export async function evaluateAll(
  tasks: readonly EvaluationTask[],
  { jobs, progress, take, interrupted }: Lanes,
): Promise<EvaluationOutcome[]> {
  endOnInterrupt(interrupted);
  const threads = Math.min(jobs, tasks.length);
  const file = new URL('./evaluation-worker.js', import.meta.url);
  const pool = workerThreads<EvaluationTask, EvaluationOutcome>({ file, does: 'evaluateTask', least: threads, most: threads });
  const outcomes: EvaluationOutcome[] = [];
  const waiting = tasks.entries();
  const errors: unknown[] = [];
  const work = async (index: number, task: EvaluationTask): Promise<void> => {
    const progressed = progress.start(task);
    const outcome = await pool.run({ ...task, progress: progressed }).finally(() => progress.done(task));
    outcomes[index] = outcome;
    await take(outcome);
  };
  const lane = async (): Promise<void> => {
    for (const [index, task] of waiting) {
      if (errors.length > 0) return;
      await work(index, task).catch((error: unknown) => errors.push(error));
    }
  };
  await Promise.all(Array.from({ length: threads }, lane));
  await pool.close();
  if (errors.length > 0) throw errors[0];
  return outcomes;
}
