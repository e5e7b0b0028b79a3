/**
 * Factor of a symmetric positive definite matrix from its last column on: A = R R', R upper triangular, so that R^-1 is the upper Cholesky factor of A^-1
 * (A^-1 = U'U, U = R^-1) that GPTQ states its loop with; no inverse is formed. Blocks of 64, float64, no pivoting.
 * Source: Golub and Van Loan, Matrix Computations, 4th edition, section 4.2 (blocked Cholesky), applied to A with rows and columns reversed.
 * A pivot below 2^-24 of its own diagonal element counts as zero: A comes as float32, and less than its rounding says nothing.
 * Additions, multiplications, divisions and square roots only, in one order: the same bits on every machine.
 */
import { eliminationSpace, padded, type Block, type EliminationSpace } from './elimination.js';

const BLOCK = 64;
/** Rows of the trailing part that are reduced together; of its upper triangle only what lies in such a strip is. */
const STRIP = 64;
const SMALLEST_PIVOT = 2 ** -24;

/** R as an elimination reads it. */
export interface UpperFactor {
  readonly size: number;
  /** R[j, j]. */
  readonly diagonal: Float64Array;
  /** R[i, j] / R[j, j] for i < j at [j * size + i], 0 elsewhere; float32. Empty when all of them are 0. */
  readonly ratios: Float32Array;
}

/** Element (i, j) of a symmetric matrix, i >= j; read once per factor. */
export type SymmetricElement = (i: number, j: number) => number;

/** The largest matrix whose factor fits the 4 GiB that WebAssembly addresses. */
export const LARGEST_FACTOR = 20_000;

/** R of the n x n matrix; undefined when it is not positive definite. */
export function upperFactor(n: number, element: SymmetricElement): UpperFactor | undefined {
  const stride = padded(n, 8);
  const space = eliminationSpace((n * stride + BLOCK * stride) * 8);
  const data = space.doubles(n * stride);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) data[i * stride + j] = element(n - 1 - j, n - 1 - i);
  const panel = space.doubles(BLOCK * stride);
  const lower: Lower = { n, stride, data, diagonal: Float64Array.from({ length: n }, (_, i) => data[i * stride + i]!) };
  for (let from = 0; from < n; from += BLOCK) {
    const to = Math.min(from + BLOCK, n);
    if (!factorRows(lower, from, to)) return undefined;
    reduceRest(lower, panel, { from, to, space });
  }
  return asUpper(lower);
}

interface Lower {
  readonly n: number;
  readonly stride: number;
  readonly data: Float64Array;
  /** Of the matrix. */
  readonly diagonal: Float64Array;
}

/** Columns from .. to - 1 of L, in the rows from `from` on; false when a pivot is not above its bound. */
function factorRows({ n, stride, data, diagonal }: Lower, from: number, to: number): boolean {
  for (let i = from; i < n; i++) {
    const row = i * stride;
    for (let j = from; j < Math.min(i, to); j++) {
      const other = j * stride;
      let sum = data[row + j]!;
      for (let k = from; k < j; k++) sum -= data[row + k]! * data[other + k]!;
      data[row + j] = sum / data[other + j]!;
    }
    if (i >= to) continue;
    let pivot = data[row + i]!;
    for (let k = from; k < i; k++) pivot -= data[row + k]! * data[row + k]!;
    if (!(pivot > SMALLEST_PIVOT * diagonal[i]!)) return false;
    data[row + i] = Math.sqrt(pivot);
  }
  return true;
}

/** Takes what columns from .. to - 1 of L explain from the rows and columns after them. */
function reduceRest(
  { n, stride, data }: Lower,
  panel: Float64Array,
  { from, to, space }: { readonly from: number; readonly to: number; readonly space: EliminationSpace },
): void {
  for (let i = to; i < n; i++) for (let k = from; k < to; k++) panel[(k - from) * stride + i] = data[i * stride + k]!;
  for (let i = to; i < n; i += STRIP) {
    const rows = Math.min(STRIP, n - i);
    const cols = Math.min(padded(i + rows - to, 8), stride - to);
    const block = (array: Float64Array, start: number, [height, width]: readonly [number, number]): Block<Float64Array> => ({
      data: array,
      start,
      rows: height,
      cols: width,
      stride,
    });
    space.subtract64(
      block(data, i * stride + from, [rows, to - from]),
      block(panel, to, [to - from, cols]),
      block(data, i * stride + to, [rows, cols]),
    );
  }
}

function asUpper({ n, stride, data }: Lower): UpperFactor {
  const diagonal = Float64Array.from({ length: n }, (_, j) => data[(n - 1 - j) * (stride + 1)]!);
  const ratios = new Float32Array(n * n);
  // Square by square, since one side is read along columns.
  for (let fromJ = 0; fromJ < n; fromJ += BLOCK) {
    for (let fromI = 0; fromI <= fromJ; fromI += BLOCK) {
      for (let j = fromJ; j < Math.min(fromJ + BLOCK, n); j++) {
        for (let i = fromI; i < Math.min(fromI + BLOCK, j); i++) {
          ratios[j * n + i] = data[(n - 1 - i) * stride + (n - 1 - j)]! / diagonal[j]!;
        }
      }
    }
  }
  return { size: n, diagonal, ratios };
}
