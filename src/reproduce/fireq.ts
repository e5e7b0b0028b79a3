/**
 * FireQ (arXiv 2505.20839) on an H100: its INT4-FP8 kernel over QServe's W4A8 on the feed-forward weights of Llama-2-7B, and on the linear layers of a
 * block of Llama-3-8B in prefill. Rows of the published figures are not at hand: the mean over the rows of a decode batch, and a prompt of 2048 tokens.
 * Left out: attention (FireQ's own kernel is part of the published prefill), norms, quantization of the activation on both sides.
 */
import { unknownName } from '../lowbit-error.js';
import { geometricMean, gpuBench, total_s, type GemmRun, type WeightShape } from './gpu-bench.js';
import { gpuReproduction } from './gpu-reproduction.js';
import { weightsNamed } from './model-weights.js';
import type { PublishedTable } from './published-table.js';
import type { Reproduction, ReproductionInputs } from './reproduction.js';

const GPU = 'h100-sxm';
const BATCHES = [16, 32, 64, 128, 256];
const PROMPT = 2048;
const fireq: GemmRun = { gpu: GPU, kernel: 'fireq-int4-fp8', activation: 'fp8', weight: 'int4-g128' };
const qserve: GemmRun = { gpu: GPU, kernel: 'qserve-w4a8-hopper', activation: 'int8', weight: 'int4-asym-g128' };

export const fireqGpus: readonly string[] = [GPU];
export const fireqKernels: readonly string[] = ['fireq-int4-fp8', 'qserve-w4a8-hopper'];
export const fireqModels: readonly string[] = ['llama-2-7b', 'llama-3-8b'];

/** Published ratios beside ours. */
export function reproduceFireq(published: PublishedTable, inputs: ReproductionInputs): Reproduction {
  const bench = gpuBench(inputs);
  const over = (shapes: readonly WeightShape[], rows: number): number =>
    total_s(bench, qserve, rows, shapes) / total_s(bench, fireq, rows, shapes);
  // Gate with up, and down, come last.
  const feedForward = weightsNamed(inputs, 'llama-2-7b').slice(-2);
  const byBatch = (rows: number): number => over(feedForward, rows);
  const whole: Readonly<Record<string, () => number>> = {
    'FFN, Llama-2-7B': () => geometricMean(BATCHES.map(byBatch)),
    'prefill, Llama-3-8B': () => over(weightsNamed(inputs, 'llama-3-8b'), PROMPT),
  };
  return gpuReproduction(
    published,
    {
      'speed over QServe': (row) => {
        const ratio = Object.hasOwn(whole, row) ? whole[row] : undefined;
        if (ratio === undefined) throw unknownName('claim of FireQ', row, Object.keys(whole));
        return ratio();
      },
      'speed over QServe by rows': (_row, column) => byBatch(Number(column)),
    },
    () => bench.notes(),
  );
}
