/**
 * BAQ inside a matrix: level counts per input column. The step of weight (r, j) is range_r / (levels_j - 1) with range_r the range of its row including 0.
 * The loss of column j, weighted by the diagonal of the Hessian, is taken as c_j 2^(-2 R_j), and the rates follow from the closed form (baq-rates.ts):
 *   modelled   c_j = H_jj sum over rows of range_r^2 / 12: errors spread evenly over a step
 *   measured   c_j = H_jj sum over rows of (w - q)^2 times 2^(2 R), at R = log2 of as many levels in every column, as the released code does
 * They differ where the weights of a column are small beside the range of their rows. A column of one level is stored as zeros (this project's choice).
 * Bits per weight are the mean of log2(levels). Source: BAQ, arXiv 2506.05664, and its released code (ranges per row, integer level counts). Left out:
 * GPTQ's feedback between columns, with which the code has U_jj^-2 of the inverse Hessian in place of H_jj; storage of the scales and of the level counts.
 */
import type { Matrix } from '../../numeric/matrix.js';
import { baqRates, levelCounts } from './baq-rates.js';

/** Loss of every column at no bits, as the model has it; `hessianDiagonal` is any multiple of the mean square of each input. */
export function modelledLosses({ rows, cols, data }: Matrix, hessianDiagonal: ArrayLike<number>): Float64Array {
  let squares = 0;
  for (let r = 0; r < rows; r++) {
    const [least, most] = rowRange(data, r, cols);
    squares += (most - least) ** 2;
  }
  return Float64Array.from({ length: cols }, (_, j) => (hessianDiagonal[j]! * squares) / 12);
}

/** The same from the loss of every column with `levels` in each. */
export function measuredLosses(weight: Matrix, hessianDiagonal: ArrayLike<number>, levels: number): Float64Array {
  const { cols, data } = weight;
  const values = valuesAtLevels(weight, new Int32Array(cols).fill(levels));
  const losses = new Float64Array(cols);
  for (let i = 0; i < data.length; i++) losses[i % cols]! += (data[i]! - values[i]!) ** 2;
  return losses.map((loss, j) => loss * hessianDiagonal[j]! * levels ** 2);
}

/** Levels per column for a mean rate in bits. */
export function columnLevels(losses: Float64Array, meanRate: number): Int32Array {
  return levelCounts(baqRates(losses, meanRate));
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
