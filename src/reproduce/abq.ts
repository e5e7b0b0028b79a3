/**
 * ABQ-LLM's kernels at one row over CUTLASS W8A8: x-bit weights and y-bit activations are x y products of bit planes on one-bit tensor cores.
 *   speed-up = seconds of CUTLASS W8A8, rows padded to a tile / seconds of the bit-plane kernel
 * Source: ABQ-LLM (arXiv 2408.08554), figure kernel_speed of its repository. The card is not named: A100, whose one-bit rate is published.
 */
import { LowbitError } from '../lowbit-error.js';
import { gpuBench } from './gpu-bench.js';
import { gpuReproduction } from './gpu-reproduction.js';
import type { PublishedTable } from './published-table.js';
import type { Reproduction, ReproductionInputs } from './reproduction.js';

const GPU = 'a100-80gb-sxm';
export const abqGpus: readonly string[] = [GPU];
export const abqKernels: readonly string[] = [
  'cutlass-w8a8',
  ...['w8a8', 'w7a7', 'w6a6', 'w5a5', 'w4a8', 'w3a8', 'w2a8'].map((bits) => `abq-${bits}`),
];

/** Throws LowbitError for bits or shapes that are none of the figure's. */
export function reproduceAbq(published: PublishedTable, inputs: ReproductionInputs): Reproduction {
  const bench = gpuBench(inputs);
  const speedup = (bits: string, size: string): number => {
    const [, weight, activation] = /^w(\d)a(\d)$/.exec(bits) ?? [];
    const [, n, k] = /^(\d+)x(\d+)$/.exec(size) ?? [];
    if (weight === undefined || activation === undefined || n === undefined || k === undefined)
      throw new LowbitError('no bits and matrix of ABQ-LLM', { value: `${bits}, ${size}`, remedy: 'rows are wXaY, columns NxK' });
    const shape = { n: Number(n), k: Number(k) };
    const cutlass = bench.time_s({ gpu: GPU, kernel: 'cutlass-w8a8', activation: 'int8', weight: 'int8' }, 1, shape);
    return cutlass / bench.time_s({ gpu: GPU, kernel: `abq-${bits}`, activation: `int${activation}`, weight: `int${weight}` }, 1, shape);
  };
  return gpuReproduction(published, { 'speed-up': speedup }, () => ['columns are n x k, one row of activations', ...bench.notes()]);
}
