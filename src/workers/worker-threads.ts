/**
 * Worker threads that no task waits for in vain. A thread that dies takes the task it was at with it, which rejects, and is replaced; once none can start, all tasks reject.
 * No thread is ended while it loads its modules: Node aborts now and then.
 */
import type { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { LowbitError, type ErrorDetails } from '../lowbit-error.js';

/** What threads do, and how many of them there are. */
export interface WorkerThreadOptions {
  readonly file: URL;
  /** Name of the function that `file` exports. */
  readonly does: string;
  /** Threads that start at once. */
  readonly least: number;
  /** Others start when tasks wait for them. */
  readonly most: number;
  /** Heap of each thread; the default of the engine when absent. */
  readonly heap_MiB?: number;
  /** What is said when threads have too little memory to start. */
  readonly tooLittle?: ErrorDetails;
}

export interface WorkerThreads<Task, Reply> {
  run(task: Task): Promise<Reply>;
  /** Ends the threads where they are; tasks that wait reject. */
  close(): Promise<void>;
}

export function workerThreads<Task, Reply>(options: WorkerThreadOptions): WorkerThreads<Task, Reply> {
  const { file, does, least, most, heap_MiB } = options;
  const pool = new Piscina<Task, Reply>({
    filename: file.href,
    name: does,
    minThreads: least,
    maxThreads: most,
    idleTimeout: Number.POSITIVE_INFINITY,
    execArgv: [],
    ...(heap_MiB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heap_MiB } }),
  });
  const starting = startingThreads(pool);
  return {
    run: guarded(pool, options.tooLittle),
    async close() {
      // Each that is ready can take up a waiting task, and the pool starts the next.
      for (let threads = starting(); threads.length > 0; threads = starting()) await Promise.all(threads.map(readyOrGone));
      await pool.destroy();
    },
  };
}

/** Whether a thread ended because its heap was full. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

/** Threads of a pool that are loading still. The pool tells of none of those it starts with. */
function startingThreads<Task, Reply>(pool: Piscina<Task, Reply>): () => Worker[] {
  const ready = new Set<number>();
  const first = new Set(pool.threads.map(({ threadId }) => threadId));
  for (const thread of pool.threads) thread.once('message', () => ready.add(thread.threadId));
  pool.on('workerCreate', ({ id }: { id: number }) => {
    if (!first.has(id)) ready.add(id);
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

/** Hands tasks to a pool; rejects those that wait, and all later ones, once no thread of it can start. */
function guarded<Task, Reply>(pool: Piscina<Task, Reply>, tooLittle: ErrorDetails | undefined): (task: Task) => Promise<Reply> {
  const waiting = new Set<(error: Error) => void>();
  let broken: Error | undefined;
  let last: Error | undefined;
  const giveUp = (error: Error): void => {
    broken ??= isOutOfMemory(error) ? new LowbitError('a worker runs out of memory while it starts', tooLittle ?? {}) : error;
    for (const reject of waiting) reject(broken);
  };
  // Emitted when a thread ends without a task: it could not start, and neither would its successor.
  pool.on('error', giveUp);
  // A thread that ends while it starts has no successor, and one that exits says nothing: tasks would wait for ever.
  pool.on('workerDestroy', () => {
    setImmediate(() => {
      if (pool.threads.length === 0) giveUp(last ?? new Error('no worker thread can start'));
    });
  });
  const forward = async (task: Task, resolve: (reply: Reply) => void, reject: (error: Error) => void): Promise<void> => {
    try {
      resolve(await pool.run(task));
    } catch (error) {
      last = asError(error);
      reject(last);
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

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
