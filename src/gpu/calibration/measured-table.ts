/**
 * Measured latencies as a CSV text, one call a row: which kind of kernel was measured is told by the header, and columns may stand in any order.
 *   GEMM        gpu,op,m,n,k,dtype,latency_us,source
 *   attention   gpu,op,batch_size,seq,num_heads,num_key_value_heads,head_dim,kv_dtype,latency_us,source
 * (the headers of the published tables that docs/gpu/calibration.md names). Left out: measurements with a spread.
 */
import { LowbitError, unknownName } from '../../lowbit-error.js';
import { csvRows, type CsvRow } from '../../trace/csv-rows.js';

/** What every measured call says. */
export interface MeasuredCall {
  /** Line of the file. */
  readonly line: number;
  readonly gpu: string;
  readonly dtype: string;
  readonly latency_us: number;
  readonly source: string;
}

/** Rows of the kind that was asked for, and how many others the file has. */
export interface MeasuredFile<Call> {
  readonly calls: readonly Call[];
  /** Rows of other operators. */
  readonly otherRows: number;
}

/** A kind of measured file. */
export interface MeasuredKind<Column extends string, Call> {
  readonly columns: readonly Column[];
  /** Values of the column `op` that are this kind of call. */
  readonly operators: readonly string[];
  /** The call of a row. */
  readonly read: (cell: (column: Column) => string, row: { readonly line: number; readonly place: string }) => Call;
}

/** Throws LowbitError with file:line for unknown, repeated or missing columns, rows of another length, and whatever `read` throws. */
export function measuredTable<Column extends string, Call>(
  text: string,
  file: string,
  { columns, operators, read }: MeasuredKind<Column, Call>,
): MeasuredFile<Call> {
  const [header, ...rows] = csvRows(text, file);
  if (header === undefined) throw new LowbitError('no header', { place: file, remedy: `the first line must be ${columns.join(',')}` });
  const order: readonly string[] = columnOrder(header, columns, file);
  if (rows.length === 0) throw new LowbitError('no measured rows', { place: file, remedy: 'give at least one row below the header' });
  const found: Call[] = [];
  for (const { cells, line } of rows) {
    const place = `${file}:${line}`;
    if (cells.length !== order.length) {
      const value = `${cells.length} cells`;
      throw new LowbitError('row of another length than the header', { value, place, allowed: [`${order.length} cells`] });
    }
    const cell = (column: string): string => cells[order.indexOf(column)] ?? '';
    if (operators.includes(cell('op'))) found.push(read(cell, { line, place }));
  }
  return { calls: found, otherRows: rows.length - found.length };
}

/** Whether the header of a text has a column. */
export function hasColumn(text: string, column: string): boolean {
  const [header = ''] = text.split('\n', 1);
  return header.split(',').some((name) => name.trim() === column);
}

/** A latency from its cell. Throws LowbitError unless it is a positive number. */
export function latencyOf(text: string, place: string): number {
  const latency_us = /^[\d.]+(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (latency_us > 0 && latency_us < 1e12) return latency_us;
  throw new LowbitError('latency_us must be a positive number of microseconds', { value: text || 'nothing', place });
}

/** A cell that must not be empty. */
export function filled(text: string, column: string, place: string): string {
  if (text === '') throw new LowbitError(`row without ${column}`, { place });
  return text;
}

function columnOrder<Column extends string>(header: CsvRow, columns: readonly Column[], file: string): readonly Column[] {
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
