/** Rows of a CSV file of layers with their lines; blanks around cells, empty lines, CRLF and a byte order mark do not count. */
import { CsvError, parse, type Info } from 'csv-parse/sync';
import { LowbitError } from '../lowbit-error.js';

export interface CsvRow {
  readonly cells: readonly string[];
  readonly line: number;
}

/** Throws LowbitError with file:line for broken quotes. */
export function csvRows(text: string, file: string): CsvRow[] {
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

/** Largest dimension of a layer. */
const LARGEST = 2 ** 40;

/** A dimension of a layer from its cell. Throws LowbitError unless it is a positive integer of at most 2^40. */
export function dimensionOf(text: string, column: string, place: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= LARGEST) return value;
  throw new LowbitError(`${column} must be a positive integer of at most 2^40`, { value: text === '' ? 'nothing' : text, place });
}
