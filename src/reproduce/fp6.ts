/**
 * FP6-LLM on an A100-40GB: its W6A16 kernel over cuBLAS, W8A16 and W4A16 at 8, 16 and 32 rows, and other kernels of the same figure over cuBLAS.
 *   speed-up = mean over the linear layers of a block of each model of FP16 seconds / W6A16 seconds; largest: over layers of LLaMA-65B and rows
 * Source: FP6-LLM (arXiv 2401.14112), read through a note. The models of the mean are an assumption: four LLaMA and two OPT.
 */
import { unknownName } from '../lowbit-error.js';
import { arithmeticMean, blockWeights, gpuBench, type GemmRun, type WeightShape } from './gpu-bench.js';
import { gpuReproduction } from './gpu-reproduction.js';
import type { PublishedTable } from './published-table.js';
import type { Reproduction, ReproductionInputs } from './reproduction.js';

const GPU = 'a100-40gb-sxm';
export const fp6Gpus: readonly string[] = [GPU];
export const fp6Kernels: readonly string[] = ['fp6', 'dequantize-first'];
const llama: readonly string[] = ['llama-7b', 'llama-13b', 'llama-30b', 'llama-65b'];
export const fp6Models: readonly string[] = [...llama, 'opt-30b', 'opt-66b'];

const ROWS = [8, 16, 32];
const fp16: GemmRun = { gpu: GPU, kernel: 'dense', activation: 'fp16', weight: 'fp16' };
const fp6: GemmRun = { gpu: GPU, kernel: 'fp6', activation: 'fp16', weight: 'fp6-e3m2' };
const dequantizeFirst: GemmRun = { gpu: GPU, kernel: 'dequantize-first', activation: 'fp16', weight: 'int4-g128' };
const others: Readonly<Record<string, GemmRun>> = {
  W8A16: { gpu: GPU, kernel: 'w8a16-trtllm', activation: 'fp16', weight: 'int8' },
  'fine W4A16': { gpu: GPU, kernel: 'w4a16-trtllm', activation: 'fp16', weight: 'int4-g128' },
  'coarse W4A16': { gpu: GPU, kernel: 'w4a16-trtllm', activation: 'fp16', weight: 'int4-channel' },
};

/** Throws LowbitError when a card, kernel or model is missing. */
export function reproduceFp6(published: PublishedTable, inputs: ReproductionInputs): Reproduction {
  const bench = gpuBench(inputs);
  const weightsOf = (name: string): WeightShape[] => {
    const model = inputs.models[name];
    if (model === undefined) throw unknownName('model of FP6-LLM', name, Object.keys(inputs.models));
    return blockWeights(model);
  };
  const ratios = (run: GemmRun, models: readonly string[], rows: readonly number[], over = fp16): number[] =>
    models.flatMap(weightsOf).flatMap((shape) => rows.map((m) => bench.time_s(over, m, shape) / bench.time_s(run, m, shape)));
  const other = (row: string): GemmRun => {
    const run = Object.hasOwn(others, row) ? others[row] : undefined;
    if (run === undefined) throw unknownName('kernel of FP6-LLM', row, Object.keys(others));
    return run;
  };
  return gpuReproduction(
    published,
    {
      'mean speed-up': (_row, rows) => arithmeticMean(ratios(fp6, fp6Models, [Number(rows)])),
      'mean over other kernels': (row, rows) => arithmeticMean(ratios(fp6, fp6Models, [Number(rows)], other(row))),
      'largest speed-up': (row) => Math.max(...ratios(other(row), ['llama-65b'], ROWS)),
      'mean of dequantize-first': () => arithmeticMean(ratios(dequantizeFirst, llama, ROWS)),
    },
    () => [`arithmetic mean over QKV, output, gate with up (or fc1) and down (or fc2) of ${fp6Models.join(', ')}`, ...bench.notes()],
  );
}
