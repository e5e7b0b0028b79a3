/**
 * Where a sweep in shards stands: which are done (their markers in the folder), what the queue says of the others, and what to do next.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LowbitError } from '../../lowbit-error.js';
import { readJobRecord, type JobRecord } from './job-record.js';
import { readManifest } from '../store/manifest.js';
import { missingShards } from '../store/shard-marker.js';
import { shardRanges } from './shard-ranges.js';
import { shellCommand } from './shell-quote.js';
import { livingStates, slurm, type QueuedTask } from './slurm.js';

export interface SweepStatus {
  readonly folder: string;
  readonly shards: number;
  readonly done: readonly number[];
  /** Not done, in whatever state. */
  readonly missing: readonly number[];
  /** Missing shards by what Slurm last said of them, its reason in parentheses; `unknown`: it does not know them (any more), or is not there. */
  readonly states: Readonly<Record<string, readonly number[]>>;
  /** Missing shards that no task is working on or waiting for. */
  readonly lost: readonly number[];
  /** Slurm's word on the joining job; null: there is none in its memory. */
  readonly merge: string | null;
  readonly merged: boolean;
  /** Command to type; null: nothing but waiting. */
  readonly next: string | null;
  /** Where the tasks of a cluster say what they did; null: nothing was submitted. */
  readonly logs: string | null;
}

export function sweepStatus(folder: string, environment?: NodeJS.ProcessEnv): SweepStatus {
  const place = resolve(folder);
  const record = readJobRecord(place);
  const shards = record?.request.shards ?? shardsOfManifest(place);
  const missing = missingShards(place, shards);
  const done = Array.from({ length: shards }, (_, index) => index + 1).filter((shard) => !missing.includes(shard));
  const queue = record === undefined ? undefined : slurm(environment).queue();
  const last = lastSaid(record, queue ?? []);

  const states: Record<string, number[]> = {};
  for (const shard of missing) (states[said(last.get(shard))] ??= []).push(shard);
  const lost = missing.filter((shard) => !livingStates.includes(last.get(shard)?.state ?? 'unknown'));
  const merge = queue?.find(({ job }) => job === record?.submissions.at(-1)?.merge)?.state ?? null;
  const merged = existsSync(join(place, 'pareto.json'));
  const next = nextCommand({ folder: place, shards, lost, missing, merged, merge }, record);
  const logs = record === undefined ? null : join(place, 'slurm/log-N.txt');
  return { folder: place, shards, done, missing, states, lost, merge, merged, next, logs };
}

/** Without a submission the sweep itself tells of how many shards it is. Throws LowbitError for a folder without a sweep, or one that is not cut. */
function shardsOfManifest(folder: string): number {
  const { shards } = readManifest(folder);
  if (shards !== null) return shards;
  const complete = existsSync(join(folder, 'pareto.json'));
  throw new LowbitError('the sweep in this folder is not cut into shards', {
    value: folder,
    remedy: complete
      ? `its result is there: \`lowbit report ${folder}\``
      : `\`lowbit sweep FILE --resume --out ${folder}\` goes on with it`,
  });
}

/** Each shard's task of the latest submission that Slurm remembers. */
function lastSaid(record: JobRecord | undefined, queue: readonly QueuedTask[]): Map<number, QueuedTask> {
  const tasks = new Map<number, QueuedTask>();
  for (const { array } of record?.submissions ?? []) {
    for (const task of queue) if (task.job === array && task.task !== undefined) tasks.set(task.task, task);
  }
  return tasks;
}

const said = (task: QueuedTask | undefined): string =>
  task === undefined ? 'unknown' : task.reason === 'None' || task.reason === '' ? task.state : `${task.state} (${task.reason})`;

function nextCommand(
  { folder, shards, lost, missing, merged, merge }: Pick<SweepStatus, 'folder' | 'shards' | 'lost' | 'missing' | 'merged' | 'merge'>,
  record: JobRecord | undefined,
): string | null {
  if (merged) return null;
  const [first] = lost;
  if (first !== undefined && record === undefined) {
    return `${shellCommand(['lowbit', 'sweep'])} FILE ${shellCommand(['--shard', `${first}/${shards}`, '--resume', '--out', folder])}`;
  }
  if (first !== undefined && record !== undefined) return resubmission(folder, record);
  const joining = merge !== null && livingStates.includes(merge);
  return missing.length > 0 || joining ? null : shellCommand(['lowbit', 'sweep', 'merge', folder]);
}

function resubmission(folder: string, { engine, file, options, request }: JobRecord): string {
  const { shards, time, memory_MiB, cpus, partition } = request;
  const settings = { engine, shards, time, memory: memory_MiB, cpus, ...(partition === undefined ? {} : { partition }), out: folder };
  const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  return shellCommand(['lowbit', 'sweep', 'submit', file, ...options, ...words, '--resume']);
}

/** The status in words. */
export function statusText(status: SweepStatus): string {
  const { folder, shards, done, states, lost, merge, merged, next, logs } = status;
  const lines = [`${folder}: ${done.length} of ${shards} shards done`];
  for (const [state, list] of Object.entries(states)) lines.push(`  ${state}: ${shardRanges(list)}`);
  if (lost.length > 0) {
    const ranges = shardRanges(lost);
    lines.push(logs === null ? `missing: ${ranges}` : `missing, and nothing is working on them: ${ranges} (logs: ${logs})`);
  }
  if (merged) lines.push('merged: rows.parquet, pareto.json');
  else if (merge !== null) lines.push(`joining job: ${merge.toLowerCase()}`);
  if (next !== null) lines.push(`to go on: ${next}`);
  return `${lines.join('\n')}\n`;
}
