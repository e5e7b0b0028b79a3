/**
 * Measured attention of one layer in decode: rows whose `op` is attn_decode, one query token a sequence, every sequence `seq` keys long.
 * Left out: prefill, sequences of unequal length, paged caches (their time is that of the same bytes here).
 */
import { dimensionOf } from '../../trace/csv-rows.js';
import { LowbitError } from '../../lowbit-error.js';
import { filled, hasColumn, latencyOf, measuredTable, type MeasuredCall, type MeasuredFile, type MeasuredKind } from './measured-table.js';

const columns = [
  'gpu',
  'op',
  'batch_size',
  'seq',
  'num_heads',
  'num_key_value_heads',
  'head_dim',
  'kv_dtype',
  'latency_us',
  'source',
] as const;

/** `dtype` is that of keys and values; queries are 16 bits wide. */
export interface MeasuredAttention extends MeasuredCall {
  readonly sequences: number;
  readonly keys: number;
  readonly queryHeads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

const attentions: MeasuredKind<(typeof columns)[number], MeasuredAttention> = {
  columns,
  operators: ['attn_decode'],
  read: (cell, { line, place }) => {
    const size = (column: (typeof columns)[number]): number => dimensionOf(cell(column), column, place);
    const [queryHeads, kvHeads] = [size('num_heads'), size('num_key_value_heads')];
    if (queryHeads % kvHeads !== 0)
      throw new LowbitError('num_heads must be a multiple of num_key_value_heads', { value: `${queryHeads} and ${kvHeads}`, place });
    return {
      line,
      gpu: filled(cell('gpu'), 'gpu', place),
      sequences: size('batch_size'),
      keys: size('seq'),
      queryHeads,
      kvHeads,
      headDim: size('head_dim'),
      dtype: filled(cell('kv_dtype'), 'kv_dtype', place),
      latency_us: latencyOf(cell('latency_us'), place),
      source: cell('source'),
    };
  },
};

/** Whether a file is of attention, by its header. */
export const isAttention = (text: string): boolean => hasColumn(text, 'kv_dtype');

/** Throws LowbitError with file:line for what measuredTable refuses, and cells that are no positive numbers. */
export function parseMeasuredAttention(text: string, file: string): MeasuredFile<MeasuredAttention> {
  return measuredTable(text, file, attentions);
}
