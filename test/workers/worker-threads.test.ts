import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { workerThreads } from '../../src/workers/worker-threads.js';

const fileOf = (name: string): URL => new URL(name, import.meta.url);

describe('worker threads', () => {
  it('go on after one died at a task, which rejects and says so', async () => {
    const threads = workerThreads<string, string>({ file: fileOf('mortal-worker.mjs'), does: 'obey', least: 1, most: 2 });
    const replies = await Promise.allSettled(['a', 'exit', 'throw', 'b', 'c', 'd'].map((task) => threads.run(task)));
    const told = replies.map((reply) => (reply.status === 'fulfilled' ? reply.value : String(reply.reason)));
    expect(told).toEqual(['did a', 'Error: worker exited with code: 3', 'TypeError: a defect', 'did b', 'did c', 'did d']);
    await threads.close();
  });

  it.each([
    [1, 1],
    [2, 4],
  ])('let no task wait where none can start, %i at once and %i at most', async (least, most) => {
    const threads = workerThreads<string, string>({ file: fileOf('unborn-worker.mjs'), does: 'obey', least, most });
    const replies = await Promise.allSettled(['a', 'b', 'c', 'd', 'e', 'f'].map((task) => threads.run(task)));
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 'rejected'));
    await expect(threads.run('later')).rejects.toThrow('worker exited with code: 4');
    await threads.close();
  });

  it('say what to do where their memory is too small to start', async () => {
    const file = fileOf('mortal-worker.mjs');
    const threads = workerThreads<string, string>({
      file,
      does: 'obey',
      least: 1,
      most: 1,
      heap_MiB: 1,
      tooLittle: { remedy: 'give more' },
    });
    await expect(threads.run('a')).rejects.toThrow('memory');
    await expect(threads.run('b')).rejects.toThrow('a worker runs out of memory while it starts; give more');
    await threads.close();
  });

  it('are not ended while they load, however many there are', async () => {
    const log = join(mkdtempSync(join(tmpdir(), 'lowbit-test-')), 'log');
    vi.stubEnv('LOWBIT_TEST_LOG', log);
    const seen = (what: string): number =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line === what).length;
    const threads = workerThreads<number, never>({ file: fileOf('slow-worker.mjs'), does: 'stay', least: 2, most: 5 });
    const tasks = Array.from({ length: 8 }, (_, task) => threads.run(task).catch(() => undefined));
    await vi.waitFor(() => expect(seen('begins')).toBeGreaterThan(2), { timeout: 20_000, interval: 5 });
    await threads.close();
    await Promise.all(tasks);
    expect(seen('has loaded')).toBe(seen('begins'));
  }, 30_000);
});
