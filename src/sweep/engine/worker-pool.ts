/**
 * The pool of worker threads. The first one starts at once and the second when that has loaded, so that both are ready when the plan has been read
 * and two cores have work all the time; the others when there are parts for them. A worker that dies takes the part it was at with it and is replaced; that is an outcome here, not an exception.
 */
import { availableParallelism } from 'node:os';
import { LowbitError } from '../../lowbit-error.js';
import { isOutOfMemory, workerThreads } from '../../workers/worker-threads.js';
import type { PartReply, PartTask, SentSetup, SentTask, WorkerSetup } from './part-task.js';

export type PartOutcome =
  Exclude<PartReply, { kind: 'error' }> | { readonly kind: 'died'; readonly why: string; readonly outOfMemory: boolean };

export interface WorkerPool {
  readonly jobs: number;
  /** Throws LowbitError for what the user can mend (a full disk), any other error for a defect. */
  run(task: PartTask): Promise<PartOutcome>;
}

/** Threads that are there, or will be, before it is known what they work on. */
export interface Workers {
  /** The pool for the parts of one sweep, at most `parts` of them at once. */
  serve(setup: WorkerSetup, parts: number): WorkerPool;
  /** Ends the threads where they are. */
  close(): Promise<void>;
}

/** The worker threads of a run. */
export interface WorkerOptions {
  /** Worker threads; default: what the machine has. */
  readonly jobs?: number;
  /** Heap of each worker; the default of the engine when absent. */
  readonly workerMemory_MiB?: number;
  /** File whose export `runPart` does the work; tests give one that fails. */
  readonly worker?: URL;
}

export function startWorkers({ jobs = availableParallelism(), workerMemory_MiB, worker }: WorkerOptions): Workers {
  const threads = workerThreads<SentTask | null, PartReply | null>({
    file: worker ?? new URL('./sweep-worker.js', import.meta.url),
    does: 'runPart',
    least: 1,
    most: jobs,
    ...(workerMemory_MiB === undefined ? {} : { heap_MiB: workerMemory_MiB }),
    tooLittle: {
      ...(workerMemory_MiB === undefined ? {} : { value: `--worker-memory ${workerMemory_MiB}` }),
      remedy: 'give it more with --worker-memory, or fewer workers with --jobs',
    },
  });
  // The empty task is done as soon as a worker has loaded; whether one can is told by the first part.
  void threads
    .run(null)
    .then(() => (jobs > 1 ? Promise.all([threads.run(null), threads.run(null)]) : null))
    .catch(() => null);
  return {
    serve(setup, parts) {
      const sent = sentSetup(setup);
      return {
        jobs: Math.max(1, Math.min(jobs, parts)),
        run: (task) => outcomeOf(threads.run({ setup: sent, task }) as Promise<PartReply>),
      };
    },
    close: () => threads.close(),
  };
}

function sentSetup({ plan, ...others }: WorkerSetup): SentSetup {
  const bytes = new TextEncoder().encode(JSON.stringify(plan));
  const planText = new SharedArrayBuffer(bytes.length);
  new Uint8Array(planText).set(bytes);
  return { ...others, planText };
}

async function outcomeOf(sent: Promise<PartReply>): Promise<PartOutcome> {
  let reply: PartReply;
  try {
    reply = await sent;
  } catch (error) {
    return deathOf(error);
  }
  if (reply.kind === 'error') throw new LowbitError(reply.what, reply.details);
  return reply;
}

/** An error that a worker threw is a defect and goes on; its end is an outcome. */
function deathOf(error: unknown): PartOutcome {
  if (isOutOfMemory(error)) return { kind: 'died', why: 'the worker ran out of memory', outOfMemory: true };
  if (error instanceof Error && error.message.startsWith('worker exited with code')) {
    return { kind: 'died', why: `the ${error.message}`, outOfMemory: false };
  }
  throw error;
}
