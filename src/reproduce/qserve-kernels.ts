/**
 * QServe and LiquidGEMM, kernel level: where rooflines cross, what CUDA cores are worth beside tensor cores, W4A8 kernels on Hopper, KV4 attention.
 *   W4A16 and W8A8 cross where FP16 products bind:    m = FP16 peak / (2 * INT8 bytes * DRAM bandwidth)      2 operations per product
 *   a kernel turns compute bound at                   m = peak * bytes of a weight / (2 * DRAM bandwidth)
 *   conversion hides behind loads up to               bytes of a weight * CUDA lane operations / DRAM bandwidth
 * Sources: QServe (MLSys 2025), partly through a reading note; LiquidGEMM (arXiv 2509.01229). Shapes that are not stated stand as constants here.
 */
import { unknownName } from '../lowbit-error.js';
import type { GpuDevice, TensorType } from '../gpu/device/gpu-device.js';
import { blockWeights, gpuBench, total_s, type GemmRun, type GpuBench, type WeightShape } from './gpu-bench.js';
import { gpuReproduction } from './gpu-reproduction.js';
import { KV_SEQUENCES, kv4Speedup, kvContexts, kvKernels } from './kv-attention.js';
import type { PublishedTable } from './published-table.js';
import type { Reproduction, ReproductionInputs } from './reproduction.js';

const A100 = 'a100-80gb-sxm';
/** GPUs of hw-configs/gpus by the names of the tables. */
const cards: Readonly<Record<string, string>> = { A100, H100: 'h100-sxm', H800: 'h800', L40S: 'l40s' };
export const qserveGpus: readonly string[] = Object.values(cards);
export const qserveKernels: readonly string[] = ['qserve-w4a8-hopper', 'liquidgemm', 'w8a8-hopper', 'atom-w4a4', ...kvKernels];
const MODEL = 'llama-2-7b';
export const qserveModels: readonly string[] = [MODEL];

/** Shape of the share of dequantization, which QServe does not state. */
const SHARE_SHAPE = { rows: 1024, n: 4096, k: 4096 };
/** Context where a table gives one figure. */
const PROMPT = 1024;
const BATCHES = [4, 8, 16, 32, 64, 128, 256];
const LARGE_BATCHES = [128, 256];

const int8: GemmRun = { gpu: 'h800', kernel: 'w8a8-hopper', activation: 'int8', weight: 'int8' };
const w4a16: GemmRun = { gpu: 'h800', kernel: 'w4a16-trtllm', activation: 'fp16', weight: 'int4-g128' };
const qserve: GemmRun = { gpu: 'h800', kernel: 'qserve-w4a8-hopper', activation: 'int8', weight: 'int4-g128' };
const liquid: GemmRun = { gpu: 'h800', kernel: 'liquidgemm', activation: 'int8', weight: 'int4-g128' };
const shared: Readonly<Record<string, GemmRun>> = {
  W4A16: { gpu: A100, kernel: 'w4a16-trtllm', activation: 'fp16', weight: 'int4-g128' },
  Atom: { gpu: A100, kernel: 'atom-w4a4', activation: 'int4-g128', weight: 'int4-g128' },
};

function found<T>(record: Readonly<Record<string, T>>, name: string, kind: string): T {
  const value = Object.hasOwn(record, name) ? record[name] : undefined;
  if (value === undefined) throw unknownName(`${kind} of QServe`, name, Object.keys(record));
  return value;
}

/** Products per second by the data sheet; NaN for a type that the card lacks. */
function products_perS({ sms, clock_MHz, tensor_macPerClockPerSm }: GpuDevice, type: TensorType): number {
  return sms * clock_MHz * 1e6 * (tensor_macPerClockPerSm[type] ?? NaN);
}

function laneOps_perS({ sms, clock_MHz, cuda }: GpuDevice): number {
  return sms * clock_MHz * 1e6 * cuda.fp32_fmaPerClockPerSm;
}

