import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Progress } from '../../../src/sweep/engine/progress.js';
import { sweepResultSchema } from '../../../src/sweep/sweep-result.js';
import type { SweepPlan } from '../../../src/sweep/plan/sweep-plan.js';
import { temporaryFolder } from '../../tensors/temporary-folder.js';
import { areaConstraint, tinyPlan } from '../store/tiny-plan.js';
import { filesIn, freshFolder, mergeTiny, runTiny } from './tiny-run.js';

const root = temporaryFolder();
const plan = tinyPlan();
const search = tinyPlan({ strategy: { name: 'nsga2', evaluations: 60, settings: { population: 20 } } });

function fault(what: object): void {
  process.env['LOWBIT_TEST_FAULT'] = JSON.stringify({ flag: join(freshFolder(root), 'flag'), ...what });
}
afterEach(() => delete process.env['LOWBIT_TEST_FAULT']);

describe('a sweep', () => {
  it.each([
    { of: 'a grid', sweep: plan, workers: [1, 2, 8] },
    { of: 'a sample', sweep: tinyPlan({ strategy: { name: 'random', evaluations: 50, settings: {} } }), workers: [1, 2] },
    { of: 'a search', sweep: search, workers: [1, 3] },
  ])('of $of has the same bytes and the same result for $workers workers', async ({ sweep, workers }) => {
    const runs = [];
    for (const jobs of workers) {
      const out = freshFolder(root);
      const { result, ending, rowFiles } = await runTiny(sweep, out, { jobs });
      expect(ending).toBe('complete');
      expect(rowFiles).toEqual(['rows.parquet', 'rows.jsonl', 'rows.csv']);
      runs.push({ result: sweepResultSchema.parse(result), files: filesIn(out) });
    }
    expect(runs[0]!.result.complete).toBe(true);
    expect(runs[0]!.result.counts.rows).toBe(sweep.strategy.evaluations ?? 120);
    expect(runs[0]!.result.counts.failed).toBeGreaterThan(0);
    for (const run of runs) expect(run).toEqual(runs[0]);
  });

  it('records a point that fails as a row with its message while all others go on', async () => {
    const out = freshFolder(root);
    const { result } = await runTiny(plan, out);
    expect(result.counts).toMatchObject({ space: 120, rows: 120, failed: 7 });
    const rows = readFileSync(join(out, 'rows.jsonl'), 'utf8').trim().split('\n');
    expect(
      rows.map((row) => JSON.parse(row) as { point: number; error: string | null }).filter(({ error }) => error !== null),
    ).toHaveLength(7);
    expect(JSON.parse(rows[16]!)).toMatchObject({ point: 16, latency_s: null, error: 'point 16 cannot be' });
  });

  it('leaves out what conditions and constraints over axes exclude, and counts it', async () => {
    const early = tinyPlan({
      constraints: [
        areaConstraint,
        {
          text: 'axis0 <= 16',
          place: 'tiny.yaml:13:5',
          beforeSimulation: true,
          program: { steps: [{ axis: 'axis0' }, { number: 16 }, { operation: '<=' }], columns: [], axes: ['axis0'] },
        },
      ],
    });
    const { result } = await runTiny(early, freshFolder(root));
    expect(result.counts).toMatchObject({ space: 120, rows: 60, excluded: 60 });
  });

  it('tells how far it is, up to the end', async () => {
    const seen: Progress[] = [];
    await runTiny(plan, freshFolder(root), { onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toMatchObject({ done: 120, total: 120, rows: 120, failed: 7, secondsLeft: 0 });
  });

  it('writes text files beside rows.parquet only where they are wanted, and removes old ones', async () => {
    const out = freshFolder(root);
    await runTiny(plan, out);
    expect(await runTiny(plan, out, { resume: true, rowFiles: 'never' })).toMatchObject({ rowFiles: ['rows.parquet'] });
    expect(readdirSync(out).sort()).toEqual(['parts', 'rows.parquet', 'sweep.json']);
  });
});

describe('going on with a sweep', () => {
  it.each([
    { of: 'grid', sweep: plan },
    { of: 'search', sweep: search },
  ])('simulates only what is missing or damaged of a $of, and ends in the same bytes', async ({ sweep }) => {
    const out = freshFolder(root);
    const { result } = await runTiny(sweep, out);
    const files = filesIn(out);
    const parts = readdirSync(join(out, 'parts')).map((name) => join(out, 'parts', name));
    rmSync(parts[1]!);
    truncateSync(parts[3]!, 300);
    writeFileSync(join(out, 'parts', '.part-0000001.parquet.999999999.tmp'), 'torn');
    writeFileSync(join(out, '.rows.parquet.999999999-0.tmp'), 'torn');
    rmSync(join(out, 'rows.parquet'));
    fault({ die: 'exit', point: -1, times: 0, delay_ms: 0 });
    const again = await runTiny(sweep, out, { resume: true });
    expect(again.result).toEqual(result);
    expect(filesIn(out)).toEqual(files);
  });

  it('gives the result of a finished sweep again without simulating a point', async () => {
    const out = freshFolder(root);
    const { result } = await runTiny(plan, out);
    // Any simulated part would end its worker.
    for (const point of [0, 60]) {
      fault({ die: 'exit', point, times: 9 });
      expect((await runTiny(plan, out, { resume: true })).result).toEqual(result);
    }
  });

  it('is refused without --resume, and in the folder of another sweep', async () => {
    const out = freshFolder(root);
    await runTiny(plan, out);
    const files = filesIn(out);
    await expect(runTiny(plan, out)).rejects.toThrow(/already holds results.*--resume/);
    await expect(runTiny(tinyPlan({ seed: 8 }), out, { resume: true })).rejects.toThrow(/holds another sweep: seed is 7 there and 8 here/);
    expect(filesIn(out)).toEqual(files);
  });
});

describe('a sweep that is stopped', () => {
  it('leaves a valid result of what is there, and goes on to the same bytes', async () => {
    const whole = freshFolder(root);
    const { result } = await runTiny(plan, whole);
    const out = freshFolder(root);
    const stop = new AbortController();
    fault({ delay_ms: 15 });
    const stopped = await runTiny(plan, out, { signal: stop.signal, onProgress: () => stop.abort() });
    expect(stopped.ending).toBe('interrupted');
    expect(stopped.result.complete).toBe(false);
    expect(stopped.result.counts.rows).toBeLessThan(120);
    sweepResultSchema.parse(stopped.result);
    const lines = readFileSync(join(out, 'rows.jsonl'), 'utf8').split('\n').length - 1;
    expect(lines).toBe(stopped.result.counts.rows);
    expect(readdirSync(join(out, 'parts')).filter((name) => name.startsWith('.'))).toEqual([]);
    expect((await runTiny(plan, out, { resume: true })).result).toEqual(result);
    expect(filesIn(out)).toEqual(filesIn(whole));
  });
});

describe('a worker that dies', () => {
  it.each([
    { of: 'grid', sweep: plan },
    { of: 'search', sweep: search },
  ])('once costs a $of nothing but time', async ({ sweep }) => {
    const whole = freshFolder(root);
    const { result } = await runTiny(sweep, whole);
    const out = freshFolder(root);
    fault({ die: 'exit', point: pointOfRow(whole, 30), times: 1 });
    const run = await runTiny(sweep, out);
    expect(run).toMatchObject({ ending: 'complete', lost: [] });
    expect(run.result).toEqual(result);
    expect(filesIn(out)).toEqual(filesIn(whole));
  });

  it('twice at one part leaves that part out, says which points and what to do, and finishes the others', async () => {
    const out = freshFolder(root);
    fault({ die: 'memory', point: 40, times: 2 });
    const run = await runTiny(plan, out, { workerMemory_MiB: 24 });
    expect(run.ending).toBe('parts-lost');
    expect(run.lost).toHaveLength(1);
    const [lost] = run.lost;
    expect(lost).toMatchObject({ why: 'the worker ran out of memory, twice' });
    expect(lost!.points[0]).toBeLessThanOrEqual(40);
    expect(lost!.points[1]).toBeGreaterThanOrEqual(40);
    expect(run.result.complete).toBe(false);
    expect(run.result.counts.rows).toBe(120 - (lost!.points[1] - lost!.points[0] + 1));
    expect(run.result.notes.join()).toMatch(
      /points \d+ to \d+\) is missing: the worker ran out of memory, twice; .*--worker-memory.*--resume/,
    );
    const whole = freshFolder(root);
    await runTiny(plan, whole);
    expect((await runTiny(plan, out, { resume: true })).ending).toBe('complete');
    expect(filesIn(out)).toEqual(filesIn(whole));
  });

  it('twice ends a search, which cannot ask on without the answer', async () => {
    const whole = freshFolder(root);
    await runTiny(search, whole);
    const out = freshFolder(root);
    fault({ die: 'exit', point: pointOfRow(whole, 30), times: 2 });
    const run = await runTiny(search, out);
    expect(run).toMatchObject({ ending: 'parts-lost', lost: [{ why: 'the worker exited with code: 3, twice' }] });
    expect((await runTiny(search, out, { resume: true })).ending).toBe('complete');
    expect(filesIn(out)).toEqual(filesIn(whole));
  });

  it('before its first part for want of memory is told as such', async () => {
    await expect(runTiny(plan, freshFolder(root), { workerMemory_MiB: 1 })).rejects.toThrow(
      /a worker runs out of memory while it starts: --worker-memory 1; give it more/,
    );
  });

  const pointOfRow = (dir: string, row: number): number =>
    (JSON.parse(readFileSync(join(dir, 'rows.jsonl'), 'utf8').split('\n')[row]!) as { point: number }).point;
});

describe('a folder that cannot be written', () => {
  it('is refused before anything is simulated', async () => {
    const file = join(freshFolder(root), 'file');
    writeFileSync(file, '');
    await expect(runTiny(plan, file)).rejects.toThrow(/a file is in the way of the folder: .*file/);
  });

  it('that is removed while the sweep runs stops it and is named, with the way to go on', async () => {
    const out = freshFolder(root);
    fault({ delay_ms: 10 });
    const remove = (): void => rmSync(out, { recursive: true, force: true });
    await expect(runTiny(plan, out, { onProgress: remove })).rejects.toThrow(
      /cannot write .*: no such file or folder .*go on with --resume/,
    );
    expect(existsSync(join(out, 'rows.parquet'))).toBe(false);
  });
});

describe('shards', () => {
  const shardsOf = async (
    sweep: SweepPlan,
    out: string,
    count: number,
    which = Array.from({ length: count }, (_, i) => i + 1),
  ): Promise<void> => {
    for (const index of which) {
      const run = await runTiny(sweep, out, { shard: { index, count }, jobs: 1 });
      expect(run).toMatchObject({ ending: 'shard', rowFiles: [], result: { complete: false } });
    }
  };

  it('merge to the bytes of a single run, however many there are and in whatever order they ran', async () => {
    const whole = freshFolder(root);
    const { result } = await runTiny(plan, whole);
    for (const which of [[1], [2, 1], [3, 1, 2]]) {
      const out = freshFolder(root);
      await shardsOf(plan, out, which.length, which);
      const merged = await mergeTiny(out);
      expect(merged.ending).toBe('complete');
      expect(merged.result).toEqual(result);
      expect(filesIn(out, ['shards', 'sweep.json'])).toEqual(filesIn(whole, ['sweep.json']));
    }
  });

  it('may be more than there are parts', async () => {
    const few = tinyPlan({ strategy: { name: 'random', evaluations: 3, settings: {} } });
    const out = freshFolder(root);
    await shardsOf(few, out, 4);
    expect((await mergeTiny(out)).result.counts.rows).toBe(3);
  });

  it('are not merged while one is missing or a part of one is damaged; the command that mends it is named', async () => {
    const out = freshFolder(root);
    await shardsOf(plan, out, 3, [1, 3]);
    await expect(mergeTiny(out)).rejects.toThrow(/1 of 3 shards are missing: 2 .*--shard 2\/3 --resume/);
    await shardsOf(plan, out, 3, [2]);
    truncateSync(join(out, 'parts', 'part-0000004.parquet'), 100);
    await expect(mergeTiny(out)).rejects.toThrow(/1 part cannot be used, part 4: it is no whole parquet file .*--shard 2\/3/);
    rmSync(join(out, 'parts', 'part-0000003.parquet'));
    await expect(mergeTiny(out)).rejects.toThrow(/2 parts cannot be used, part 3: it is missing .*--shard 1\/3, then --shard 2\/3/);
    for (const index of [1, 2]) await runTiny(plan, out, { shard: { index, count: 3 }, resume: true });
    expect((await mergeTiny(out)).ending).toBe('complete');
  });

  it('are refused for a search, for numbers that are none, and in a folder that is not cut into shards', async () => {
    await expect(runTiny(search, freshFolder(root), { shard: { index: 1, count: 2 } })).rejects.toThrow(/nsga2 cannot be cut into shards/);
    for (const shard of [
      { index: 0, count: 2 },
      { index: 3, count: 2 },
      { index: 1.5, count: 2 },
    ]) {
      await expect(runTiny(plan, freshFolder(root), { shard })).rejects.toThrow(/not a shard: .*i from 1 to n/);
    }
    const out = freshFolder(root);
    await runTiny(plan, out);
    await expect(mergeTiny(out)).rejects.toThrow(/not cut into shards/);
    await expect(mergeTiny(freshFolder(root))).rejects.toThrow(/no sweep in this folder/);
  });
});
