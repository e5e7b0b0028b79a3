/**
 * Measured GEMM latencies as a CSV text: gpu,op,m,n,k,dtype,latency_us,source, one measurement a row (the header of the published tables that
 * docs/gpu/calibration.md names). Columns may stand in any order. Only rows whose `op` is gemm or matmul are GEMMs; of other operators k may be empty.
 * Left out: batched GEMMs, strides, measurements with a spread.
 */
import { LowbitError, unknownName } from '../../lowbit-error.js';
import { csvRows, dimensionOf, type CsvRow } from '../../trace/csv-rows.js';

const columns = ['gpu', 'op', 'm', 'n', 'k', 'dtype', 'latency_us', 'source'] as const;
type Column = (typeof columns)[number];

/** Operators that are a GEMM. */
const gemms: readonly string[] = ['gemm', 'matmul'];

export interface MeasuredGemm {
  /** Line of the file. */
  readonly line: number;
  readonly gpu: string;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly dtype: string;
  readonly latency_us: number;
  readonly source: string;
}

export interface MeasuredFile {
  readonly gemms: readonly MeasuredGemm[];
  /** Rows of other operators. */
  readonly otherRows: number;
}

/** Throws LowbitError with file:line for unknown, repeated or missing columns, rows of another length, and cells that are no positive numbers. */
export function parseMeasured(text: string, file: string): MeasuredFile {
  const [header, ...rows] = csvRows(text, file);
  if (header === undefined) throw new LowbitError('no header', { place: file, remedy: `the first line must be ${columns.join(',')}` });
  const order = columnOrder(header, file);
  if (rows.length === 0) throw new LowbitError('no measured rows', { place: file, remedy: 'give at least one row below the header' });
  const found: MeasuredGemm[] = [];
  for (const row of rows) {
    const place = `${file}:${row.line}`;
    if (row.cells.length !== order.length) {
      const value = `${row.cells.length} cells`;
      throw new LowbitError('row of another length than the header', { value, place, allowed: [`${order.length} cells`] });
    }
    const cell = (column: Column): string => row.cells[order.indexOf(column)] ?? '';
    if (gemms.includes(cell('op'))) found.push(gemmOf(cell, row, place));
  }
  return { gemms: found, otherRows: rows.length - found.length };
}

function gemmOf(cell: (column: Column) => string, { line }: CsvRow, place: string): MeasuredGemm {
  for (const column of ['gpu', 'dtype'] as const) if (cell(column) === '') throw new LowbitError(`row without ${column}`, { place });
  const size = (column: 'm' | 'n' | 'k'): number => dimensionOf(cell(column), column, place);
  const latency_us = /^[\d.]+(e[+-]?\d+)?$/i.test(cell('latency_us')) ? Number(cell('latency_us')) : NaN;
  if (!(latency_us > 0 && latency_us < 1e12))
    throw new LowbitError('latency_us must be a positive number of microseconds', { value: cell('latency_us') || 'nothing', place });
  return { line, gpu: cell('gpu'), m: size('m'), n: size('n'), k: size('k'), dtype: cell('dtype'), latency_us, source: cell('source') };
}

function columnOrder(header: CsvRow, file: string): readonly Column[] {
  const place = `${file}:${header.line}`;
  const order = header.cells.map((name) => {
    const known = columns.find((column) => column === name);
    if (known !== undefined) return known;
    if (/^latency|_ms$|_s$|^time/.test(name))
      throw new LowbitError('unknown column', {
        value: name,
        place,
        allowed: columns,
        remedy: 'latencies are given in microseconds, as latency_us',
      });
    throw unknownName('column', name, columns, place);
  });
  const repeated = order.find((column, index) => order.indexOf(column) !== index);
  if (repeated !== undefined) throw new LowbitError('column given twice', { value: repeated, place });
  const missing = columns.filter((column) => !order.includes(column));
  if (missing.length > 0)
    throw new LowbitError('column is missing', { value: missing.join(', '), place, remedy: `the header must be ${columns.join(',')}` });
  return order;
}

/** Whether two names mean one card: letters and digits count, case and separators do not (RTX4090 is rtx-4090). */
export function sameGpu(a: string, b: string): boolean {
  const bare = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return bare(a) === bare(b);
}
