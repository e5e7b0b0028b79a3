/**
 * MixLLM (arXiv 2412.14590) on an A100: linear layers of Llama-3-8B over FP16 with a tenth of the output features at 8 bits (W4.4A8), beside all at 4 bits,
 * W8A8 and W4A16. Nothing about kernels is published in what is at hand: every cell is ours alone.
 *   seconds of the mixture = 0.9 seconds at 4 bits + 0.1 seconds at 8 bits, as tiles of both kinds share the waves of one kernel
 */
import { unknownName } from '../lowbit-error.js';
import { gpuBench, total_s, type GemmRun } from './gpu-bench.js';
import { gpuReproduction } from './gpu-reproduction.js';
import { weightsNamed } from './model-weights.js';
import type { PublishedTable } from './published-table.js';
import type { Reproduction, ReproductionInputs } from './reproduction.js';

const GPU = 'a100-80gb-sxm';
const MODEL = 'llama-3-8b';
const SHARE_AT_8_BITS = 0.1;
const fp16: GemmRun = { gpu: GPU, activation: 'fp16', weight: 'fp16' };
const four: GemmRun = { gpu: GPU, kernel: 'mixllm', activation: 'int8', weight: 'int4-asym-g128' };
const eight: GemmRun = { gpu: GPU, kernel: 'mixllm-8bit', activation: 'int8', weight: 'int8-g128' };

export const mixllmGpus: readonly string[] = [GPU];
export const mixllmKernels: readonly string[] = ['mixllm', 'mixllm-8bit'];
export const mixllmModels: readonly string[] = [MODEL];

/** What the kernels would give, beside nothing published. */
export function reproduceMixllm(published: PublishedTable, inputs: ReproductionInputs): Reproduction {
  const bench = gpuBench(inputs);
  const weights = weightsNamed(inputs, MODEL);
  const seconds = (run: GemmRun, rows: number): number => total_s(bench, run, rows, weights);
  const systems: Readonly<Record<string, (rows: number) => number>> = {
    W4A8: (rows) => seconds(four, rows),
    'W4.4A8': (rows) => (1 - SHARE_AT_8_BITS) * seconds(four, rows) + SHARE_AT_8_BITS * seconds(eight, rows),
    W8A8: (rows) => seconds({ gpu: GPU, activation: 'int8', weight: 'int8' }, rows),
    W4A16: (rows) => seconds({ gpu: GPU, activation: 'fp16', weight: 'int4-g128' }, rows),
  };
  return gpuReproduction(
    published,
    {
      'speed over FP16': (row, column) => {
        const system = Object.hasOwn(systems, row) ? systems[row] : undefined;
        if (system === undefined) throw unknownName('system of MixLLM', row, Object.keys(systems));
        return seconds(fp16, Number(column)) / system(Number(column));
      },
    },
    () => bench.notes(),
  );
}
