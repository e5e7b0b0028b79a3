/**
 * Decode attention on a 4-bit KV cache over that on an 8-bit one, by context: the naive conversion of TensorRT-LLM and that of QServe.
 * Kernels: hw-configs/kernels/attention-kv*.yaml. Shapes are not stated in the paper: 32 heads of 128 (Llama-2-7B), 64 sequences, one new token each.
 */
import { unknownName } from '../lowbit-error.js';
import { attentionMachine } from '../gpu/attention/attention-machine.js';
import { defaultAttentionParameters } from '../gpu/attention/attention-parameters.js';
import { fusedAttention } from '../gpu/attention/fused-attention.js';
import { healthyCard, resolveGpu } from '../gpu/device/gpu-schema.js';
import { namedKernel } from '../gpu/kernels/kernel-choice.js';
import type { ReproductionInputs } from './reproduction.js';

interface KvCache {
  readonly kernel: string;
  readonly weight: string;
  readonly kv_bits: number;
}

const kv8: KvCache = { kernel: 'attention-kv8', weight: 'int8', kv_bits: 8 };
/** A scale and a zero point of 16 bits per head of 128 and token. */
const KV4_BITS = 4.25;
const kv4: Readonly<Record<string, KvCache>> = {
  naive: { kernel: 'attention-kv4-naive', weight: 'int4', kv_bits: KV4_BITS },
  QServe: { kernel: 'attention-kv4', weight: 'int4', kv_bits: KV4_BITS },
};

export const kvKernels: readonly string[] = [kv8, ...Object.values(kv4)].map(({ kernel }) => kernel);
export const KV_SEQUENCES = 64;
/** Contexts of a step: up to the 1024 tokens of the prompt and 512 of the answer of QServe's throughput runs. */
export const kvContexts: readonly number[] = [256, 512, 1024, 1536];

const HEADS = 32;

/** Seconds on the 8-bit cache over those on the 4-bit one of `row`, by context. Throws LowbitError for a card or kernel that is missing. */
export function kv4Speedup({ gpus = {}, kernels = {} }: ReproductionInputs): (gpu: string, row: string, context: number) => number {
  const time_s = (gpu: string, { kernel: name, weight, kv_bits }: KvCache, keys: number): number => {
    const setup = gpus[gpu];
    const file = kernels[name];
    if (setup === undefined) throw unknownName('GPU of KV attention', gpu, Object.keys(gpus));
    if (file === undefined) throw unknownName('kernel of KV attention', name, Object.keys(kernels));
    const device = resolveGpu(setup.config);
    const kernel = namedKernel(device, file, { activation: 'fp16', weight, attention: true }, [file]);
    const machine = attentionMachine(device, kernel, defaultAttentionParameters(kernel), healthyCard);
    const shape = { heads: KV_SEQUENCES * HEADS, rows: 1, keys, headDim: 128, query_bits: 16, kv_bits, output_bits: 16 };
    return fusedAttention(machine, shape).time_s;
  };
  return (gpu, row, context) => {
    const cache = Object.hasOwn(kv4, row) ? kv4[row] : undefined;
    if (cache === undefined) throw unknownName('KV4 attention of QServe', row, Object.keys(kv4));
    return time_s(gpu, kv8, context) / time_s(gpu, cache, context);
  };
}
