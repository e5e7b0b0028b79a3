/**
 * Atom's kernel latencies on an RTX 4090, n = k = 4096: W4A4 with groups of 128 and 128 outlier channels in INT8, W8A8 of torch-int, W4A16 of AWQ.
 * An INT8 channel takes twice the products and twice the bytes of an INT4 one, so 128 of them stand for 128 more INT4 channels.
 * Source: Atom (MLSys 2024), figures of its repository, read from images. Left out: reordering and quantization of the activation, which the figure leaves out too.
 */
import { gpuBench, type GemmRun } from './gpu-bench.js';
import { gpuReproduction, type MetricSimulation } from './gpu-reproduction.js';
import type { PublishedTable } from './published-table.js';
import type { Reproduction, ReproductionInputs } from './reproduction.js';

const GPU = 'rtx-4090';
export const atomGpus: readonly string[] = [GPU];
export const atomKernels: readonly string[] = ['atom-w4a4', 'torch-int', 'awq-gemv'];

const SIDE = 4096;
const OUTLIER_CHANNELS = 128;

const runs: Readonly<Record<string, { readonly run: GemmRun; readonly k: number }>> = {
  'latency of Atom W4A4': {
    run: { gpu: GPU, kernel: 'atom-w4a4', activation: 'int4-g128', weight: 'int4-g128' },
    k: SIDE + OUTLIER_CHANNELS,
  },
  'latency of W8A8 torch-int': { run: { gpu: GPU, kernel: 'torch-int', activation: 'int8', weight: 'int8' }, k: SIDE },
  'latency of W4A16 AWQ': { run: { gpu: GPU, kernel: 'awq-gemv', activation: 'fp16', weight: 'int4-g128' }, k: SIDE },
};

export function reproduceAtom(published: PublishedTable, inputs: ReproductionInputs): Reproduction {
  const bench = gpuBench(inputs);
  const metrics = Object.entries(runs).map(([metric, { run, k }]): [string, MetricSimulation] => [
    metric,
    (_row: string, rows: string) => 1e6 * bench.time_s(run, Number(rows), { n: SIDE, k }),
  ]);
  return gpuReproduction(published, Object.fromEntries(metrics), () => [
    `kernel time without a host; W4A4 as ${SIDE + OUTLIER_CHANNELS} INT4 channels, of which ${OUTLIER_CHANNELS} are the second half of INT8 ones`,
    ...bench.notes(),
  ]);
}
