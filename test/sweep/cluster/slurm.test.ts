/** The built program on a real Slurm of one node: shards, a killed task, the second submission, and the join, against a run on one machine. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweepStatus, type SweepStatus } from '../../../src/sweep/cluster/status.js';
import { temporaryFolder } from '../../tensors/temporary-folder.js';
import { missingForSlurm, startSlurm, type SlurmServer } from './slurm-server.js';

const shards = 8;
const entry = resolve(import.meta.dirname, '../../../dist/program/main.js');
// A mapping is searched for every layer and point: parts of a few points, which take long enough to be met while they run.
const study = `name: two-machines
description: buffers, bandwidth and dataflow
hardware: int8-systolic
model: resnet18
scheme: w8a8
axes:
  - { path: hardware.dataflow, values: [os, ws] }
  - { path: hardware.buffers.weight.size_KiB, name: weight_KiB, values: [64, 256] }
  - { path: hardware.dram.bandwidth_bitsPerCycle, values: [256, 1024] }
  - { path: hardware.array.rows, values: [32, 64, 96, 128] }
objectives: [{ minimize: latency_s }, { minimize: energy_J }]
`;

const missing = missingForSlurm();
const root = temporaryFolder();
const title = missing === undefined ? 'a sweep on a Slurm of one node' : `a sweep on a Slurm of one node (skipped: ${missing})`;

describe.skipIf(missing !== undefined)(title, () => {
  let server: SlurmServer;
  beforeAll(async () => {
    server = await startSlurm();
  }, 60_000);
  afterAll(async () => {
    await server.stop();
  }, 60_000);

  const lowbit = (...words: string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [entry, 'sweep', ...words], {
      env: server.environment,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`lowbit sweep ${words.join(' ')} exited ${status}: ${stderr}`);
    return stdout;
  };
  const ended = async (out: string, holds: (status: SweepStatus) => boolean): Promise<SweepStatus> => {
    for (let tries = 0; tries < 400; tries++) {
      const status = sweepStatus(out, server.environment);
      if (holds(status)) return status;
      await pause(300);
    }
    throw new Error(`waited in vain: ${JSON.stringify(sweepStatus(out, server.environment))}`);
  };

  it('has the bytes of one machine after one of eight tasks was killed and sent again', async () => {
    const folder = join(root, `it's a "study" of $HOME`);
    mkdirSync(folder);
    const file = join(folder, 'two machines.yaml');
    writeFileSync(file, study);
    const out = join(folder, 'on slurm');
    const submit = [
      'submit',
      file,
      '--engine',
      'slurm',
      '--shards',
      `${shards}`,
      '--time',
      '5',
      '--memory',
      '900',
      '--cpus',
      '1',
      '--no-cache',
      '--out',
      out,
    ];
    lowbit(...submit);

    const killed = await killOneTask(out, server);
    const { lost, next } = await ended(out, (status) => status.lost.length > 0 && status.lost.length === status.missing.length);
    expect(lost).toEqual([killed]);
    expect(next).toContain('--resume');
    expect(lowbit('status', out)).toContain(`missing, and nothing is working on them: ${killed} `);
    lowbit(...submit, '--resume');
    await ended(out, (status) => status.merged);

    const alone = join(folder, 'on one machine');
    lowbit(file, '--no-cache', '--jobs', '2', '--out', alone);
    for (const name of ['rows.parquet', 'rows.jsonl', 'rows.csv', 'pareto.json']) {
      expect(readFileSync(join(out, name)).equals(readFileSync(join(alone, name))), name).toBe(true);
    }
  }, 240_000);
});

/** Kills the process of a running task, as an out-of-memory killer would; returns its shard, which is not done. */
async function killOneTask(out: string, { environment }: SlurmServer): Promise<number> {
  const array = (JSON.parse(readFileSync(join(out, 'slurm/jobs.json'), 'utf8')) as { submissions: { array: string }[] }).submissions[0]!
    .array;
  for (let tries = 0; tries < 300; tries++) {
    const { stdout } = spawnSync('squeue', ['--noheader', '--array', '--states=RUNNING', `--job=${array}`, '--format=%K'], {
      env: environment,
      encoding: 'utf8',
    });
    const task = Number(stdout.trim().split('\n')[0]);
    if (task > 0) {
      spawnSync('scancel', ['--signal=KILL', '--full', `${array}_${task}`], { env: environment });
      return task;
    }
    await pause(20);
  }
  throw new Error('no task was seen running');
}
