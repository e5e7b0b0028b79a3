/**
 * The leading singular triples of a matrix E [N, K]: E ~ left diag(values) right, exact up to rounding where a side is at most 320 long.
 *   small   eigenvectors of the Gram matrix of the shorter side, in float64
 *   large   a basis Q of the block Krylov space X, X E'E, X (E'E)^2, .. of a seeded random block of rank + 8 rows, then the same of E Q'
 * Source: Musco and Musco, NeurIPS 2015 (block Krylov: error (1 + epsilon) of the best, whatever the gaps between singular values).
 * Products are float32 with the kernels of matmul.ts, Gram matrices and eigenvectors float64: singular values to about 1e-6 of the largest.
 * Left out: triples below that are set to zero (their directions would be noise).
 */
import { bitPatterns, maxAbs } from './extremes.js';
import { matmulSpace, rowsOf, type MatmulSpace, type Rows } from './matmul.js';
import { matrix, type Matrix } from './matrix.js';
import { seededRandom } from './random.js';
import { exp2Int, floorLog2 } from './rounding.js';
import { symmetricEigen } from './symmetric-eigen.js';

/** E ~ sum over i of values[i] * (column i of left) (row i of right). */
export interface TruncatedSvd {
  /** [N, rank], orthonormal columns (columns of zeros where the value is 0). */
  readonly left: Float32Array;
  /** In falling order. */
  readonly values: Float64Array;
  /** [rank, K], orthonormal rows. */
  readonly right: Float32Array;
}

const EXACT_SIDE = 320;
const EXTRA_ROWS = 8;
/** Blocks of the Krylov basis: enough that the basis has about 512 rows, within bounds. */
const BASIS_ROWS = 512;
const MOST_BLOCKS = 8;
const FEWEST_BLOCKS = 3;
const SEED = 1;
/** Singular values below this share of the largest are rounding of float32. */
const RELATIVE_FLOOR = 1e-7;

/** The leading `rank` triples; rank is at most min(N, K). The same bits for the same input. */
export function truncatedSvd(e: Matrix, rank: number): TruncatedSvd {
  if (rank < 1 || rank > Math.min(e.rows, e.cols)) throw new RangeError(`rank ${rank} of a ${e.rows} x ${e.cols} matrix`);
  if (e.rows < e.cols) {
    const { left, values, right } = truncatedSvd(transposed(e), rank);
    return { left: transposed(matrix(rank, e.rows, right)).data, values, right: transposed(matrix(e.cols, rank, left)).data };
  }
  const largest = maxAbs(bitPatterns(e.data), 0, e.data.length);
  if (largest === 0) return emptySvd(e, rank);
  // Products of three matrices would leave the range of float32 long before their entries do: entries are brought near one, exactly.
  const unit = exp2Int(-floorLog2(largest));
  const scaled = matrix(
    e.rows,
    e.cols,
    e.data.map((value) => value * unit),
  );
  const { left, values, right } = e.cols <= EXACT_SIDE ? exactSvd(scaled, rank) : krylovSvd(scaled, rank);
  return { left, values: values.map((value) => value / unit), right };
}

/** Of a matrix of zeros. */
function emptySvd({ rows, cols }: Matrix, rank: number): TruncatedSvd {
  return { left: new Float32Array(rows * rank), values: new Float64Array(rank), right: new Float32Array(rank * cols) };
}

function transposed({ rows, cols, data }: Matrix): Matrix {
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) out[c * rows + r] = data[r * cols + c]!;
  return matrix(cols, rows, out);
}

/** P' P for P [length, n] given as n rows of `length`. */
function gram(rows: Float32Array, n: number, length: number): Float64Array {
  const g = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const a = rows.subarray(i * length, (i + 1) * length);
    for (let j = 0; j <= i; j++) {
      const b = rows.subarray(j * length, (j + 1) * length);
      let sum = 0;
      for (let k = 0; k < length; k++) sum += a[k]! * b[k]!;
      g[i * n + j] = g[j * n + i] = sum;
    }
  }
  return g;
}

/** Rows = columns of E; their Gram matrix has the right singular vectors. */
function exactSvd(e: Matrix, rank: number): TruncatedSvd {
  const columns = transposed(e).data;
  const { values, vectors } = symmetricEigen(gram(columns, e.cols, e.rows), e.cols);
  const right = Float32Array.from(vectors.subarray(0, rank * e.cols));
  return withLeft(values, right, combined(vectors, rank, rowsOf(columns, e.cols, e.rows)));
}

/** Singular values from those of the Gram matrix, and the left vectors from E times the right ones. */
function withLeft(squares: Float64Array, right: Float32Array, images: Float64Array[]): TruncatedSvd {
  const rank = images.length;
  const length = images[0]!.length;
  const floor = Math.sqrt(Math.max(0, squares[0]!)) * RELATIVE_FLOOR;
  const values = new Float64Array(rank);
  const left = new Float32Array(length * rank);
  images.forEach((image, i) => {
    const norm = Math.sqrt(image.reduce((sum, x) => sum + x * x, 0));
    if (norm <= floor) return;
    values[i] = norm;
    for (let r = 0; r < length; r++) left[r * rank + i] = image[r]! / norm;
  });
  return { left, values, right };
}

