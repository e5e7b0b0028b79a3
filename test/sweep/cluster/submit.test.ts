import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { shardRanges } from '../../../src/sweep/cluster/shard-ranges.js';
import { planHash } from '../../../src/sweep/plan/plan-hash.js';
import { tinyPlan } from '../store/tiny-plan.js';
import { statusText, sweepStatus } from '../../../src/sweep/cluster/status.js';
import { submitSweep, type Submission } from '../../../src/sweep/cluster/submit.js';
import { fakeSlurm, type FakeSlurm } from './fake-slurm.js';

const submission = (fake: FakeSlurm, more: Partial<Submission> = {}): Submission => ({
  engine: 'slurm',
  file: '/some where/sweep.yaml',
  plan: { name: 'a study: rows', strategy: { name: 'grid', settings: {} } },
  out: fake.folder,
  program: ['/usr/bin/node', '/opt/lowbit/main.js'],
  shards: 4,
  time: '1:00:00',
  memory_MiB: 2048,
  cpus: 2,
  environment: fake.environment,
  ...more,
});

function done(fake: FakeSlurm, ...shards: number[]): void {
  mkdirSync(join(fake.folder, 'shards'), { recursive: true });
  for (const shard of shards) writeFileSync(join(fake.folder, `shards/shard-${shard}-of-4.json`), '{}');
}

it('sends an array of all shards and a job that waits for them', () => {
  const fake = fakeSlurm();
  expect(submitSweep(submission(fake))).toEqual({ array: '101', shards: [1, 2, 3, 4], merge: '102', underWay: [] });
  expect(fake.calls()).toEqual([
    `${fake.folder}: sbatch --parsable --array=1-4 slurm/shard.sbatch`,
    `${fake.folder}: sbatch --parsable --dependency=afterok:101 --kill-on-invalid-dep=yes slurm/merge.sbatch`,
  ]);
});

it('writes scripts that ask for memory, time and CPUs and are queued again when a node fails', () => {
  const fake = fakeSlurm();
  submitSweep(submission(fake, { partition: 'long' }));
  const lines = readFileSync(join(fake.folder, 'slurm/shard.sbatch'), 'utf8').split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      '#SBATCH --job-name=lowbit-a-study-rows',
      '#SBATCH --time=1:00:00',
      '#SBATCH --partition=long',
      '#SBATCH --array=1-4',
      '#SBATCH --cpus-per-task=2',
      '#SBATCH --mem=2048M',
      '#SBATCH --requeue',
    ]),
  );
});

it('starts the program with the words it was given, whatever is in the names of folders', () => {
  const fake = fakeSlurm();
  submitSweep(submission(fake, { program: ['printf', '%s\\n'], options: ['--set', "a.b='x y'"] }));
  const run = (script: string) =>
    spawnSync('sh', [join(fake.folder, 'slurm', script)], {
      env: { ...process.env, SLURM_ARRAY_TASK_ID: '3', SLURM_CPUS_PER_TASK: '2' },
      encoding: 'utf8',
    })
      .stdout.trimEnd()
      .split('\n');
  const shard = [
    'sweep',
    '/some where/sweep.yaml',
    '--set',
    "a.b='x y'",
    '--resume',
    '--out',
    fake.folder,
    '--quiet',
    '--shard',
    '3/4',
    '--jobs',
    '2',
  ];
  expect(run('shard.sbatch')).toEqual(shard);
  expect(run('merge.sbatch')).toEqual(['sweep', 'merge', fake.folder, '--quiet']);
});

