/**
 * c = c - a b over arrays that lie in one WebAssembly memory (wasm/elimination.wat): the step that eliminations and triangular solves are made of.
 * Every element is c - a0 b0 - a1 b1 - ... in rising order, so taking the inner dimension in blocks, of whatever size, changes no bit.
 * Columns of c and b come in units of 8 (float32) or 4 (float64): `padded` says how many. Panels of b stay in the second-level cache.
 * Left out: fused multiply-add (not deterministic in WebAssembly), threads, growing.
 */
import { instantiate } from './wasm/instance.js';
import { eliminationModule } from './wasm/elimination-module.js';

/** A part of an array: element (r, c) is `data[start + r * stride + c]`. */
export interface Block<Numbers extends Float32Array | Float64Array> {
  readonly data: Numbers;
  readonly start: number;
  readonly rows: number;
  readonly cols: number;
  readonly stride: number;
}

/** A memory that eliminations work in; arrays are zero at first. */
export interface EliminationSpace {
  singles(length: number): Float32Array;
  doubles(length: number): Float64Array;
  /** c = c - a b in float32. Throws RangeError for shapes that do not fit. */
  subtract32(a: Block<Float32Array>, b: Block<Float32Array>, c: Block<Float32Array>): void;
  /** c = c - a b in float64. Throws RangeError for shapes that do not fit. */
  subtract64(a: Block<Float64Array>, b: Block<Float64Array>, c: Block<Float64Array>): void;
}

/** Bytes of the columns that a kernel takes at once. */
const UNIT_BYTES = 32;
const PANEL_BYTES = 65_536;

/** Columns of arrays of numbers of that many bytes, rounded up to whole units. */
export function padded(cols: number, numberBytes: number): number {
  const unit = UNIT_BYTES / numberBytes;
  return Math.ceil(cols / unit) * unit;
}

/** A space for arrays of `bytes` in all, each rounded up to a multiple of 32. Throws RangeError beyond 4 GiB. */
export function eliminationSpace(bytes: number): EliminationSpace {
  const { buffer, kernels } = instantiate<'subtract32' | 'subtract64'>(eliminationModule, bytes);
  let used = 0;
  const placed = (length: number, numberBytes: number): number => {
    const at = used;
    used += padded(length, numberBytes) * numberBytes;
    if (used > buffer.byteLength) throw new RangeError(`no room for ${length} numbers in ${buffer.byteLength} bytes`);
    return at;
  };
  const subtract =
    <Numbers extends Float32Array | Float64Array>(kernel: 'subtract32' | 'subtract64', size: number) =>
    (a: Block<Numbers>, b: Block<Numbers>, c: Block<Numbers>): void => {
      if (a.rows !== c.rows || b.cols !== c.cols || a.cols !== b.rows || (c.cols * size) % UNIT_BYTES !== 0)
        throw new RangeError(`${c.rows} x ${c.cols} minus ${a.rows} x ${a.cols} times ${b.rows} x ${b.cols}`);
      const panel = Math.max(1, Math.floor(PANEL_BYTES / (UNIT_BYTES * Math.max(1, a.cols)))) * (UNIT_BYTES / size);
      for (let j = 0; j < c.cols; j += panel) {
        const units = (Math.min(panel, c.cols - j) * size) / UNIT_BYTES;
        const [aAt, bAt, cAt] = [addressOf(a, 0, buffer), addressOf(b, j, buffer), addressOf(c, j, buffer)];
        kernels[kernel](c.rows, units, a.cols, aAt, a.stride * size, bAt, b.stride * size, cAt, c.stride * size);
      }
    };
  return {
    singles: (length) => new Float32Array(buffer, placed(length, 4), length),
    doubles: (length) => new Float64Array(buffer, placed(length, 8), length),
    subtract32: subtract<Float32Array>('subtract32', 4),
    subtract64: subtract<Float64Array>('subtract64', 8),
  };
}

function addressOf(
  { data, start, rows, cols, stride }: Block<Float32Array | Float64Array>,
  column: number,
  buffer: ArrayBufferLike,
): number {
  if (data.buffer !== buffer || start < 0 || stride < cols || (rows > 0 && start + (rows - 1) * stride + cols > data.length))
    throw new RangeError(`${rows} rows of ${cols} at distance ${stride} from ${start} do not lie in the space`);
  return data.byteOffset + (start + column) * data.BYTES_PER_ELEMENT;
}
