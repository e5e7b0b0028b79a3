/**
 * Layers as rows of a CSV: name,m,n,k[,count][,activation][,weight][,output]. Every row is one GEMM layer, in the order of the rows.
 * A file whose first column is `Layer` is a topology of SCALE-Sim (scale-sim-topology.ts). Columns may stand in any order; `count` is the number of identical layers; formats that a row does not name come from the caller.
 * Source: the command line contract (`simulate --layers`). Left out: attention, convolution geometry and statistics, for which there is the trace file.
 */
import { operandFormat } from '../formats/index.js';
import { LowbitError, unknownName } from '../lowbit-error.js';
import { csvRows, dimensionOf, type CsvRow } from './csv-rows.js';
import type { LayerTrace, Operand } from './layer-trace.js';
import { isTopology, topologyLayers } from './scale-sim-topology.js';

const required = ['name', 'm', 'n', 'k'] as const;
const columns = [...required, 'count', 'activation', 'weight', 'output'] as const;
type Column = (typeof columns)[number];

/** Formats of operands that a row leaves open. */
export interface OperandDefaults {
  readonly activation: string;
  readonly weight: string;
  readonly output: string;
}

/**
 * Reads layers from CSV text; `file` names it in errors. Throws LowbitError with file:line for unknown, repeated or missing columns, rows of another
 * length, numbers that are no positive integers, unknown formats, and for a file without a row.
 */
export function parseLayersCsv(text: string, file: string, defaults: OperandDefaults): LayerTrace[] {
  const [header, ...rows] = csvRows(text, file);
  if (header === undefined)
    throw new LowbitError('no header', {
      place: file,
      remedy: `the first line must be ${required.join(',')}[,count][,activation][,weight][,output]`,
    });
  if (rows.length === 0 && isTopology(header)) throw noLayers(file);
  if (isTopology(header)) {
    const [activation, weight, output] = [defaults.activation, defaults.weight, defaults.output].map(operandFormat) as [
      Operand,
      Operand,
      Operand,
    ];
    return topologyLayers(header, rows, file, { activation, weight, output });
  }
  const order = columnOrder(header, file);
  if (rows.length === 0) throw noLayers(file);
  return rows.map((row) => layerOf(cellsOf(row, order, file), `${file}:${row.line}`, defaults));
}

function noLayers(file: string): LowbitError {
  return new LowbitError('no layers', { place: file, remedy: 'give at least one row below the header' });
}

function columnOrder(header: CsvRow, file: string): readonly Column[] {
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

function cellsOf(row: CsvRow, order: readonly Column[], file: string): Partial<Record<Column, string>> {
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

function positiveInteger(cells: Partial<Record<Column, string>>, column: Column, place: string): number {
  return dimensionOf(cells[column] ?? '', column, place);
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
