/**
 * BAQ inside a matrix: level counts per input column. The step of weight (r, j) is range_r / (levels_j - 1) with range_r the range of its row including 0,
 * so that the loss of column j, weighted by the diagonal of the Hessian, is about c_j 2^(-2 R_j) with
 *   c_j = H_jj sum over rows of range_r^2 / 12,
 * and the rates follow from the closed form (baq-rates.ts). A column of one level is stored as zeros (this project's choice). Bits per weight are
 * the mean of log2(levels). Source: BAQ, arXiv 2506.05664, and its released code (ranges per row, integer level counts). Left out: GPTQ's feedback
 * between columns, with which the code has U_jj^-2 of the inverse Hessian in place of H_jj; storage of the scales and of the level counts.
 */
import type { Matrix } from '../../numeric/matrix.js';
import { baqRates, levelCounts } from './baq-rates.js';

/** Levels per column for a mean rate in bits; `hessianDiagonal` is any multiple of the mean square of each input. */
export function columnLevels({ rows, cols, data }: Matrix, hessianDiagonal: ArrayLike<number>, meanRate: number): Int32Array {
  let squares = 0;
  for (let r = 0; r < rows; r++) {
    const [least, most] = rowRange(data, r, cols);
    squares += (most - least) ** 2;
  }
  const coefficients = Float64Array.from({ length: cols }, (_, j) => (hessianDiagonal[j]! * squares) / 12);
  return levelCounts(baqRates(coefficients, meanRate));
}

/** Values read back from a matrix stored with that many levels per column. */
export function valuesAtLevels({ rows, cols, data }: Matrix, levels: ArrayLike<number>): Float32Array {
  const values = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) {
    const [least, most] = rowRange(data, r, cols);
    for (let j = 0; j < cols; j++) {
      const steps = levels[j]! - 1;
      if (steps < 1 || most === least) continue;
      const step = (most - least) / steps;
      const zero = Math.round(-least / step);
      const code = Math.min(steps, Math.max(0, Math.round(data[r * cols + j]! / step) + zero));
      values[r * cols + j] = (code - zero) * step;
    }
  }
  return values;
}

function rowRange(data: Float32Array, row: number, cols: number): [number, number] {
  let [least, most] = [0, 0];
  for (let i = row * cols; i < (row + 1) * cols; i++) {
    least = Math.min(least, data[i]!);
    most = Math.max(most, data[i]!);
  }
  return [least, most];
}
