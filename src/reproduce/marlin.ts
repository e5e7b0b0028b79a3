/**
 * MARLIN's figures: W4A16 kernels over FP16 by rows on an A10 (at boost and at locked base clock), and all linear layers of a block at 16 rows on four cards.
 *   speed-up = sum of FP16 seconds / sum of W4A16 seconds over the matrices        as the repository's benchmark weighs them
 * Source: MARLIN (arXiv 2408.11743), figures of its repository; shapes of its benchmark: 73728 x 18432 (k x n) on A10, QKV and gate with up fused,
 * feed-forward widths rounded up to multiples of 256. FP16 is the dense kernel of the same card, with the same clock.
 */
import { unknownName } from '../lowbit-error.js';
import { gpuBench, total_s, type GemmRun, type GpuBench, type WeightShape } from './gpu-bench.js';
import { gpuReproduction } from './gpu-reproduction.js';
import type { PublishedTable } from './published-table.js';
import type { Reproduction, ReproductionInputs } from './reproduction.js';

/** GPUs of hw-configs/gpus by the names of the figures. */
const cards: Readonly<Record<string, string>> = { A10: 'a10', RTX3090: 'rtx-3090', A6000: 'a6000', A100: 'a100-80gb-sxm' };
export const marlinGpus: readonly string[] = Object.values(cards);
export const marlinKernels: readonly string[] = ['marlin', 'awq', 'exllamav2', 'dequantize-first'];

/** NVIDIA A10 data sheet: base clock 885 MHz. */
const A10_BASE_MHZ = 885;
/** Rows up to which exllamav2 multiplies on CUDA cores; above, it writes the weights as FP16 first. */
const EXLLAMA_ROWS = 50;
const ROWS_OF_BLOCKS = 16;
/** 4 bits and a 16-bit scale per 128 weights. */
const GROUPED_INT4_BITS = 4.125;

const matrix: WeightShape = { n: 18432, k: 73728 };
const block = (hidden: number, feedForward: number): WeightShape[] => [
  { n: 3 * hidden, k: hidden },
  { n: hidden, k: hidden },
  { n: 2 * feedForward, k: hidden },
  { n: hidden, k: feedForward },
];
/** Matrices of a block as the benchmark has them; Falcon runs attention and feed-forward side by side. */
const blocks: Readonly<Record<string, readonly WeightShape[]>> = {
  Llama7B: block(4096, 10752),
  Llama13B: block(5120, 13568),
  Llama33B: block(6656, 17664),
  Llama65B: block(8192, 21760),
  Falcon180B: [
    { n: 14848 * 5 + 1024, k: 14848 },
    { n: 14848, k: 14848 * 5 },
  ],
};

const fp16 = { activation: 'fp16', weight: 'fp16' } as const;
const w4a16 = { activation: 'fp16', weight: 'int4-g128' } as const;

function found<T>(record: Readonly<Record<string, T>>, name: string, kind: string): T {
  const value = Object.hasOwn(record, name) ? record[name] : undefined;
  if (value === undefined) throw unknownName(`${kind} of MARLIN`, name, Object.keys(record));
  return value;
}

/** A quarter of the bits at the bandwidth that FP16 reaches with one row, or the products at the rate of the data sheet: the most a kernel can reach. */
function ideal_s(bench: GpuBench, rows: number): number {
  const { sms, clock_MHz, tensor_macPerClockPerSm } = bench.device('a10');
  const products_s = (rows * matrix.n * matrix.k) / (sms * clock_MHz * 1e6 * (tensor_macPerClockPerSm.fp16 ?? NaN));
  const stream_s = bench.time_s({ gpu: 'a10', kernel: 'dense', ...fp16 }, 1, matrix) * (GROUPED_INT4_BITS / 16);
  return Math.max(stream_s, products_s);
}

/** Seconds of the large matrix by the kernel that a system of the figure takes for so many rows. */
const systems: Readonly<Record<string, (bench: GpuBench, rows: number) => number>> = {
  ideal: ideal_s,
  MARLIN: (bench, rows) => bench.time_s({ gpu: 'a10', kernel: 'marlin', ...w4a16 }, rows, matrix),
  AWQ: (bench, rows) => bench.time_s({ gpu: 'a10', kernel: 'awq', ...w4a16 }, rows, matrix),
  exllamav2: (bench, rows) =>
    bench.time_s({ gpu: 'a10', kernel: rows > EXLLAMA_ROWS ? 'dequantize-first' : 'exllamav2', ...w4a16 }, rows, matrix),
  // One row has a kernel of its own, which reads 4 bits; nothing is known of it but that.
  bitsandbytes: (bench, rows) =>
    bench.time_s({ gpu: 'a10', kernel: rows === 1 ? 'exllamav2' : 'dequantize-first', ...w4a16 }, rows, matrix),
};

/** Throws LowbitError for a system, card or model that is none of the figures'. */
export function reproduceMarlin(published: PublishedTable, inputs: ReproductionInputs): Reproduction {
  const bench = gpuBench(inputs);
  const overFp16 = (run: Omit<GemmRun, 'activation' | 'weight'>, rows: number, shapes: readonly WeightShape[]): number =>
    total_s(bench, { ...run, kernel: 'dense', ...fp16 }, rows, shapes) /
    total_s(bench, { ...run, kernel: 'marlin', ...w4a16 }, rows, shapes);
  return gpuReproduction(
    published,
    {
      'large matrix': (system, rows) =>
        bench.time_s({ gpu: 'a10', ...fp16 }, Number(rows), matrix) / found(systems, system, 'system')(bench, Number(rows)),
      'base clock': (_system, rows) => overFp16({ gpu: 'a10', clock_MHz: A10_BASE_MHZ }, Number(rows), [matrix]),
      'whole block': (model, card) => overFp16({ gpu: found(cards, card, 'GPU') }, ROWS_OF_BLOCKS, found(blocks, model, 'model')),
    },
    () => [
      `FP16 is the dense kernel of the model on the same card; large matrix: n ${matrix.n}, k ${matrix.k}; whole block: ${ROWS_OF_BLOCKS} rows`,
      ...bench.notes(),
    ],
  );
}
