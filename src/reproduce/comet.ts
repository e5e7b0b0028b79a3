/**
 * COMET's kernel on an A100: over cuBLAS W16A16 and the W4A16 and W8A8 kernels of TensorRT-LLM by rows, the study of its schedules and mechanisms,
 * and its picture of them.
 *   kernel seconds = decomposed schedule on the timeline of SMs (gpu/timeline/comet) + launch, first loads and epilogue of a plain kernel
 *   speed-up       = arithmetic mean over layers (and batches) of baseline seconds / kernel seconds
 * Source: COMET (ASPLOS 2025, arXiv 2410.12168), section 6 and figures 13 and 14. Shapes and mean are not stated: QKV, output, gate with up, down of
 * Llama-3-8B and 70B, 75 % of the blocks W4A4. Left out: partial sums of blocks that ran on different SMs.
 */
import { LowbitError, unknownName } from '../lowbit-error.js';
import { meanStudy, studyShape, w4axTimeline, type W4AxStudy } from '../gpu/timeline/comet/w4ax-study.js';
import type { Removal, W4AxKernel } from '../gpu/timeline/comet/w4ax-tile.js';
import type { CometSchedule } from '../gpu/timeline/schedules/schedule-name.js';
import { exampleSchedules, exampleUnits } from './comet-example.js';
import { arithmeticMean, blockWeights, gpuBench, type GemmRun, type GpuBench, type WeightShape } from './gpu-bench.js';
import { gpuReproduction } from './gpu-reproduction.js';
import type { PublishedTable } from './published-table.js';
import type { Reproduction, ReproductionInputs } from './reproduction.js';

const GPU = 'a100-80gb-sxm';
const KERNEL = 'comet-w4ax';
export const cometGpus: readonly string[] = [GPU];
export const cometKernels: readonly string[] = [KERNEL];

const LOW_SHARE = 0.75;
const batches: Readonly<Record<string, readonly number[]>> = { small: [2, 4, 8], large: [16, 64, 256], '2-8': [2, 4, 8] };
/** Models of models/ by the names of the figures. */
const models: Readonly<Record<string, string>> = { 'LLaMA-3-8B': 'llama-3-8b', 'LLaMA-3-70B': 'llama-3-70b' };
export const cometModels: readonly string[] = Object.values(models);

const cublas: GemmRun = { gpu: GPU, kernel: 'dense', activation: 'fp16', weight: 'fp16' };
const baselines: Readonly<Record<string, GemmRun>> = {
  'cuBLAS W16A16': cublas,
  'TRT-LLM W4A16': { gpu: GPU, kernel: 'w4a16-trtllm', activation: 'fp16', weight: 'int4-g128' },
  'TRT-LLM W8A8': { gpu: GPU, kernel: 'w8a8-trtllm', activation: 'int8', weight: 'int8' },
};
const schedules: Readonly<Record<string, CometSchedule>> = {
  naive: 'barriered',
  'barrier-free': 'barrier-free',
  remapped: 'remapped',
  decomposed: 'decomposed',
};
const removed: Readonly<Record<string, Removal>> = {
  'software pipeline': 'pipeline',
  'weight interleaving': 'interleave',
  'fast conversion': 'fastConversion',
};

function found<T>(record: Readonly<Record<string, T>>, name: string, kind: string): T {
  const value = Object.hasOwn(record, name) ? record[name] : undefined;
  if (value === undefined) throw unknownName(`${kind} of COMET`, name, Object.keys(record));
  return value;
}

/** Batches by a word of the table or as a number. */
function batchesOf(name: string): readonly number[] {
  return Object.hasOwn(batches, name) ? batches[name]! : [Number(name)];
}

function kernelOf(bench: GpuBench): W4AxKernel {
  const { mixed, tiles } = bench.kernel(KERNEL);
  const [tile] = tiles;
  if (mixed === undefined || tile === undefined)
    throw new LowbitError('the kernel of COMET needs its two precisions', { value: KERNEL, place: 'mixed' });
  const { m, n, k } = tile;
  return { device: bench.device(GPU), tile: { m, n, k }, mixed };
}

