/** `lowbit sweep submit FILE` and `lowbit sweep status DIR`: shards on a cluster, and where they stand. */
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { catalogueFile, isFileName } from '../../config/files.js';
import { LowbitError } from '../../lowbit-error.js';
import { grouped } from '../../report/number-text.js';
import { statusText, sweepStatus } from '../../sweep/cluster/status.js';
import { submitSweep } from '../../sweep/cluster/submit.js';
import { positiveInteger, repeated, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { readyFolder } from './output-folder.js';
import { print } from './present.js';
import { readPlan } from './sweep-run.js';

const DEFAULT_TIME = '1:00:00';
const DEFAULT_MEMORY_MiB = 2048;

export async function submitShards(args: Arguments, file: string): Promise<void> {
  const [engine, out] = [single('engine', args['engine']), single('out', args['out'])];
  const shards = positiveInteger('shards', args['shards'], undefined);
  if (engine === undefined) throw new LowbitError('no engine given', { allowed: ['slurm'], remedy: 'add --engine slurm' });
  if (out === undefined)
    throw new LowbitError('no folder given', { remedy: 'add --out DIR, a folder that every machine of the cluster sees' });
  if (shards === undefined) throw new LowbitError('no number of shards given', { remedy: 'add --shards N, for example --shards 8' });
  const plan = await readPlan(args, file);
  const partition = single('partition', args['partition']);
  const jobs = submitSweep({
    ...{ engine, shards, plan, out: readyFolder(out) },
    file: isFileName(file) ? resolve(file) : catalogueFile('sweeps', file),
    program: [process.execPath, realpathSync(process.argv[1] ?? '')],
    options: shardWords(args),
    time: single('time', args['time']) ?? DEFAULT_TIME,
    memory_MiB: positiveInteger('memory', args['memory'], DEFAULT_MEMORY_MiB),
    cpus: positiveInteger('cpus', args['cpus'], 1),
    ...(partition === undefined ? {} : { partition }),
    resume: args['resume'] === true,
  });
  const waiting = jobs.underWay.length === 0 ? '' : `, ${grouped(jobs.underWay.length)} of before are under way`;
  print(
    args,
    jobs,
    () =>
      `sent ${grouped(jobs.shards.length)} shards as job ${jobs.array}${waiting}; job ${jobs.merge} joins them\nlowbit sweep status ${out}`,
  );
}

/** What every shard needs to know of this command line. */
function shardWords(args: Arguments): string[] {
  const [seed, memory] = [single('seed', args['seed']), single('worker-memory', args['worker-memory'])];
  return [
    ...repeated(args['set']).flatMap((setting) => ['--set', setting]),
    ...(seed === undefined ? [] : ['--seed', seed]),
    ...(memory === undefined ? [] : ['--worker-memory', memory]),
    ...(args['cache'] === false ? ['--no-cache'] : []),
  ];
}

export function printStatus(args: Arguments, dir: string): void {
  const status = sweepStatus(dir);
  print(args, status, () => statusText(status));
}