/** The first `count` combinations of rows, in float64. */
function combined(weights: Float64Array, count: number, { data, rows, cols }: Rows): Float64Array[] {
  return Array.from({ length: count }, (_, i) => {
    const out = new Float64Array(cols);
    for (let r = 0; r < rows; r++) {
      const weight = weights[i * rows + r]!;
      if (weight === 0) continue;
      const row = data.subarray(r * cols, (r + 1) * cols);
      for (let c = 0; c < cols; c++) out[c]! += weight * row[c]!;
    }
    return out;
  });
}

function krylovSvd(e: Matrix, rank: number): TruncatedSvd {
  const block = Math.min(rank + EXTRA_ROWS, e.cols);
  const wanted = Math.min(MOST_BLOCKS, Math.max(FEWEST_BLOCKS, Math.ceil(BASIS_ROWS / block)));
  const blocks = Math.min(wanted, Math.ceil(e.cols / block));
  const size = Math.min(block * blocks, e.cols);
  const space = matmulSpace(e.data.length + (size + 2 * block) * e.cols + (size + block) * e.rows + block * size + 64);
  const stored = rowsOf(space.allocate(e.data.length), e.rows, e.cols);
  stored.data.set(e.data);
  const basis = krylovBasis(space, stored, block, size);
  const images = rowsOf(space.allocate(size * e.rows), size, e.rows);
  space.timesTransposed(basis, stored, images);
  const { values, vectors } = symmetricEigen(gram(images.data, size, e.rows), size);
  const right = new Float32Array(rank * e.cols);
  combined(vectors, rank, basis).forEach((row, i) => right.set(row, i * e.cols));
  return withLeft(values, right, combined(vectors, rank, images));
}

/** `size` orthonormal rows of length K; a direction that is exhausted is a row of zeros. */
function krylovBasis(space: MatmulSpace, e: Rows, block: number, size: number): Rows {
  const { normal } = seededRandom(SEED);
  const basis = rowsOf(space.allocate(size * e.cols), size, e.cols);
  const scratch: Scratch = {
    outputs: space.allocate(block * e.rows),
    overlaps: space.allocate(block * size),
    correction: space.allocate(block * e.cols),
  };
  for (let start = 0; start < size; start += block) {
    const rows = Math.min(block, size - start);
    const current = slice(basis, start, rows);
    if (start === 0) for (let i = 0; i < current.data.length; i++) current.data[i] = normal();
    else {
      const outputs = rowsOf(scratch.outputs.subarray(0, rows * e.rows), rows, e.rows);
      space.timesTransposed(slice(basis, start - block, rows), e, outputs);
      space.times(outputs, e, current);
    }
    orthonormalize(space, slice(basis, 0, start), current, scratch);
  }
  return basis;
}

interface Scratch {
  readonly outputs: Float32Array;
  readonly overlaps: Float32Array;
  readonly correction: Float32Array;
}

function slice({ data, cols, stride }: Rows, start: number, rows: number): Rows {
  return { data: data.subarray(start * stride, (start + rows) * stride), rows, cols, stride };
}

/** Gram-Schmidt against the rows before and within the block, twice: once is not enough in float32. */
function orthonormalize(space: MatmulSpace, before: Rows, current: Rows, { overlaps, correction }: Scratch): void {
  normalizeRows(current, 0);
  for (let pass = 0; pass < 2; pass++) {
    if (before.rows > 0) {
      const products = rowsOf(overlaps.subarray(0, current.rows * before.rows), current.rows, before.rows);
      const parts = rowsOf(correction.subarray(0, current.rows * current.cols), current.rows, current.cols);
      space.timesTransposed(current, before, products);
      space.times(products, before, parts);
      for (let i = 0; i < parts.data.length; i++) current.data[i]! -= parts.data[i]!;
    }
    orthogonalizeWithin(current);
  }
}

/** What is left of a row of length one, below which it was a combination of the others but for rounding. */
const EXHAUSTED = 1e-5;

function orthogonalizeWithin(block: Rows): void {
  for (let i = 0; i < block.rows; i++) {
    const row = slice(block, i, 1).data;
    for (let j = 0; j < i; j++) {
      const other = slice(block, j, 1).data;
      let overlap = 0;
      for (let k = 0; k < row.length; k++) overlap += row[k]! * other[k]!;
      for (let k = 0; k < row.length; k++) row[k]! -= overlap * other[k]!;
    }
    normalizeRows(slice(block, i, 1), EXHAUSTED);
  }
}

/** Rows of length one; those not longer than `least` become zero. */
function normalizeRows(block: Rows, least: number): void {
  for (let i = 0; i < block.rows; i++) {
    const row = slice(block, i, 1).data;
    let square = 0;
    for (const x of row) square += x * x;
    const length = Math.sqrt(square);
    const factor = length > least ? 1 / length : 0;
    for (let k = 0; k < row.length; k++) row[k]! *= factor;
  }
}
