/** `lowbit sweep`: declaration of the command and its options. */
import { outputOptions, workloadOptions, type CommandRecord, type OptionRecord } from '../command.js';

export const sweep: CommandRecord = {
  command: 'sweep <input> [folder]',
  describe: 'a design space: every point simulated, the front of the best ones, what each axis does; resumable, in shards',
  positionals: {
    input: 'a sweep file or a name of `lowbit list sweeps`; or one of merge, explain, front, submit, status with what follows',
    folder: 'of merge, explain, front, status: the folder of a sweep; of submit: the sweep file',
  },
  options: {
    out: { value: 'DIR', describe: 'folder of rows, front, page and charts; without it (below 100,000 points) the front is only printed' },
    resume: { type: 'boolean', describe: 'go on with what is in the folder; what is finished is not simulated again' },
    set: { value: 'PATH=VALUE', describe: 'override a path (hardware.x, scheme.x, workload.x) or key (strategy.evaluations) of the sweep file, repeatable' }, // prettier-ignore
    seed: { value: 'N', describe: 'seed of the strategy instead of that of the file' },
    jobs: { value: 'N', describe: 'worker threads (default: what the machine has); the result does not depend on it' },
    shard: { value: 'I/N', describe: 'simulate part I of N only, into the same folder; `sweep merge` joins them' },
    cache: { type: 'boolean', describe: 'take results of layers from earlier sweeps and keep new ones (default); --no-cache does neither' },
    rows: { value: 'always|never', describe: 'rows.jsonl and rows.csv beside rows.parquet (default: below 100,000 rows)' },
    'worker-memory': { value: 'MiB', describe: 'memory of each worker; one that needs more loses its part and is reported' },
    point: { value: 'N', describe: 'explain: number of the point' },
    objectives: { value: 'A,B', describe: 'front: stored columns or objectives, NAME:max to maximize (default: those of the sweep)' }, // prettier-ignore
    epsilon: { value: 'E', describe: 'front: only as many points as come within a factor 1 + E of all others' },
    engine: { value: 'slurm', describe: 'submit: what runs the shards' },
    shards: { value: 'N', describe: 'submit: how many' },
    time: { value: 'H:MM:SS', describe: 'submit: limit for each shard (default 1:00:00)' },
    memory: { value: 'MiB', describe: 'submit: memory of each shard (default 2048)' },
    cpus: { value: 'N', describe: 'submit: processors of each shard (default 1)' },
    partition: { value: 'P', describe: 'submit: partition of the cluster' },
    png: workloadOptions['png'] as OptionRecord,
    ...outputOptions,
  },
  examples: [
    ['sweep study.yaml --out reports/study', 'simulate every point; page, rows and front go to the folder'],
    ['sweep study.yaml --out reports/study --resume', 'go on after Ctrl-C, a crash or a power cut'],
    ['sweep study.yaml --set strategy.name=random --set strategy.evaluations=500 --json', 'a small one without a folder, for a script'],
    ['sweep explain reports/study --point 42', 'what a point is, what dominates it, and how to simulate it alone'],
    ['sweep study.yaml --out /shared/study --shard 2/8', 'one of eight shards, on any machine that sees the folder'],
    ['sweep merge /shared/study', 'join the shards once all are done'],
    ['sweep submit study.yaml --engine slurm --shards 8 --time 1:00:00 --memory 2048 --out /shared/study', 'the same on a cluster'],
  ],
  run: async (args) => (await import('../run/sweep.js')).runSweepCommand(args),
};