it('sends only what is missing and not on its way when a submission is resumed, and the join behind both', () => {
  const fake = fakeSlurm();
  submitSweep(submission(fake));
  done(fake, 1);
  fake.queue(
    '101|1|COMPLETED|None',
    '101|2|RUNNING|None',
    '101|3|FAILED|NonZeroExitCode',
    '101|4|CANCELLED|None',
    '99|3|RUNNING|None',
    '102|N/A|PENDING|Dependency',
  );
  expect(submitSweep(submission(fake, { resume: true }))).toEqual({ array: '103', shards: [3, 4], merge: '104', underWay: [2] });
  expect(fake.calls().slice(2)).toEqual([
    expect.stringMatching(/: scancel --quiet 102$/),
    `${fake.folder}: sbatch --parsable --array=3-4 slurm/shard.sbatch`,
    `${fake.folder}: sbatch --parsable --dependency=afterok:103:101_2 --kill-on-invalid-dep=yes slurm/merge.sbatch`,
  ]);
});

it('says which shards are missing, why, and the command that sends them again', () => {
  const fake = fakeSlurm();
  submitSweep(submission(fake, { options: ['--seed', '7'] }));
  done(fake, 1, 2);
  fake.queue('101|2|COMPLETED|None', '101|3|OUT_OF_MEMORY|OutOfMemory', '101|4|RUNNING|None');
  const status = sweepStatus(fake.folder, fake.environment);
  expect(status).toMatchObject({
    done: [1, 2],
    missing: [3, 4],
    lost: [3],
    states: { 'OUT_OF_MEMORY (OutOfMemory)': [3], RUNNING: [4] },
    merged: false,
  });
  const text = statusText(status);
  expect(text).toContain('2 of 4 shards done');
  expect(text).toContain('OUT_OF_MEMORY (OutOfMemory): 3');
  expect(text).toContain(
    "lowbit sweep submit '/some where/sweep.yaml' --seed 7 --engine slurm --shards 4 --time 1:00:00 --memory 2048 --cpus 2 --out ",
  );
  expect(text).toContain('--resume');
});

it('counts a task by its latest submission', () => {
  const fake = fakeSlurm();
  submitSweep(submission(fake));
  fake.queue(
    '101|1|FAILED|NonZeroExitCode',
    '101|2|FAILED|NonZeroExitCode',
    '101|3|FAILED|NonZeroExitCode',
    '101|4|FAILED|NonZeroExitCode',
  );
  submitSweep(submission(fake, { resume: true }));
  fake.queue('103|1|PENDING|Resources', '101|1|FAILED|NonZeroExitCode', '104|N/A|PENDING|Dependency');
  expect(sweepStatus(fake.folder, fake.environment)).toMatchObject({
    states: { 'PENDING (Resources)': [1], unknown: [2, 3, 4] },
    lost: [2, 3, 4],
    merge: 'PENDING',
  });
});

it('asks for the join once every shard is done, and for nothing once it is there', () => {
  const fake = fakeSlurm();
  submitSweep(submission(fake));
  done(fake, 1, 2, 3, 4);
  const { missing, lost, next } = sweepStatus(fake.folder, fake.environment);
  expect([missing, lost]).toEqual([[], []]);
  expect(next).toMatch(/^lowbit sweep merge /);
  fake.queue('102|N/A|RUNNING|None');
  expect(sweepStatus(fake.folder, fake.environment)).toMatchObject({ next: null, merge: 'RUNNING' });
  writeFileSync(join(fake.folder, 'pareto.json'), '{}');
  expect(sweepStatus(fake.folder, fake.environment)).toMatchObject({ next: null, merged: true });
});

/** sweep.json as a shard run by hand leaves it. */
function manifest(folder: string, shards: number | null): void {
  const plan = tinyPlan();
  const tool = { name: 'lowbit', version: '0.0.0' };
  const written = { schemaVersion: 1, tool, planHash: planHash(plan), parts: { count: 9, points: 1024 }, shards, plan };
  writeFileSync(join(folder, 'sweep.json'), JSON.stringify(written));
}

