/**
 * Matrix products of float32 with 128-bit vectors (wasm/matmul.wat), over arrays that lie in one WebAssembly memory.
 *   timesTransposed  y[m, n] = x[m, k] w[n, k]'    weights as they are stored, queries against keys
 *   times            y[m, n] = a[m, k] b[k, n]     attention probabilities against values
 * Every element is summed in an order that depends on k alone (see the .wat), so a row is the same computed alone or with others, and the same on
 * every machine. Panels of 128 KiB stay in the second-level cache while the other operand streams past; that changes no sum.
 * Left out: fused multiply-add (not deterministic in WebAssembly), threads, growing: a space has one size, since growing would move its arrays.
 */
import { instantiate } from './wasm/instance.js';
import { matmulModule } from './wasm/matmul-module.js';

/** Rows of float32 in a space: element (r, c) is `data[r * stride + c]`. A stride above cols takes a slice of wider rows, such as one attention head. */
export interface Rows {
  readonly data: Float32Array;
  readonly rows: number;
  readonly cols: number;
  readonly stride: number;
}

/** A memory that the products work in. */
export interface MatmulSpace {
  /** A new array of zeros. Throws RangeError when the space is full. */
  allocate(length: number): Float32Array;
  /** y = x w'. Throws RangeError for shapes that do not fit, and for arrays from elsewhere. */
  timesTransposed(x: Rows, w: Rows, y: Rows): void;
  /** y = a b. Throws RangeError for shapes that do not fit, and for arrays from elsewhere. */
  times(a: Rows, b: Rows, y: Rows): void;
}

const PANEL_BYTES = 131_072;
/** Arrays start at multiples of a vector. */
const ALIGNMENT = 4;
/** Rows and columns that the kernels take at once; panels are multiples of them. */
const TILE_ROWS = 4;
const TILE_COLUMNS = 8;

/** Rows without gaps over an array of a space. */
export function rowsOf(data: Float32Array, rows: number, cols: number): Rows {
  return { data, rows, cols, stride: cols };
}

/** A space for `elements` numbers in all (each array is rounded up to four). Throws RangeError beyond 4 GiB. */
export function matmulSpace(elements: number): MatmulSpace {
  const { buffer, kernels } = instantiate<'transposed' | 'plain'>(matmulModule, elements * 4);
  const capacity = buffer.byteLength / 4;
  let used = 0;

  const placed = (operand: Rows): readonly [number, number] => {
    checkRows(operand, buffer);
    return [operand.data.byteOffset, operand.stride * 4];
  };
  return {
    allocate(length) {
      if (used + length > capacity) throw new RangeError(`no room for ${length} numbers: ${used} of ${capacity} are taken`);
      const array = new Float32Array(buffer, used * 4, length);
      used += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
      return array;
    },
    timesTransposed(x, w, y) {
      checkShapes([x.rows, x.cols], [w.cols, w.rows], y);
      const [[xAt, xRow], [wAt, wRow], [yAt, yRow]] = [placed(x), placed(w), placed(y)];
      const panel = panelOf(x.cols, TILE_ROWS);
      for (let i = 0; i < x.rows; i += panel) {
        kernels.transposed(Math.min(panel, x.rows - i), w.rows, x.cols, xAt + i * xRow, xRow, wAt, wRow, yAt + i * yRow, yRow);
      }
    },
    times(a, b, y) {
      checkShapes([a.rows, a.cols], [b.rows, b.cols], y);
      const [[aAt, aRow], [bAt, bRow], [yAt, yRow]] = [placed(a), placed(b), placed(y)];
      const panel = panelOf(a.cols, TILE_COLUMNS);
      for (let j = 0; j < b.cols; j += panel) {
        kernels.plain(a.rows, Math.min(panel, b.cols - j), a.cols, aAt, aRow, bAt + j * 4, bRow, yAt + j * 4, yRow);
      }
    },
  };
}

/** How many vectors of k numbers fit into a panel: a multiple of the tile, at least one tile. */
function panelOf(k: number, tile: number): number {
  return Math.max(1, Math.floor(PANEL_BYTES / 4 / Math.max(1, k) / tile)) * tile;
}

function checkRows({ data, rows, cols, stride }: Rows, buffer: ArrayBufferLike): void {
  if (data.buffer !== buffer) throw new RangeError('an operand of a product lies outside the space');
  const needed = rows === 0 || cols === 0 ? 0 : (rows - 1) * stride + cols;
  if (stride < cols || needed > data.length) {
    throw new RangeError(`${rows} rows of ${cols} at distance ${stride} need ${needed} numbers, got ${data.length}`);
  }
}

function checkShapes(left: readonly [number, number], right: readonly [number, number], y: Rows): void {
  if (left[1] === right[0] && y.rows === left[0] && y.cols === right[1]) return;
  throw new RangeError(`${left.join(' x ')} times ${right.join(' x ')} does not give ${y.rows} x ${y.cols}`);
}
