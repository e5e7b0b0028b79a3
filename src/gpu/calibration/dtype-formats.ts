/**
 * What a type of measured files says about the operands: their formats by the names of `lowbit list formats`, and the rows of a fit that calls of
 * the type are. GEMMs have the column `dtype`: w4a16 has groups of 128 along k, outputs are 16 bits wide. Attention has `kv_dtype`, the format of keys
 * and values: int8 and int4 with a scale and a zero point per head and token (QServe), queries and outputs 16 bits wide.
 * Source: the published tables (docs/gpu/calibration.md).
 */
import { operandFormat } from '../../formats/index.js';
import { unknownName } from '../../lowbit-error.js';
import type { AttentionShape } from '../attention/attention-shape.js';
import type { GemmShape } from '../gemm/gemm-cost.js';
import type { OperandFormats } from '../kernels/kernel-choice.js';
import type { MeasuredAttention } from './measured-attention.js';
import type { MeasuredGemm } from './measured-rows.js';
import type { CandidateRow } from './row-judgement.js';

/** Types of a kind of measured file by name. */
export type MeasuredTypes = Readonly<Record<string, OperandFormats>>;

/** Types of GEMMs. */
export const gemmTypes: MeasuredTypes = Object.freeze({
  bf16: { activation: 'bf16', weight: 'bf16' },
  fp16: { activation: 'fp16', weight: 'fp16' },
  w4a16: { activation: 'bf16', weight: 'int4-g128' },
  w8a16: { activation: 'bf16', weight: 'int8' },
  w8a8: { activation: 'int8', weight: 'int8' },
  fp8: { activation: 'fp8', weight: 'fp8' },
  nvfp4: { activation: 'nvfp4', weight: 'nvfp4' },
});

/** Types of caches. */
export const cacheTypes: MeasuredTypes = Object.freeze({
  bf16: { activation: 'bf16', weight: 'bf16', attention: true },
  fp16: { activation: 'fp16', weight: 'fp16', attention: true },
  fp8: { activation: 'bf16', weight: 'fp8', attention: true },
  int8: { activation: 'fp16', weight: 'int8-asym-g128', attention: true },
  int4: { activation: 'fp16', weight: 'int4-asym-g128', attention: true },
});

/** Operand formats of a measured type. Throws LowbitError for a name that is none. */
export function formatsOfType(types: MeasuredTypes, dtype: string): OperandFormats {
  const found = Object.hasOwn(types, dtype) ? types[dtype] : undefined;
  if (found === undefined) throw unknownName('measured type', dtype, Object.keys(types));
  return found;
}

/** Bits of the operands of a GEMM. */
export type OperandBits = Omit<GemmShape, 'm' | 'n' | 'k'>;
const HALF_BITS = 16;

function bitsOf(format: string): number {
  const { payload_bitsPerElement, metadata_bitsPerElement } = operandFormat(format);
  return payload_bitsPerElement + metadata_bitsPerElement;
}

/** Bits per element of the operands, scales included, and of the output. */
export function bitsOfType(dtype: string): OperandBits {
  const { activation, weight } = formatsOfType(gemmTypes, dtype);
  return { activation_bits: bitsOf(activation), weight_bits: bitsOf(weight), output_bits: HALF_BITS };
}

/** Bits of a cache of a type. */
export const cacheBitsOf = (dtype: string): number => bitsOf(formatsOfType(cacheTypes, dtype).weight);

/** A measured GEMM as a row of a fit. */
export function gemmRow(
  { line, m, n, k, latency_us }: Omit<MeasuredGemm, 'gpu' | 'dtype' | 'source'>,
  bits: OperandBits,
): CandidateRow<GemmShape> {
  return {
    line,
    latency_us,
    sizes: { m, n, k },
    shape: { m, n, k, ...bits },
    latency_s: latency_us * 1e-6,
    pair: { n, k },
    along: m,
    macs: m * n * k,
    bytes: (m * k * bits.activation_bits + n * k * bits.weight_bits + m * n * bits.output_bits) / 8,
  };
}

/** A measured attention as a row of a fit. Sequences times heads are what a kernel sees: tables that trade one for the other are one configuration. */
export function attentionRow(call: MeasuredAttention): CandidateRow<AttentionShape> {
  const { line, latency_us, sequences, keys, queryHeads, kvHeads, headDim } = call;
  const heads = sequences * kvHeads;
  const rows = queryHeads / kvHeads;
  const kv_bits = cacheBitsOf(call.dtype);
  return {
    line,
    latency_us,
    sizes: { batch_size: sequences, seq: keys, num_heads: queryHeads, num_key_value_heads: kvHeads, head_dim: headDim },
    shape: { heads, rows, keys, headDim, query_bits: HALF_BITS, kv_bits, output_bits: HALF_BITS },
    latency_s: latency_us * 1e-6,
    pair: { n: heads, k: rows * headDim },
    along: keys,
    macs: 2 * heads * rows * keys * headDim,
    bytes: (2 * heads * headDim * (keys * kv_bits + rows * HALF_BITS)) / 8,
  };
}
