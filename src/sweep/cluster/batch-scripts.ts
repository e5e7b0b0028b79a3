/**
 * The two scripts that Slurm runs: an array with one task per shard, and the job that joins the shards once all of them are done.
 * Source: sbatch(1) of Slurm 22.05.
 *
 * Paths in `#SBATCH` lines are relative to the folder of the sweep, from which the scripts are sent: Slurm reads these lines with quoting rules of its
 * own, which no name of a folder can break this way. The commands themselves are quoted for the shell.
 * A task replaces its shell (`exec`), so that signals of Slurm reach the program.
 */
import { shellCommand } from './shell-quote.js';

/** What a submission asks Slurm for. */
export interface ClusterRequest {
  readonly shards: number;
  /** As Slurm writes a time: `90` (minutes), `2:00:00`, `1-12`. */
  readonly time: string;
  /** For each task; without it a task would take the memory of a whole node. */
  readonly memory_MiB: number;
  readonly cpus: number;
  readonly partition?: string;
}

export interface ShardProgram {
  /** Words that start lowbit, such as node and its main file, by absolute paths. */
  readonly program: readonly string[];
  readonly file: string;
  /** Folder of the sweep, absolute. */
  readonly out: string;
  /** Further words every shard needs, such as `--set a=b`. */
  readonly options: readonly string[];
}

export function shardScript(name: string, request: ClusterRequest, { program, file, out, options }: ShardProgram): string {
  const command = shellCommand([...program, 'sweep', file, ...options, '--resume', '--out', out, '--quiet']);
  return `${head(`lowbit-${name}`, request)}
#SBATCH --array=1-${request.shards}
#SBATCH --cpus-per-task=${request.cpus}
#SBATCH --mem=${request.memory_MiB}M
#SBATCH --output=slurm/log-%a.txt
#SBATCH --requeue
set -eu
exec ${command} --shard "$SLURM_ARRAY_TASK_ID/${request.shards}" --jobs "$SLURM_CPUS_PER_TASK"
`;
}

export function mergeScript(name: string, request: ClusterRequest, { program, out }: Pick<ShardProgram, 'program' | 'out'>): string {
  return `${head(`lowbit-${name}-merge`, request)}
#SBATCH --cpus-per-task=1
#SBATCH --mem=${request.memory_MiB}M
#SBATCH --output=slurm/log-merge.txt
#SBATCH --requeue
set -eu
exec ${shellCommand([...program, 'sweep', 'merge', out, '--quiet'])}
`;
}

/** A task that was sent again goes on in the log of the first. */
function head(job: string, { time, partition }: ClusterRequest): string {
  return `#!/bin/sh
# Send it from the folder of the sweep, where its log goes: sbatch slurm/...
#SBATCH --job-name=${job.replaceAll(/[^\w.-]+/g, '-')}
#SBATCH --time=${time}${partition === undefined ? '' : `\n#SBATCH --partition=${partition}`}
#SBATCH --open-mode=append`;
}
