import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { startWorkers } from '../../../src/sweep/engine/worker-pool.js';
import { planWith } from '../plan/sweep-text.js';

describe('the pool of workers', () => {
  it('ends no thread that is loading, however many it has', async () => {
    const log = join(mkdtempSync(join(tmpdir(), 'lowbit-test-')), 'log');
    vi.stubEnv('LOWBIT_TEST_LOG', log);
    const seen = (what: string): number =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line === what).length;
    const workers = startWorkers({ jobs: 5, worker: new URL('slow-worker.mjs', import.meta.url) });
    const plan = planWith('axes: [{ path: hardware.array.rows, values: [8, 16] }]\n');
    const pool = workers.serve({ plan, dir: tmpdir() }, 8);
    const parts = Array.from({ length: 8 }, (_, part) =>
      pool.run({ part, points: Float64Array.of(part), rung: 0, mode: 'write', tell: false }).catch(() => undefined),
    );
    await vi.waitFor(() => expect(seen('begins')).toBeGreaterThan(2), { timeout: 20_000, interval: 5 });
    await workers.close();
    await Promise.all(parts);
    expect(seen('has loaded')).toBe(seen('begins'));
  }, 30_000);
});
