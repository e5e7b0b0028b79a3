/**
 * The memory a decoder runs in: one space of the WASM products with named arrays that are made once, and the product y = W x + b.
 * Weights stay where they are and pass through a small panel of the space, some rows at a time: a run needs the memory of its activations
 * beside the model, not that of a second model. Copying W costs N K beside T N K products; every element of y is one dot product, so how
 * W is cut changes no bit.
 */
import { matmulSpace, rowsOf, type MatmulSpace, type Rows } from '../numeric/matmul.js';
import type { Matrix } from '../numeric/matrix.js';

/** Numbers of a weight that are in the space at a time, unless a single row is longer: 1 MiB, which stays in a second-level cache. */
const PANEL = 2 ** 18;

export interface Workspace {
  readonly space: MatmulSpace;
  /** The array of that name, [rows, cols], the same at every call; rows up to those it was declared with. */
  array(name: string, rows: number): Rows;
  /** y = x W'. */
  product(x: Rows, weight: Matrix, y: Rows): void;
}

/** Largest sizes of the arrays of a workspace, by name: [rows, cols]. */
export type ArraySizes = Readonly<Record<string, readonly [number, number]>>;

/** A workspace with arrays of these sizes for weights of up to `longestRow` columns. Throws RangeError beyond 4 GiB. */
export function workspace(sizes: ArraySizes, longestRow: number): Workspace {
  const panelLength = Math.max(PANEL, longestRow);
  const entries = Object.entries(sizes);
  const space = matmulSpace(entries.reduce((sum, [, [rows, cols]]) => sum + rows * cols + 4, panelLength + 4));
  const panel = space.allocate(panelLength);
  const arrays = new Map(entries.map(([name, [rows, cols]]) => [name, rowsOf(space.allocate(rows * cols), rows, cols)]));
  return {
    space,
    array(name, rows) {
      const whole = arrays.get(name);
      if (whole === undefined || rows > whole.rows) throw new RangeError(`no array ${name} of ${rows} rows in the workspace`);
      return { ...whole, rows };
    },
    product(x, { rows, cols, data }, y) {
      const rowsAtATime = Math.floor(panelLength / Math.max(1, cols));
      for (let from = 0; from < rows; from += rowsAtATime) {
        const count = Math.min(rowsAtATime, rows - from);
        panel.set(data.subarray(from * cols, (from + count) * cols));
        const part = { data: y.data.subarray(from), rows: y.rows, cols: count, stride: y.stride };
        space.timesTransposed(x, rowsOf(panel, count, cols), part);
      }
    },
  };
}

/** Rows without gaps as a matrix, a view. */
export function asMatrix({ data, rows, cols }: Rows): Matrix {
  return { rows, cols, data: data.subarray(0, rows * cols) };
}
