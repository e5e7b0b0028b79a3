/**
 * Fast and Efficient 2-bit LLM Inference on GPU (arXiv 2311.16442): dequantization one after the other with loads and products, or under them, and what the
 * sparse outliers of SpQR cost, for one row of Llama-2-7B.
 *   share of dequantization = 1 - seconds without conversion / seconds         slowdown by outliers = seconds / seconds without them - 1
 * The card of the study is not at hand: an A100. Weights at 2 bits and 16 bits per 16 of them (3 bits; the paper stores 2.91 on average).
 */
import { gpuBench, total_s, type GemmRun } from './gpu-bench.js';
import { gpuReproduction } from './gpu-reproduction.js';
import { weightsNamed } from './model-weights.js';
import type { PublishedTable } from './published-table.js';
import type { Reproduction, ReproductionInputs } from './reproduction.js';

const GPU = 'a100-80gb-sxm';
const MODEL = 'llama-2-7b';
const two = { gpu: GPU, activation: 'fp16', weight: 'int2-g16' };
const sync: GemmRun = { ...two, kernel: 'fast2bit-sync' };
const async: GemmRun = { ...two, kernel: 'fast2bit-async' };
const unconverted: GemmRun = { ...two, kernel: 'without conversion' };
const spqr: GemmRun = { gpu: GPU, activation: 'fp16', weight: 'spqr3', kernel: 'spqr' };
const dense: GemmRun = { ...spqr, kernel: 'without outliers' };

export const fast2bitGpus: readonly string[] = [GPU];
export const fast2bitKernels: readonly string[] = ['fast2bit-sync', 'fast2bit-async', 'spqr'];
export const fast2bitModels: readonly string[] = [MODEL];

/** Published ratios beside ours. */
export function reproduceFast2bit(published: PublishedTable, inputs: ReproductionInputs): Reproduction {
  const bench = gpuBench({ ...inputs, kernels: { ...inputs.kernels, ...derivedKernels(inputs) } });
  const weights = weightsNamed(inputs, MODEL);
  const seconds = (run: GemmRun, rows: number): number => total_s(bench, run, rows, weights);
  return gpuReproduction(
    published,
    {
      'speed of asynchronous over synchronous dequantization': (_row, rows) => seconds(sync, Number(rows)) / seconds(async, Number(rows)),
      'share of dequantization': (_row, rows) => 1 - seconds(unconverted, Number(rows)) / seconds(sync, Number(rows)),
      'slowdown by outliers': (_row, rows) => seconds(spqr, Number(rows)) / seconds(dense, Number(rows)) - 1,
    },
    () => bench.notes(),
  );
}

/** The synchronous kernel without its conversion, and SpQR without its sparse pass. */
function derivedKernels({ kernels = {} }: ReproductionInputs): NonNullable<ReproductionInputs['kernels']> {
  const { 'fast2bit-sync': synchronous, spqr: sparse } = kernels;
  return {
    ...(synchronous === undefined
      ? {}
      : {
          'without conversion': { ...synchronous, name: 'without conversion', conversion: { ...synchronous.conversion, perWeight_ops: 0 } },
        }),
    ...(sparse === undefined ? {} : { 'without outliers': { ...sparse, name: 'without outliers', after: [] } }),
  };
}
