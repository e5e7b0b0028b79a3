/** Dense float32 matrices as flat typed arrays: the only tensor shape the quantizers and PEs see. */

/** Row-major matrix: element (r, c) is `data[r * cols + c]`. For weights, rows are output channels (N) and columns inputs (K). */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
}

/** A matrix over existing data. Throws RangeError when the data does not have rows * cols elements. */
export function matrix(rows: number, cols: number, data: Float32Array): Matrix {
  if (data.length !== rows * cols) throw new RangeError(`matrix ${rows} x ${cols} needs ${rows * cols} elements, got ${data.length}`);
  return { rows, cols, data };
}
