/** What a quantized matrix does to its outputs on the calibration inputs: tr(D H D') with D = W - Q, which is 2/T times the sum of squared output errors. */
import { matmulSpace, rowsOf } from '../numeric/matmul.js';
import type { Matrix } from '../numeric/matrix.js';

const ROWS_TOGETHER = 256;

/** tr((W - Q) H (W - Q)'); products in float32, their sum in float64. */
export function outputError({ rows, cols, data }: Matrix, values: Float32Array, hessian: Matrix): number {
  const together = Math.min(ROWS_TOGETHER, rows);
  const space = matmulSpace(cols * cols + 2 * together * cols + 16);
  const h = space.allocate(cols * cols);
  h.set(hessian.data);
  const [moved, product] = [space.allocate(together * cols), space.allocate(together * cols)];
  let sum = 0;
  for (let first = 0; first < rows; first += together) {
    const count = Math.min(together, rows - first);
    const length = count * cols;
    for (let i = 0, at = first * cols; i < length; i++, at++) moved[i] = data[at]! - values[at]!;
    // H is symmetric: its rows are its columns.
    space.timesTransposed(rowsOf(moved, count, cols), rowsOf(h, cols, cols), rowsOf(product, count, cols));
    for (let i = 0; i < length; i++) sum += moved[i]! * product[i]!;
  }
  return sum;
}
