/** Points as one flat array, `flat[i * objectives + o]`, and as a column per objective. */

export interface FlatPoints {
  readonly flat: Float64Array;
  readonly objectives: number;
}

/** 0 to `length` - 1. */
export function rowsUpTo(length: number): Int32Array {
  const rows = new Int32Array(length);
  for (let i = 0; i < length; i++) rows[i] = i;
  return rows;
}

export function columnsOf({ flat, objectives }: FlatPoints): Float64Array[] {
  const columns = Array.from({ length: objectives }, () => new Float64Array(flat.length / objectives));
  for (const [o, column] of columns.entries()) for (let i = 0; i < column.length; i++) column[i] = flat[i * objectives + o]!;
  return columns;
}

/** The rows of columns, one after the other. */
export function flatten(columns: readonly Float64Array[], rows: Int32Array): Float64Array {
  const flat = new Float64Array(rows.length * columns.length);
  for (const [o, column] of columns.entries()) for (let i = 0; i < rows.length; i++) flat[i * columns.length + o] = column[rows[i]!]!;
  return flat;
}
