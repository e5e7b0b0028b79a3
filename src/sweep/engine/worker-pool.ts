/**
 * The pool of worker threads. A worker that dies takes the part it was at with it and is replaced; that is an outcome here, not an exception.
 */
import { Piscina } from 'piscina';
import { LowbitError } from '../../lowbit-error.js';
import type { PartReply, PartTask, WorkerSetup } from './part-task.js';

export type PartOutcome =
  Exclude<PartReply, { kind: 'error' }> | { readonly kind: 'died'; readonly why: string; readonly outOfMemory: boolean };

export interface WorkerPool {
  readonly jobs: number;
  /** Throws LowbitError for what the user can mend (a full disk), any other error for a defect. */
  run(task: PartTask): Promise<PartOutcome>;
  /** Ends the threads where they are. */
  close(): Promise<void>;
}

export interface PoolOptions {
  readonly jobs: number;
  /** Heap of a worker; the default of the engine when absent. */
  readonly workerMemory_MiB?: number;
  /** File whose export `runPart` does the work. */
  readonly worker: URL;
}

export function workerPool(setup: WorkerSetup, { jobs, workerMemory_MiB, worker }: PoolOptions): WorkerPool {
  const pool = new Piscina<PartTask, PartReply>({
    filename: worker.href,
    name: 'runPart',
    minThreads: jobs,
    maxThreads: jobs,
    workerData: setup,
    execArgv: [],
    ...(workerMemory_MiB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: workerMemory_MiB } }),
  });
  const waiting = new Set<(error: Error) => void>();
  let broken: Error | undefined;
  // Emitted when a worker ends without a part: it could not start, and neither would its successor.
  pool.on('error', (error: Error) => {
    broken ??= isOutOfMemory(error) ? tooLittleToStart(workerMemory_MiB) : error;
    for (const reject of waiting) reject(broken);
  });
  const send = (task: PartTask): Promise<PartReply> =>
    new Promise((resolve, reject) => {
      if (broken !== undefined) {
        reject(broken);
        return;
      }
      waiting.add(reject);
      void pool
        .run(task)
        .then(resolve, reject)
        .finally(() => waiting.delete(reject));
    });
  return {
    jobs,
    async run(task) {
      let reply: PartReply;
      try {
        reply = await send(task);
      } catch (error) {
        return deathOf(error);
      }
      if (reply.kind === 'error') throw new LowbitError(reply.what, reply.details);
      return reply;
    },
    close: () => pool.destroy(),
  };
}

/** An error that a worker threw is a defect and goes on; its end is an outcome. */
function deathOf(error: unknown): PartOutcome {
  if (isOutOfMemory(error)) return { kind: 'died', why: 'the worker ran out of memory', outOfMemory: true };
  if (error instanceof Error && error.message.startsWith('worker exited with code')) {
    return { kind: 'died', why: `the ${error.message}`, outOfMemory: false };
  }
  throw error;
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function tooLittleToStart(limit_MiB: number | undefined): LowbitError {
  return new LowbitError('a worker runs out of memory before its first part', {
    ...(limit_MiB === undefined ? {} : { value: `--worker-memory ${limit_MiB}` }),
    remedy: 'give it more with --worker-memory, or fewer workers with --jobs',
  });
}
