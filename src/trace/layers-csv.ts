/**
 * Layers as rows of a CSV: name,m,n,k[,count][,activation][,weight][,output]. Every row is one GEMM layer, in the order of the rows.
 * Columns may stand in any order; `count` is the number of identical layers; formats that a row does not name come from the caller.
 * Source: the command line contract (`simulate --layers`). Left out: attention, convolution geometry and statistics, for which there is the trace file.
 */
import { CsvError, parse, type Info } from 'csv-parse/sync';
import { operandFormat } from '../formats/index.js';
import { LowbitError, unknownName } from '../lowbit-error.js';
import type { LayerTrace, Operand } from './layer-trace.js';

const required = ['name', 'm', 'n', 'k'] as const;
const columns = [...required, 'count', 'activation', 'weight', 'output'] as const;
type Column = (typeof columns)[number];

/** Formats of operands that a row leaves open. */
export interface OperandDefaults {
  readonly activation: string;
  readonly weight: string;
  readonly output: string;
}

interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

/**
 * Reads layers from CSV text; `file` names it in errors. Throws LowbitError with file:line for unknown, repeated or missing columns, rows of another
 * length, numbers that are no positive integers, unknown formats, and for a file without a row.
 */
export function parseLayersCsv(text: string, file: string, defaults: OperandDefaults): LayerTrace[] {
  const [header, ...rows] = readRows(text, file);
  if (header === undefined)
    throw new LowbitError('no header', {
      place: file,
      remedy: `the first line must be ${required.join(',')}[,count][,activation][,weight][,output]`,
    });
  const order = columnOrder(header, file);
  if (rows.length === 0) throw new LowbitError('no layers', { place: file, remedy: 'give at least one row below the header' });
  return rows.map((row) => layerOf(cellsOf(row, order, file), `${file}:${row.line}`, defaults));
}

function readRows(text: string, file: string): Row[] {
  try {
    const records = parse(text, {
      bom: true,
      info: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
    }) as unknown as readonly {
      readonly record: string[];
      readonly info: Info;
    }[];
    // A line of separators alone is an empty line of a spreadsheet.
    return records
      .filter(({ record }) => record.some((cell) => cell !== ''))
      .map(({ record, info }) => ({ cells: record, line: info.lines }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error['lines'] === 'number' ? `:${error['lines']}` : '';
    throw new LowbitError('not valid CSV', { place: `${file}${line}`, remedy: 'check the quotes of this row' });
  }
}

function columnOrder(header: Row, file: string): readonly Column[] {
  const place = `${file}:${header.line}`;
  const order = header.cells.map((cell) => {
    const known = columns.find((column) => column === cell);
    if (known === undefined) throw unknownName('column', cell, columns, place);
    return known;
  });
  const repeated = order.find((column, index) => order.indexOf(column) !== index);
  if (repeated !== undefined) throw new LowbitError('column given twice', { value: repeated, place });
  const missing = required.find((column) => !order.includes(column));
  if (missing !== undefined)
    throw new LowbitError('column is missing', { value: missing, place, remedy: `the header must have ${required.join(', ')}` });
  return order;
}

function cellsOf(row: Row, order: readonly Column[], file: string): Partial<Record<Column, string>> {
  if (row.cells.length > order.length || row.cells.length < order.length) {
    const place = `${file}:${row.line}`;
    throw new LowbitError('row of another length than the header', {
      value: `${row.cells.length} cells`,
      place,
      allowed: [`${order.length} cells`],
    });
  }
  return Object.fromEntries(order.map((column, index) => [column, row.cells[index] ?? '']));
}

function layerOf(cells: Partial<Record<Column, string>>, place: string, defaults: OperandDefaults): LayerTrace {
  const name = cells.name ?? '';
  if (name === '') throw new LowbitError('layer without a name', { place });
  const operand = (column: keyof OperandDefaults): Operand => operandAt(cells[column] ?? '', column, { place, fallback: defaults[column] });
  return {
    name,
    kind: 'gemm',
    m: positiveInteger(cells, 'm', place),
    n: positiveInteger(cells, 'n', place),
    k: positiveInteger(cells, 'k', place),
    gemms: 1,
    repeat: (cells.count ?? '') === '' ? 1 : positiveInteger(cells, 'count', place),
    sharedOperand: 'weight',
    activation: operand('activation'),
    weight: operand('weight'),
    output: operand('output'),
  };
}

const LARGEST = 2 ** 40;

function positiveInteger(cells: Partial<Record<Column, string>>, column: Column, place: string): number {
  const text = cells[column] ?? '';
  const value = /^\d{1,16}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= LARGEST) return value;
  throw new LowbitError(`${column} must be a positive integer of at most 2^40`, { value: text === '' ? 'nothing' : text, place });
}

function operandAt(format: string, column: string, from: { readonly place: string; readonly fallback: string }): Operand {
  if (format === '') return operandFormat(from.fallback);
  try {
    return operandFormat(format);
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    throw new LowbitError(error.what, { ...error.details, place: `${from.place}, column ${column}` });
  }
}
