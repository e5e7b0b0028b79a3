/**
 * Rows as RFC 4180 CSV. Columns are those of all rows in order of first appearance; null is an empty field.
 * Text that a spreadsheet would run as a formula is prefixed with an apostrophe; numbers, negative ones too, are left as they are.
 */
import type { ResultRow } from './rows.js';

/** CSV with a header line; an empty string for no rows. csv-stringify is loaded on first use. */
export async function toCsv(rows: readonly ResultRow[]): Promise<string> {
  if (rows.length === 0) return '';
  const { stringify } = await import('csv-stringify/sync');
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return stringify([columns, ...rows.map((row) => columns.map((column) => row[column] ?? null))], {
    escape_formulas: true,
    cast: { boolean: (value) => String(value), number: (value) => String(Object.is(value, -0) ? 0 : value) },
  });
}
