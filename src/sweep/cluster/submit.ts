/**
 * A sweep on a cluster: shards as the tasks of a Slurm job array, and a job that joins them once every one is done.
 *
 * The tasks need nothing from each other and share one folder, which every node must reach. A task that its node loses is queued again by Slurm
 * (`--requeue`) and goes on where it was (`--resume`). Where a task fails, the joining job can never start and Slurm removes it
 * (`--kill-on-invalid-dep`); `status` then says which shards are missing, and a second submission with `resume` sends only those, and the join
 * behind them and behind the tasks of before that are still on their way.
 * Left out: a copy of the program and the sweep file for the nodes; both are read by their paths at the time a task starts.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LowbitError } from '../../lowbit-error.js';
import { sequenceStrategies, type SweepPlan } from '../plan/sweep-plan.js';
import { mergeScript, shardScript, type ClusterRequest } from './batch-scripts.js';
import { readJobRecord, writeJobRecord, type JobRecord } from './job-record.js';
import { missingShards } from '../store/shard-marker.js';
import { shardRanges } from './shard-ranges.js';
import { shellCommand } from './shell-quote.js';
import { livingStates, sbatchProblem, slurm, type QueuedTask } from './slurm.js';

export interface Submission extends ClusterRequest {
  /** `slurm`; anything else is an error that says so. */
  readonly engine: string;
  readonly file: string;
  readonly plan: Pick<SweepPlan, 'name' | 'strategy'>;
  /** Folder of the sweep. */
  readonly out: string;
  /** Words that start lowbit, by absolute paths. */
  readonly program: readonly string[];
  /** Further words that every shard needs, such as `--set a=b`. */
  readonly options?: readonly string[];
  /** Send the shards that are missing from an earlier submission. */
  readonly resume?: boolean;
  /** Environment of the Slurm commands. */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface SubmittedJobs {
  readonly array: string;
  /** Tasks that were sent. */
  readonly shards: readonly number[];
  readonly merge: string;
  /** Tasks of earlier submissions that are still on their way. */
  readonly underWay: readonly number[];
}

export function submitSweep(submission: Submission): SubmittedJobs {
  checkRequest(submission);
  const out = resolve(submission.out);
  const file = resolve(submission.file);
  const options = submission.options ?? [];
  const problem = sbatchProblem(submission.environment);
  if (problem !== undefined) throw withoutSlurm(problem, { ...submission, out, file, options });

  const engine = slurm(submission.environment);
  const before = earlierSubmission(out, submission);
  const underWay = before === undefined ? [] : tasksUnderWay(before, engine.queue() ?? []);
  const shards = missingShards(out, submission.shards).filter((shard) => !underWay.some(({ task }) => task === shard));
  if (shards.length === 0) throw nothingToSend(out, underWay.length);

  const { name } = submission.plan;
  mkdirSync(join(out, 'slurm'), { recursive: true });
  const command = { program: submission.program, file, out, options };
  writeFileSync(join(out, 'slurm/shard.sbatch'), shardScript(name, submission, command), { mode: 0o755 });
  writeFileSync(join(out, 'slurm/merge.sbatch'), mergeScript(name, submission, command), { mode: 0o755 });

  // A joining job of before would run a second time beside the new one.
  for (const { merge } of before?.submissions ?? []) if (merge !== '') engine.cancel(merge);
  const array = engine.send(out, 'slurm/shard.sbatch', [`--array=${shardRanges(shards)}`]);
  const record = (merge: string): void =>
    writeJobRecord(out, {
      schemaVersion: 1,
      engine: 'slurm',
      file,
      options: [...options],
      request: requestOf(submission),
      submissions: [...(before?.submissions ?? []), { array, shards, merge }],
    });
  // Recorded before the second call, which may fail: the tasks are under way by now.
  record('');
  const dependency = ['afterok', array, ...underWay.map(({ job, task }) => `${job}_${task}`)].join(':');
  const merge = engine.send(out, 'slurm/merge.sbatch', [`--dependency=${dependency}`, '--kill-on-invalid-dep=yes']);
  record(merge);
  return { array, shards, merge, underWay: underWay.map(({ task }) => task) };
}