/** Rows at which rooflines cross or reach their ridge: type whose peak binds and bytes of the weight that is streamed. */
const crossings: Readonly<Record<string, { readonly type: TensorType; readonly weight_bytes: number }>> = {
  'W4A16 and W8A8': { type: 'fp16', weight_bytes: 1 },
  'W8A8 compute bound': { type: 'int8', weight_bytes: 1 },
  'W4A8 compute bound': { type: 'int8', weight_bytes: 0.5 },
};

function crossing(device: GpuDevice, name: string): number {
  const { type, weight_bytes } = found(crossings, name, 'roofline');
  return (products_perS(device, type) * weight_bytes) / (device.dram.bandwidth_GBps * 1e9);
}

/** Seconds of the layers of a block by batch, of one kernel over those of another. */
function slowdowns(bench: GpuBench, weights: readonly WeightShape[], of: GemmRun, over: GemmRun): (rows: readonly number[]) => number[] {
  return (rows) => rows.map((m) => total_s(bench, of, m, weights) / total_s(bench, over, m, weights));
}

/** Throws LowbitError for a card, row or column that is none of the tables', and without the model. */
export function reproduceQserveKernels(published: PublishedTable, inputs: ReproductionInputs): Reproduction {
  const bench = gpuBench(inputs);
  const device = (card: string): GpuDevice => bench.device(found(cards, card, 'GPU'));
  const model = inputs.models[MODEL];
  if (model === undefined) throw unknownName('model of QServe', MODEL, Object.keys(inputs.models));
  const weights = blockWeights(model);
  const dequantShare = (row: string): number => {
    const { time_s, seconds } = bench.cost(found(shared, row, 'kernel'), SHARE_SHAPE.rows, SHARE_SHAPE);
    return seconds.dequant / time_s;
  };
  const liquidOver = (row: string, end: string): number => {
    const baselines = row === 'over QServe' ? [qserve] : [w4a16, int8];
    const ratios = baselines.flatMap((baseline) => slowdowns(bench, weights, baseline, liquid)(BATCHES));
    return end === 'largest' ? Math.max(...ratios) : Math.min(...ratios);
  };
  const attention = kv4Speedup(inputs);
  return gpuReproduction(
    published,
    {
      'roofline crossing': (row, card) => crossing(device(card), row),
      'CUDA cores to tensor cores': (row, card) => {
        const ratio = laneOps_perS(device(card)) / products_perS(device(card), 'int4');
        return row === 'FP32 over INT4' ? ratio : 1 / ratio;
      },
      'share of dequantization': dequantShare,
      'conversion to hide behind loads': (_row, card) => (0.5 * laneOps_perS(device(card))) / (device(card).dram.bandwidth_GBps * 1e9),
      'conversion of LiquidGEMM': () => 4 * bench.kernel('liquidgemm').conversion.perWeight_ops,
      'QServe over W8A8 on Hopper': () => Math.max(...slowdowns(bench, weights, qserve, int8)(LARGE_BATCHES)),
      'LiquidGEMM speed-up': liquidOver,
      'KV4 over KV8 attention': (row, column) => {
        const [card = '', end] = column.split(' ');
        const gpu = found(cards, card, 'GPU');
        if (end === undefined) return attention(gpu, row, PROMPT);
        const ratios = kvContexts.map((context) => attention(gpu, row, context));
        return end === 'smallest' ? Math.min(...ratios) : Math.max(...ratios);
      },
    },
    () => [
      `LiquidGEMM and QServe on H800: all linear layers of a block of ${MODEL} together, batches ${BATCHES.join(', ')}; FP8 of TensorRT-LLM is not among the baselines (its measured tables hold the quantization of the activation)`,
      `KV4 attention: ${KV_SEQUENCES} sequences of Llama-2-7B, smallest and largest over contexts ${kvContexts.join(', ')}, single figures at ${PROMPT}; parameters of attention are not fitted to 4-bit caches`,
      ...bench.notes(),
    ],
  );
}
