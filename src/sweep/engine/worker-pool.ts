/**
 * The pool of worker threads. The first one starts at once and the second when that has loaded, so that both are ready when the plan has been read
 * and two cores have work all the time; the others when there are parts for them. A worker that dies takes the part it was at with it and is replaced; that is an outcome here, not an exception.
 */
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { LowbitError } from '../../lowbit-error.js';
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
  const pool = new Piscina<SentTask | null, PartReply | null>({
    filename: (worker ?? new URL('./sweep-worker.js', import.meta.url)).href,
    name: 'runPart',
    minThreads: 1,
    maxThreads: jobs,
    idleTimeout: Number.POSITIVE_INFINITY,
    execArgv: [],
    ...(workerMemory_MiB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: workerMemory_MiB } }),
  });
  const starting = startingThreads(pool);
  const send = sender(pool, workerMemory_MiB);
  // The empty task is done as soon as a worker has loaded; whether one can is told by the first part.
  void send(null)
    .then(() => (jobs > 1 ? Promise.all([send(null), send(null)]) : null))
    .catch(() => null);
  return {
    serve(setup, parts) {
      const sent = sentSetup(setup);
      return { jobs: Math.max(1, Math.min(jobs, parts)), run: (task) => outcomeOf(send({ setup: sent, task }) as Promise<PartReply>) };
    },
    async close() {
      // Node aborts now and then when a thread is ended while it loads modules. Each that is ready can take up a waiting part, and the pool starts the next.
      for (let threads = starting(); threads.length > 0; threads = starting()) await Promise.all(threads.map(readyOrGone));
      await pool.destroy();
    },
  };
}

/** Threads of a pool that are loading still. The pool tells of the first, which it starts with, before that has loaded. */
function startingThreads(pool: Piscina): () => Worker[] {
  const ready = new Set<number>();
  const [first] = pool.threads;
  first?.once('message', () => ready.add(first.threadId));
  pool.on('workerCreate', ({ id }: { id: number }) => {
    if (id !== first?.threadId) ready.add(id);
  });
  return () => pool.threads.filter(({ threadId }) => !ready.has(threadId));
}

/** What a thread says first is that it has loaded. The pool lets the process end without waiting for it. */
function readyOrGone(thread: Worker): Promise<void> {
  thread.ref();
  return new Promise((resolve) => {
    for (const event of ['message', 'error', 'exit']) thread.once(event, () => resolve());
  });
}

type Sender = (task: SentTask | null) => Promise<PartReply | null>;

/** Hands tasks to a pool; rejects those that wait, and all later ones, once no worker of it can start. */
function sender(pool: Piscina<SentTask | null, PartReply | null>, workerMemory_MiB: number | undefined): Sender {
  const waiting = new Set<(error: Error) => void>();
  let broken: Error | undefined;
  const giveUp = (error: Error): void => {
    broken ??= isOutOfMemory(error) ? tooLittleToStart(workerMemory_MiB) : error;
    for (const reject of waiting) reject(broken);
  };
  // Emitted when a worker ends without a part: it could not start, and neither would its successor.
  pool.on('error', giveUp);
  // A worker that ends while it starts, with a part in its hands, has no successor: parts would wait for ever.
  const checkThreads = (error: Error): void => {
    setImmediate(() => {
      if (pool.threads.length === 0) giveUp(error);
    });
  };
  const forward = async (
    task: SentTask | null,
    resolve: (reply: PartReply | null) => void,
    reject: (error: Error) => void,
  ): Promise<void> => {
    try {
      resolve(await pool.run(task));
    } catch (error) {
      reject(asError(error));
      checkThreads(asError(error));
    } finally {
      waiting.delete(reject);
    }
  };
  return async (task) => {
    if (broken !== undefined) throw broken;
    return new Promise((resolve, reject) => {
      waiting.add(reject);
      void forward(task, resolve, reject);
    });
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

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
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
