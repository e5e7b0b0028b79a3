/** `lowbit sweep`: tells a sweep file from the words for what comes after a sweep, and hands over. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { LowbitError, nearestNames } from '../../lowbit-error.js';
import { positiveInteger, single } from '../arguments.js';
import type { Workers } from '../../sweep/engine/worker-pool.js';
import type { Arguments } from '../command.js';
import { endOnInterrupt } from '../end-by-signal.js';

interface Action {
  /** Options that go with it, besides those of every command. */
  readonly options: readonly string[];
  /** What the second word is; undefined: there is none. */
  readonly takes: string | undefined;
  run(args: Arguments, target: string): Promise<void> | void;
}

const sweepOptions = ['out', 'resume', 'set', 'seed', 'jobs', 'shard', 'cache', 'rows', 'worker-memory', 'png'];

const run: Action = {
  options: sweepOptions,
  takes: undefined,
  run: (args, file) => withWorkers(args, async (workers) => (await import('./sweep-run.js')).runSweepFile(args, file, workers)),
};

const actions: Readonly<Record<string, Action>> = {
  merge: {
    options: ['jobs', 'rows', 'worker-memory', 'png'],
    takes: 'the folder of the shards',
    run: (args, dir) => withWorkers(args, async (workers) => (await import('./sweep-run.js')).mergeSweep(args, dir, workers)),
  },
  explain: {
    options: ['point'],
    takes: 'the folder of a sweep',
    run: async (args, dir) => (await import('./sweep-explain.js')).explainPoint(args, dir),
  },
  front: {
    options: ['objectives', 'epsilon'],
    takes: 'the folder of a sweep',
    run: async (args, dir) => (await import('./sweep-front.js')).printFront(args, dir),
  },
  submit: {
    options: ['engine', 'shards', 'time', 'memory', 'cpus', 'partition', 'out', 'resume', 'set', 'seed', 'cache', 'worker-memory'],
    takes: 'a sweep file',
    run: async (args, file) => (await import('./sweep-cluster.js')).submitShards(args, file),
  },
  status: {
    options: [],
    takes: 'the folder of the shards',
    run: async (args, dir) => (await import('./sweep-cluster.js')).printStatus(args, dir),
  },
};

/** Every option that some action takes. */
const known = new Set([run, ...Object.values(actions)].flatMap(({ options }) => options));

export async function runSweepCommand(args: Arguments): Promise<void> {
  const input = single('input', args['input']) ?? '';
  const target = single('folder', args['folder']);
  const action = Object.hasOwn(actions, input) ? actions[input] : undefined;
  if (action === undefined) {
    if (target !== undefined) throw unknownAction(input, target);
    refuseOptions(args, 'a sweep file', run);
    refuseFolder(input);
    return run.run(args, input);
  }
  refuseOptions(args, `sweep ${input}`, action);
  if (target === undefined) throw new LowbitError(`sweep ${input} needs ${action.takes ?? ''}`, { remedy: `lowbit sweep ${input} PATH` });
  return action.run(args, target);
}

/** Starts the first worker before anything else is loaded: it is ready when the plan is. */
async function withWorkers(args: Arguments, work: (workers: Workers) => Promise<void>): Promise<void> {
  const jobs = positiveInteger('jobs', args['jobs'], undefined);
  const workerMemory_MiB = positiveInteger('worker-memory', args['worker-memory'], undefined, 2048);
  const { startWorkers } = await import('../../sweep/engine/worker-pool.js');
  endOnInterrupt();
  const workers = startWorkers({
    ...(jobs === undefined ? {} : { jobs }),
    ...(workerMemory_MiB === undefined ? {} : { workerMemory_MiB }),
  });
  try {
    await work(workers);
  } finally {
    await workers.close();
  }
}

function unknownAction(input: string, target: string): LowbitError {
  const names = Object.keys(actions);
  const near = nearestNames(input, names);
  return new LowbitError('a sweep file stands alone, and this is no other word of sweep', {
    value: `${input} ${target}`,
    allowed: names,
    remedy: near.length === 0 ? 'the folder of results goes to --out' : `did you mean sweep ${near.join(' or ')}?`,
  });
}

function refuseOptions(args: Arguments, what: string, { options }: Action): void {
  const wrong = Object.keys(args).filter((name) => args[name] !== undefined && known.has(name) && !options.includes(name));
  const [first] = wrong;
  if (first === undefined) return;
  const home = Object.entries(actions).flatMap(([name, action]) => (action.options.includes(first) ? [`sweep ${name}`] : []));
  const places = [...(run.options.includes(first) ? ['a sweep file'] : []), ...home];
  throw new LowbitError(`--${first} does not go with ${what}`, { remedy: `it belongs to ${places.join(', ')}` });
}

/** A folder where a sweep file should be. */
function refuseFolder(input: string): void {
  const stat = (path: string) => statSync(path, { throwIfNoEntry: false });
  if (stat(input)?.isDirectory() !== true) return;
  throw new LowbitError('this is a folder, not a sweep file', {
    value: input,
    remedy:
      stat(join(input, 'sweep.json')) === undefined
        ? 'give the YAML file, and the folder to --out'
        : `it holds a sweep: \`lowbit sweep FILE --out ${input} --resume\` goes on with it, \`lowbit report ${input}\` draws it again`,
  });
}