/** Throws LowbitError for a baseline, model, schedule or mechanism that is none of the figures'. */
export function reproduceComet(published: PublishedTable, inputs: ReproductionInputs): Reproduction {
  const bench = gpuBench(inputs);
  const kernel = kernelOf(bench);
  const weightsOf = (name: string): WeightShape[] => {
    const model = inputs.models[name];
    if (model === undefined) throw unknownName('model of COMET', name, Object.keys(inputs.models));
    return blockWeights(model);
  };
  const all = cometModels.flatMap(weightsOf);
  const around_s = aroundTiles_s(bench);
  const w4ax = remembered((m: number, { n, k }: WeightShape) => {
    return around_s + w4axTimeline(kernel, { m, n, k }, { lowShare: LOW_SHARE, schedule: 'decomposed' }).makespan_s;
  });
  const over = (run: GemmRun, rows: readonly number[], seconds: (m: number, shape: WeightShape) => number): number =>
    arithmeticMean(rows.flatMap((m) => all.map((shape) => bench.time_s(run, m, shape) / seconds(m, shape))));
  const study = studiesOf(kernel, weightsOf);
  const both = (): W4AxStudy => meanStudy(cometModels.map(study));
  return gpuReproduction(
    published,
    {
      'mean speed-up': (rows, baseline) => over(found(baselines, baseline, 'baseline'), batchesOf(rows), w4ax),
      'speed-up by batch': (baseline, rows) => over(found(baselines, baseline, 'baseline'), batchesOf(rows), w4ax),
      'baseline over cuBLAS': (baseline, rows) =>
        over(cublas, batchesOf(rows), (m, shape) => bench.time_s(found(baselines, baseline, 'baseline'), m, shape)),
      'schedule over W4A8': (schedule, model) => study(found(models, model, 'model')).speedup[found(schedules, schedule, 'schedule')],
      'slowdown without': (mechanism) => both().slowdown[found(removed, mechanism, 'mechanism')],
      'share of the oracle': (_row, end) => {
        const shares = cometModels.map((model) => study(model).oracleShare);
        return end === 'smallest' ? Math.min(...shares) : Math.max(...shares);
      },
      'example of 18 tiles on 4 SMs': (schedule) => exampleUnits(found(exampleSchedules, schedule, 'schedule')),
      conversion: (_row, way) => (way === 'fast' ? kernel.mixed.high : kernel.mixed.without.fastConversion).perWeight_ops,
    },
    () => [
      'shapes and mean are not stated: QKV, output, gate with up and down of Llama-3-8B and 70B, 75 % W4A4, arithmetic mean of the ratios; of the oracle the means of the two models are compared',
      'speed-ups add launch, first loads and epilogue of a plain kernel to the timeline of tiles; partial sums of blocks on different SMs are left out, schedules and removals are of the tiles alone',
      ...bench.notes(),
    ],
  );
}

/** What the timeline of tiles leaves out and every kernel has, as the dense kernel of the card was fitted: launch, first loads, epilogue of a tile. */
function aroundTiles_s(bench: GpuBench): number {
  const { launch_us = 0, blockFill_us = 0, epilogue_us = 0 } = bench.parameters(cublas);
  // epilogue_us is of 128 x 256 outputs.
  return (launch_us + blockFill_us + epilogue_us / 2) * 1e-6;
}

function remembered(seconds: (m: number, shape: WeightShape) => number): (m: number, shape: WeightShape) => number {
  const known = new Map<string, number>();
  return (m, shape) => {
    const key = `${m} ${shape.n} ${shape.k}`;
    const value = known.get(key) ?? seconds(m, shape);
    known.set(key, value);
    return value;
  };
}

/** The study of a model over its layers and the large batches, made once. */
function studiesOf(kernel: W4AxKernel, weightsOf: (model: string) => readonly WeightShape[]): (model: string) => W4AxStudy {
  const studies = new Map<string, W4AxStudy>();
  return (model) => {
    const known = studies.get(model);
    if (known !== undefined) return known;
    const made = meanStudy(
      weightsOf(model).flatMap((shape) => batchesOf('large').map((m) => studyShape(kernel, { m, ...shape }, LOW_SHARE))),
    );
    studies.set(model, made);
    return made;
  };
}
