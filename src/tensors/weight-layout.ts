/**
 * How a stored weight tensor lies as the matrix of its GEMM: rows = output channels (N), columns = inputs (K), one block per GEMM of the layer.
 * Stored C order is either [blocks, n, k] (convolution [OC, IC, KH, KW], linear [N, K]: nothing to move) or [blocks, k, n]
 * (ONNX MatMul [K, N], ConvTranspose [IC, OC, KH, KW]: every block is transposed). Depthwise and grouped convolutions have one block per group.
 */
import { matrix, type Matrix } from '../numeric/matrix.js';

/** How a stored tensor lies as the weight matrix of its GEMMs. */
export interface WeightLayout {
  /** GEMMs with a weight block each: groups of a convolution, batch of a MatMul; 1 otherwise. */
  readonly blocks: number;
  /** Output features of one block. */
  readonly n: number;
  /** Reduction length. */
  readonly k: number;
  /** True when a block is stored input-major, as [k, n]. */
  readonly transposed: boolean;
}

/** The matrix [blocks * n, k] of data in stored order; shares the data when nothing has to be moved. */
export function toMatrix(stored: Float32Array, layout: WeightLayout): Matrix {
  const data = layout.transposed ? transposeBlocks(stored, layout.blocks, layout.k, layout.n) : stored;
  return matrix(layout.blocks * layout.n, layout.k, data);
}

/** Data of the matrix [blocks * n, k] back in stored order. */
export function toStored(data: Float32Array, layout: WeightLayout): Float32Array {
  return layout.transposed ? transposeBlocks(data, layout.blocks, layout.n, layout.k) : data;
}

/** Blocks of [rows, cols] -> blocks of [cols, rows]. */
function transposeBlocks(from: Float32Array, blocks: number, rows: number, cols: number): Float32Array {
  const to = new Float32Array(from.length);
  for (let block = 0; block < blocks; block++) {
    const base = block * rows * cols;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++) to[base + c * rows + r] = from[base + r * cols + c] ?? NaN;
    }
  }
  return to;
}
