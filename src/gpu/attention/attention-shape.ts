/**
 * Attention of one layer as a fused kernel sees it: `heads` KV heads of all sequences, each with `rows` query rows that share its keys and values.
 * A trace has it as two products (QK and PV) with a softmax between them; either product tells the whole shape.
 */
import { operandBits, type LayerTrace } from '../../trace/layer-trace.js';

export interface AttentionShape {
  /** KV heads times sequences. */
  readonly heads: number;
  /** Query rows per KV head: tokens times query heads that share it. */
  readonly rows: number;
  readonly keys: number;
  readonly headDim: number;
  readonly query_bits: number;
  /** Per element of keys and values, metadata included. */
  readonly kv_bits: number;
  readonly output_bits: number;
}

/** Bits of queries and outputs where a trace leaves scores on chip and so does not tell. */
const HALF_BITS = 16;

/** The attention that a row of kind attention-qk or attention-pv belongs to. */
export function attentionShapeOf(layer: LayerTrace): AttentionShape {
  const queries = layer.kind === 'attention-qk';
  return {
    heads: layer.gemms,
    rows: layer.m,
    keys: queries ? layer.n : layer.k,
    headDim: queries ? layer.k : layer.n,
    query_bits: queries ? operandBits(layer.activation) : HALF_BITS,
    kv_bits: operandBits(layer.weight),
    output_bits: queries ? HALF_BITS : operandBits(layer.output),
  };
}
