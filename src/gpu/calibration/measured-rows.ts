/**
 * Measured GEMMs: rows whose `op` is gemm or matmul; of other operators k may be empty. Left out: batched GEMMs, strides.
 */
import { dimensionOf } from '../../trace/csv-rows.js';
import { filled, latencyOf, measuredTable, type MeasuredCall, type MeasuredFile, type MeasuredKind } from './measured-table.js';

const columns = ['gpu', 'op', 'm', 'n', 'k', 'dtype', 'latency_us', 'source'] as const;

export interface MeasuredGemm extends MeasuredCall {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

const gemms: MeasuredKind<(typeof columns)[number], MeasuredGemm> = {
  columns,
  operators: ['gemm', 'matmul'],
  read: (cell, { line, place }) => ({
    line,
    gpu: filled(cell('gpu'), 'gpu', place),
    m: dimensionOf(cell('m'), 'm', place),
    n: dimensionOf(cell('n'), 'n', place),
    k: dimensionOf(cell('k'), 'k', place),
    dtype: filled(cell('dtype'), 'dtype', place),
    latency_us: latencyOf(cell('latency_us'), place),
    source: cell('source'),
  }),
};

/** Throws LowbitError with file:line for what measuredTable refuses, and cells that are no positive numbers. */
export function parseMeasured(text: string, file: string): MeasuredFile<MeasuredGemm> {
  return measuredTable(text, file, gemms);
}
