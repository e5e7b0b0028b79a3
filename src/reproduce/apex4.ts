/**
 * APEX4 (arXiv 2606.08761): W4A4 with groups of 128 over FP16 where products bind, on an A100 and an RTX 3090, from one constant: lane operations per
 * INT32 partial sum (hw-configs/kernels/w4a4-g128.yaml). Published are ranges; ours are the least and the largest over linear layers of Llama-2-7B at
 * 4096 and 8192 rows (shapes of the study: not at hand).
 */
import { unknownName } from '../lowbit-error.js';
import { gpuBench } from './gpu-bench.js';
import { gpuReproduction } from './gpu-reproduction.js';
import { weightsNamed } from './model-weights.js';
import type { PublishedTable } from './published-table.js';
import type { Reproduction, ReproductionInputs } from './reproduction.js';

const cards: Readonly<Record<string, string>> = { A100: 'a100-80gb-sxm', 'RTX 3090': 'rtx-3090' };
const KERNEL = 'w4a4-g128';
const MODEL = 'llama-2-7b';
const ROWS = [4096, 8192];

export const apex4Gpus: readonly string[] = Object.values(cards);
export const apex4Kernels: readonly string[] = [KERNEL];
export const apex4Models: readonly string[] = [MODEL];

/** Published ranges beside ours. */
export function reproduceApex4(published: PublishedTable, inputs: ReproductionInputs): Reproduction {
  const bench = gpuBench(inputs);
  const weights = weightsNamed(inputs, MODEL);
  const speedups = (row: string): number[] => {
    const gpu = Object.hasOwn(cards, row) ? cards[row] : undefined;
    if (gpu === undefined) throw unknownName('card of APEX4', row, Object.keys(cards));
    return ROWS.flatMap((rows) =>
      weights.map((shape) => {
        const half = bench.time_s({ gpu, activation: 'fp16', weight: 'fp16' }, rows, shape);
        return half / bench.time_s({ gpu, kernel: KERNEL, activation: 'int4-g128', weight: 'int4-g128' }, rows, shape);
      }),
    );
  };
  return gpuReproduction(
    published,
    {
      'speed over FP16': (row, column) => {
        if (column === 'low') return Math.min(...speedups(row));
        if (column === 'high') return Math.max(...speedups(row));
        throw unknownName('end of a range of APEX4', column, ['low', 'high']);
      },
    },
    () => bench.notes(),
  );
}
