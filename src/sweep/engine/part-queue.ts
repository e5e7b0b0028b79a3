/**
 * Runs parts on a pool: a bounded number at once, delivered in order of their number whatever the order they finish in. A part whose worker died is tried
 * once more, alone, after those beside it are done: what they kept in memory is then free. If it fails again it is delivered as lost, and the
 * others go on.
 */
import type { PartTask } from './part-task.js';
import type { PartOutcome, WorkerPool } from './worker-pool.js';

type Died = Extract<PartOutcome, { kind: 'died' }>;
export type Delivered = Exclude<PartOutcome, Died> | (Died & { readonly task: PartTask });

export interface QueueOptions {
  readonly pool: WorkerPool;
  /** Stops at once: parts that are under way are not waited for. */
  readonly signal?: AbortSignal | undefined;
  /** Called in order of parts; after a stop, gaps may remain. */
  readonly deliver: (delivered: Delivered) => void;
}

interface Placed {
  readonly task: PartTask;
  /** Position in the order of delivery. */
  readonly place: number;
}

/** `tasks` are asked for one by one, their parts counting up. Throws what `pool.run` throws. */
export async function runParts(tasks: Iterable<PartTask>, { pool, signal, deliver }: QueueOptions): Promise<'all' | 'stopped'> {
  const atOnce = 2 * pool.jobs;
  const order = inOrder(deliver);
  const source: Iterator<Placed, undefined> = placed(tasks);
  const failures: unknown[] = [];
  const again: Placed[] = [];
  let running = 0;
  let wake = (): void => undefined;

  const start = ({ task, place }: Placed, last: boolean): void => {
    running++;
    void pool
      .run(task)
      .then((outcome) => {
        if (outcome.kind !== 'died') order.add(place, outcome);
        else if (last) order.add(place, { ...outcome, task });
        else again.push({ task, place });
      })
      .catch((error: unknown) => failures.push(error))
      .finally(() => {
        running--;
        wake();
      });
  };
  const startMore = (): void => {
    while (again.length === 0 && running < atOnce && order.waiting() < 4 * atOnce) {
      const step = source.next();
      if (step.done === true) break;
      start(step.value, false);
    }
    if (running > 0) return;
    const alone = again.shift();
    if (alone !== undefined) start(alone, true);
  };

  const onAbort = (): void => wake();
  signal?.addEventListener('abort', onAbort);
  try {
    while (signal?.aborted !== true) {
      if (failures.length > 0) throw failures[0];
      startMore();
      if (running === 0) break;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
  order.flush();
  return signal?.aborted === true ? 'stopped' : 'all';
}

function* placed(tasks: Iterable<PartTask>): Generator<Placed, undefined> {
  let place = 0;
  for (const task of tasks) yield { task, place: place++ };
  return undefined;
}

interface Order {
  add(place: number, delivered: Delivered): void;
  /** Delivered too early and kept. */
  waiting(): number;
  /** Delivers what is kept although places before it are missing. */
  flush(): void;
}

function inOrder(deliver: (delivered: Delivered) => void): Order {
  const kept = new Map<number, Delivered>();
  let next = 0;
  return {
    add(place, delivered) {
      kept.set(place, delivered);
      for (let ready = kept.get(next); ready !== undefined; ready = kept.get(++next)) {
        kept.delete(next);
        deliver(ready);
      }
    },
    waiting: () => kept.size,
    flush() {
      for (const [, delivered] of [...kept].sort(([a], [b]) => a - b)) deliver(delivered);
      kept.clear();
    },
  };
}
