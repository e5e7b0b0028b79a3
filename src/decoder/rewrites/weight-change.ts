/**
 * Changes of the weights of a product that rewrites are made of. y = W x + b, W [N, K]: rows belong to outputs, columns to inputs.
 * Each gives a new product in the changed basis, without code words: those of the old weights would no longer say what it is.
 */
import { hadamardInPlace } from '../../numeric/hadamard.js';
import type { Matrix } from '../../numeric/matrix.js';
import type { Product } from '../decoder-model.js';

/** W[n, k] * factors[k], products in float64 rounded once. */
export function timesColumns({ rows, cols, data }: Matrix, factors: ArrayLike<number>): Matrix {
  const changed = new Float32Array(data.length);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < cols; column++, i++) changed[i] = data[i]! * factors[column]!;
  }
  return { rows, cols, data: changed };
}

/** W[n, k] * factors[n]. */
function timesRows({ rows, cols, data }: Matrix, factors: ArrayLike<number>): Matrix {
  const changed = new Float32Array(data.length);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < cols; column++, i++) changed[i] = data[i]! * factors[row]!;
  }
  return { rows, cols, data: changed };
}

/** W'[n, j] = W[n, order[j]]. */
export function permutedColumns({ rows, cols, data }: Matrix, order: Int32Array): Matrix {
  const changed = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < cols; column++) changed[row * cols + column] = data[row * cols + order[column]!]!;
  }
  return { rows, cols, data: changed };
}

/** W'[j, k] = W[order[j], k]. */
export function permutedRows({ rows, cols, data }: Matrix, order: Int32Array): Matrix {
  const changed = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) changed.set(data.subarray(order[row]! * cols, (order[row]! + 1) * cols), row * cols);
  return { rows, cols, data: changed };
}

/** W with H on the right of every `block` columns: W H H x = W x. */
export function transformedColumns({ rows, cols, data }: Matrix, block: number): Matrix {
  const changed = data.slice();
  // Rows follow each other without gaps and the block divides a row, so no transform crosses from one row into the next.
  hadamardInPlace(changed, block);
  return { rows, cols, data: changed };
}

export function transposed({ rows, cols, data }: Matrix): Matrix {
  const changed = new Float32Array(data.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < cols; column++) changed[column * rows + row] = data[row * cols + column]!;
  return { rows: cols, cols: rows, data: changed };
}

/** A product with its weight changed. */
export function withWeight({ name, bias, weight }: Product, change: (weight: Matrix) => Matrix): Product {
  return { name, weight: change(weight), ...(bias === undefined ? {} : { bias }) };
}

/** A product with its outputs changed: weight by rows, and the bias as a matrix of one column. */
export function withOutputs({ name, bias, weight }: Product, change: (rows: Matrix) => Matrix): Product {
  return {
    name,
    weight: change(weight),
    ...(bias === undefined ? {} : { bias: change({ rows: bias.length, cols: 1, data: bias }).data }),
  };
}

/** y[n] * factors[n]. */
export function scaledOutputs(product: Product, factors: ArrayLike<number>): Product {
  return withOutputs(product, (rows) => timesRows(rows, factors));
}

/** 1 / x of every element, in float64. */
export function reciprocals(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values, (value) => 1 / value);
}