it('knows shards that were run by hand, without any Slurm, and which to run next', () => {
  const fake = fakeSlurm();
  manifest(fake.folder, 4);
  done(fake, 2, 4);
  const status = sweepStatus(fake.folder, { PATH: '' });
  expect(status).toMatchObject({ shards: 4, done: [2, 4], states: { unknown: [1, 3] }, lost: [1, 3], logs: null });
  expect(status.next).toMatch(/^lowbit sweep FILE --shard 1\/4 --resume --out /);
});

it('has no status of a folder without a sweep, or of a sweep that is not cut into shards', () => {
  const fake = fakeSlurm();
  expect(() => sweepStatus(fake.folder)).toThrow('no sweep in this folder');
  manifest(fake.folder, null);
  expect(() => sweepStatus(fake.folder)).toThrow(/not cut into shards: .*--resume/);
  writeFileSync(join(fake.folder, 'pareto.json'), '{}');
  expect(() => sweepStatus(fake.folder)).toThrow(/its result is there: `lowbit report /);
});

it('names slurm where another engine is asked for', () => {
  expect(() => submitSweep(submission(fakeSlurm(), { engine: 'ray' }))).toThrow('unknown engine: ray; expected one of: slurm');
});

it('gives the loop to type where sbatch is missing', () => {
  const fake = fakeSlurm();
  expect(() => submitSweep(submission(fake, { environment: { PATH: '' } }))).toThrow(
    /sbatch is not installed here; .*for i in \$\(seq 4\); do lowbit sweep .*--shard \$i\/4; done/,
  );
  expect(fake.calls()).toEqual([]);
});

it('tells a Slurm that is installed but not set up from none', () => {
  const fake = fakeSlurm();
  fake.lose();
  expect(() => submitSweep(submission(fake))).toThrow(
    /sbatch knows of no cluster here: .*configuration source; submit from a machine of the cluster/,
  );
});

it('refuses a second submission to a folder that is not a resumption, or of another count', () => {
  const fake = fakeSlurm();
  submitSweep(submission(fake));
  expect(() => submitSweep(submission(fake))).toThrow('submitted before');
  expect(() => submitSweep(submission(fake, { resume: true, shards: 5 }))).toThrow('submitted in 4 shards, not in 5');
});

it('sends nothing when everything is done or on its way', () => {
  const fake = fakeSlurm();
  submitSweep(submission(fake));
  done(fake, 1, 2, 3);
  fake.queue('101|4|PENDING|Resources');
  expect(() => submitSweep(submission(fake, { resume: true }))).toThrow('still in the queue');
  done(fake, 4);
  fake.queue();
  expect(() => submitSweep(submission(fake, { resume: true }))).toThrow(/every shard is done; lowbit sweep merge/);
});

it('passes on what sbatch complains about', () => {
  const fake = fakeSlurm();
  fake.refuse('sbatch: error: Batch job submission failed: Invalid job array specification\n');
  expect(() => submitSweep(submission(fake))).toThrow(/sbatch refuses the job: .*Invalid job array specification/);
});

it.each([
  [{ shards: 0 }, 'shards must be a whole number of at least 1'],
  [{ cpus: 1.5 }, 'cpus must be a whole number'],
  [{ memory_MiB: Number.NaN }, 'memory (MiB) must be'],
  [{ time: '1h' }, 'not a time of Slurm: 1h'],
  [{ out: '/shared/100%a' }, 'patterns: /shared/100%a'],
  [{ out: '/shared/a\\b' }, 'Slurm reads % and backslash'],
  [{ partition: 'a b' }, 'not the name of a partition'],
  [{ plan: { name: 'x', strategy: { name: 'nsga2', settings: {} } } } as const, 'cannot be cut into shards: nsga2'],
])('refuses a submission with %j', (change, message) => {
  expect(() => submitSweep(submission(fakeSlurm(), change))).toThrow(message);
});

it('writes runs of shards as ranges', () => {
  expect(shardRanges([1, 2, 3, 7, 9, 10])).toBe('1-3,7,9-10');
  expect(shardRanges([])).toBe('');
});