const requestOf = ({ shards, time, memory_MiB, cpus, partition }: Submission): JobRecord['request'] => ({
  shards,
  time,
  memory_MiB,
  cpus,
  ...(partition === undefined ? {} : { partition }),
});

function checkRequest({ engine, plan, out, shards, time, memory_MiB, cpus, partition }: Submission): void {
  if (engine !== 'slurm') {
    throw new LowbitError('unknown engine', {
      value: engine,
      allowed: ['slurm'],
      remedy: 'any other one can run `sweep FILE --shard i/n` itself',
    });
  }
  if (!sequenceStrategies.includes(plan.strategy.name)) {
    throw new LowbitError('a strategy that learns from its results cannot be cut into shards', {
      value: plan.strategy.name,
      allowed: sequenceStrategies,
      remedy: 'run it on one machine with `lowbit sweep`',
    });
  }
  for (const [name, value] of Object.entries({ shards, 'memory (MiB)': memory_MiB, cpus })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new LowbitError(`${name} must be a whole number of at least 1`, { value });
  }
  if (!/^(\d+(:\d\d){0,2}|\d+-\d+(:\d\d){0,2})$/.test(time)) {
    throw new LowbitError('not a time of Slurm', { value: time, allowed: ['minutes', 'hours:minutes:seconds', 'days-hours'] });
  }
  // Measured with Slurm 22.05: in the folder a job runs in, %a becomes its index and a backslash takes the % patterns away from its log.
  if (/[%\\]/.test(resolve(out))) {
    throw new LowbitError('Slurm reads % and backslash in the name of a folder as patterns', { value: out, remedy: 'give another --out' });
  }
  if (partition !== undefined && !/^[\w.,-]+$/.test(partition)) throw new LowbitError('not the name of a partition', { value: partition });
}

/** The record of the folder, once it is clear that this submission continues it. */
function earlierSubmission(out: string, { resume, shards }: Submission): JobRecord | undefined {
  const before = readJobRecord(out);
  if (before === undefined) return undefined;
  if (resume !== true) {
    throw new LowbitError('this folder was submitted before', {
      value: out,
      remedy: '--resume sends the shards that are missing; or give another --out',
    });
  }
  if (before.request.shards !== shards) {
    throw new LowbitError(`this folder was submitted in ${before.request.shards} shards, not in ${shards}`, {
      value: out,
      remedy: `give --shards ${before.request.shards}, or another --out`,
    });
  }
  return before;
}

function tasksUnderWay({ submissions }: JobRecord, queue: readonly QueuedTask[]): { job: string; task: number }[] {
  const arrays = new Set(submissions.map(({ array }) => array));
  return queue
    .filter(({ job, state }) => arrays.has(job) && livingStates.includes(state))
    .flatMap(({ job, task }) => (task === undefined ? [] : [{ job, task }]))
    .sort((a, b) => a.task - b.task);
}

function nothingToSend(out: string, underWay: number): LowbitError {
  return underWay > 0
    ? new LowbitError('nothing to send: what is missing is still in the queue', {
        remedy: `see ${shellCommand(['lowbit', 'sweep', 'status', out])}`,
      })
    : new LowbitError('nothing to send: every shard is done', { remedy: shellCommand(['lowbit', 'sweep', 'merge', out]) });
}

/** No Slurm here: the same shards by hand, side by side or one after the other. */
function withoutSlurm(problem: string, { file, out, options, shards }: Submission & { options: readonly string[] }): LowbitError {
  const command = shellCommand(['lowbit', 'sweep', file, ...options, '--resume', '--out', out]);
  const merge = shellCommand(['lowbit', 'sweep', 'merge', out]);
  return new LowbitError(problem, {
    remedy:
      'submit from a machine of the cluster, or run the shards yourself: ' +
      `\`for i in $(seq ${shards}); do ${command} --shard $i/${shards}; done; ${merge}\`, ` +
      'or side by side with GNU parallel as docs/cluster.md shows',
  });
}
