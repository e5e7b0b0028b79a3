/**
 * Sum of x x' over rows x of K numbers, K x K: float32 products summed over pieces of 256 rows by the WASM kernels, pieces in float64.
 * Only the upper triangle is computed, in blocks of rows. Memory: 8 K^2 bytes for the sum and 4 K (256 + 128) in the space.
 */
import { matmulSpace, rowsOf } from './matmul.js';
import type { Matrix } from './matrix.js';

const PIECE = 256;
const BLOCK = 64;

export interface OuterProductSum {
  /** Adds the rows of a matrix of K columns. */
  add(rows: Matrix): void;
  /** The sum times `factor` in float32, symmetric. */
  result(factor: number): Matrix;
}

/** Bytes that the sum of one matrix takes while it grows. */
export function outerProductBytes(width: number): number {
  return 8 * width * width + 4 * width * (PIECE + BLOCK);
}

export function outerProductSum(width: number): OuterProductSum {
  const space = matmulSpace(width * (PIECE + BLOCK) + 8);
  const turned = space.allocate(width * PIECE);
  const products = space.allocate(BLOCK * width);
  const sum = new Float64Array(width * width);
  const addPiece = (data: Float32Array, count: number): void => {
    for (let r = 0; r < count; r++) for (let c = 0; c < width; c++) turned[c * count + r] = data[r * width + c]!;
    for (let from = 0; from < width; from += BLOCK) {
      const rows = Math.min(BLOCK, width - from);
      const right = rowsOf(turned.subarray(from * count), width - from, count);
      const block = rowsOf(products, rows, width - from);
      space.timesTransposed({ ...right, rows }, right, block);
      for (let r = 0; r < rows; r++) {
        const target = (from + r) * width + from;
        for (let c = r; c < block.cols; c++) sum[target + c]! += products[r * block.cols + c]!;
      }
    }
  };
  return {
    add({ rows, cols, data }) {
      if (cols !== width) throw new RangeError(`rows of ${cols} numbers in a sum of ${width}`);
      for (let from = 0; from < rows; from += PIECE) addPiece(data.subarray(from * width), Math.min(PIECE, rows - from));
    },
    result(factor) {
      const data = new Float32Array(width * width);
      for (let r = 0; r < width; r++) {
        for (let c = r; c < width; c++) data[r * width + c] = data[c * width + r] = sum[r * width + c]! * factor;
      }
      return { rows: width, cols: width, data };
    },
  };
}
