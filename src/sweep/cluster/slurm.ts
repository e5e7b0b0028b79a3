/**
 * Slurm by its own commands: sbatch sends, squeue tells, scancel takes back. Everything comes through their documented output (`--parsable`,
 * `--format`), and what they complain about is passed on in their words.
 */
import { spawnSync } from 'node:child_process';
import { LowbitError } from '../../lowbit-error.js';

/** A job or a task of an array as the queue knows it. */
export interface QueuedTask {
  readonly job: string;
  /** Index in its array; undefined: a job of its own. */
  readonly task?: number;
  /** Slurm's word: PENDING, RUNNING, COMPLETED, FAILED, CANCELLED, TIMEOUT, OUT_OF_MEMORY, ... */
  readonly state: string;
  readonly reason: string;
}

/** States of jobs that will still come to an end of their own. */
export const livingStates: readonly string[] = ['PENDING', 'CONFIGURING', 'RUNNING', 'COMPLETING', 'REQUEUED', 'SUSPENDED', 'STOPPED'];

export interface Slurm {
  /** Number of the job. `folder`: where it runs and where its log goes. */
  send(folder: string, script: string, options: readonly string[]): string;
  /** The user's jobs, finished ones as long as Slurm remembers them; undefined: Slurm is not there or does not answer. */
  queue(): QueuedTask[] | undefined;
  cancel(job: string): void;
}

export function slurm(environment: NodeJS.ProcessEnv = process.env): Slurm {
  const run = (command: string, args: readonly string[], folder?: string) =>
    spawnSync(command, args, { env: environment, encoding: 'utf8', maxBuffer: 1 << 28, ...(folder === undefined ? {} : { cwd: folder }) });
  return {
    send(folder, script, options) {
      const { status, error, stdout, stderr } = run('sbatch', ['--parsable', ...options, script], folder);
      if (error !== undefined) throw new LowbitError('sbatch cannot be started', { value: error.message });
      // With several clusters the name of the cluster follows the number.
      const job = stdout.trim().split(';')[0] ?? '';
      if (status === 0 && /^\d+$/.test(job)) return job;
      throw new LowbitError('sbatch refuses the job', { value: inOneLine(stderr), place: script });
    },
    queue() {
      const { status, stdout } = run('squeue', ['--me', '--array', '--states=all', '--noheader', '--format=%F|%K|%T|%r']);
      if (status !== 0) return undefined;
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [job = '', task = '', state = '', reason = ''] = line.trim().split('|');
          return { job, state, reason, ...(/^\d+$/.test(task) ? { task: Number(task) } : {}) };
        });
    },
    cancel(job) {
      // A job that ended meanwhile is no error.
      run('scancel', ['--quiet', job]);
    },
  };
}

/** Why nothing can be sent from here; undefined: it can. */
export function sbatchProblem(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const { status, error, stderr } = spawnSync('sbatch', ['--version'], { env: environment, encoding: 'utf8' });
  if (error !== undefined) return 'sbatch is not installed here';
  // Installed, but without a configuration it does not even tell its version.
  return status === 0 ? undefined : `sbatch knows of no cluster here: ${inOneLine(stderr)}`;
}

const inOneLine = (words: string): string => words.trim().replaceAll(/\s*\n\s*/g, '; ');
