import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runParts, type Delivered } from '../../../src/sweep/engine/part-queue.js';
import type { PartTask } from '../../../src/sweep/engine/part-task.js';
import type { PartOutcome, WorkerPool } from '../../../src/sweep/engine/worker-pool.js';

const taskOf = (part: number): PartTask => ({ part, points: Float64Array.of(part), rung: 0, mode: 'write', tell: false });
const answerOf = (part: number): PartOutcome => ({
  kind: 'answer',
  answer: { part, rung: 0, positions: 1, rows: 1, found: false, summary: null, told: null },
});
const died: PartOutcome = { kind: 'died', why: 'the worker ran out of memory', outOfMemory: true };

interface Pending {
  readonly task: PartTask;
  finish(outcome: PartOutcome): void;
  fail(error: Error): void;
}

/** A pool whose parts finish when told to. */
function handPool(jobs: number): WorkerPool & { readonly pending: Pending[]; most: number } {
  const pool = {
    jobs,
    pending: [] as Pending[],
    most: 0,
    run: (task: PartTask) =>
      new Promise<PartOutcome>((resolve, reject) => {
        pool.pending.push({ task, finish: resolve, fail: reject });
        pool.most = Math.max(pool.most, pool.pending.length);
      }),
    close: () => Promise.resolve(),
  };
  return pool;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Finishes parts in the order that `pick` gives until nothing runs. */
async function drive(
  pool: ReturnType<typeof handPool>,
  pick: (count: number) => number,
  outcome: (task: PartTask) => PartOutcome,
): Promise<void> {
  await settled();
  while (pool.pending.length > 0) {
    const [next] = pool.pending.splice(pick(pool.pending.length), 1);
    next!.finish(outcome(next!.task));
    await settled();
  }
}

const partOf = (delivered: Delivered): string =>
  delivered.kind === 'died' ? `lost ${delivered.task.part}` : delivered.kind === 'answer' ? `${delivered.answer.part}` : 'unusable';

describe('runParts', () => {
  it('delivers every part once and in order, whatever the order they finish in, with a bounded number under way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.integer({ min: 1, max: 4 }), fc.infiniteStream(fc.nat()), async (count, jobs, picks) => {
        const pool = handPool(jobs);
        const delivered: string[] = [];
        let asked = 0;
        function* tasks(): Generator<PartTask> {
          for (let part = 0; part < count; part++) {
            asked = part;
            yield taskOf(part);
          }
        }
        const run = runParts(tasks(), {
          pool,
          deliver(one) {
            delivered.push(partOf(one));
            expect(asked - delivered.length).toBeLessThanOrEqual(10 * jobs);
          },
        });
        await drive(
          pool,
          (pending) => (picks.next().value as number) % pending,
          ({ part }) => answerOf(part),
        );
        expect(await run).toBe('all');
        expect(delivered).toEqual(Array.from({ length: count }, (_, part) => `${part}`));
        expect(pool.most).toBeLessThanOrEqual(2 * jobs);
      }),
      { numRuns: 60 },
    );
  });

  it('tries a part whose worker died once more, alone, and goes on', async () => {
    const pool = handPool(2);
    const tries = new Map<number, number>();
    const delivered: string[] = [];
    const run = runParts([0, 1, 2, 3, 4, 5, 6, 7].map(taskOf), { pool, deliver: (one) => void delivered.push(partOf(one)) });
    await drive(
      pool,
      () => 0,
      ({ part }) => {
        const attempt = (tries.get(part) ?? 0) + 1;
        tries.set(part, attempt);
        if (attempt === 2) expect(pool.pending).toEqual([]);
        return part === 2 && attempt === 1 ? died : answerOf(part);
      },
    );
    expect(await run).toBe('all');
    expect(tries.get(2)).toBe(2);
    expect(delivered).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  });

  it('gives a part up after its second death and finishes the others', async () => {
    const pool = handPool(2);
    const delivered: string[] = [];
    const run = runParts([0, 1, 2, 3, 4, 5].map(taskOf), { pool, deliver: (one) => void delivered.push(partOf(one)) });
    await drive(
      pool,
      () => 0,
      ({ part }) => (part === 1 || part === 4 ? died : answerOf(part)),
    );
    expect(await run).toBe('all');
    expect(delivered).toEqual(['0', 'lost 1', '2', '3', 'lost 4', '5']);
  });

  it('throws the first error and starts nothing more', async () => {
    const pool = handPool(1);
    const run = runParts([0, 1, 2, 3].map(taskOf), { pool, deliver: () => undefined });
    await settled();
    pool.pending[1]!.fail(new Error('disk full'));
    await expect(run).rejects.toThrow('disk full');
    expect(pool.pending).toHaveLength(2);
  });

  it('stops at once when told to, and delivers what is done although parts before it are not', async () => {
    const pool = handPool(2);
    const stop = new AbortController();
    const delivered: string[] = [];
    const run = runParts([0, 1, 2, 3, 4, 5].map(taskOf), { pool, signal: stop.signal, deliver: (one) => void delivered.push(partOf(one)) });
    await settled();
    pool.pending[2]!.finish(answerOf(2));
    await settled();
    stop.abort();
    expect(await run).toBe('stopped');
    expect(delivered).toEqual(['2']);
  });

  it('starts nothing when it is stopped before it begins', async () => {
    const pool = handPool(2);
    const stop = AbortSignal.abort();
    expect(await runParts([taskOf(0)], { pool, signal: stop, deliver: () => undefined })).toBe('stopped');
    expect(pool.pending).toEqual([]);
  });
});
