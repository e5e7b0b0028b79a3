/**
 * The low-rank correction beside a quantized matrix: W ~ Q + B A with A [rank, K], B [N, rank], both MXINT8 in groups of 16 along the dimension
 * their product sums over (K for A, rank for B). Bits: (8 + 8/16) per factor element; short groups pay for their whole exponent.
 * Source: LQER, arXiv 2402.02446 (factors in 8-bit MXINT).
 */
import { encodeMxInteger, MX_INTEGER_EXPONENT_bits, mxGroupsPerRow, mxIntegerValues } from '../formats/mx-integer.js';
import { matmulSpace, rowsOf } from '../numeric/matmul.js';
import type { QuantizedTensor } from './quantizer.js';

const BITS = 8;
const GROUP = 16;

/** Operand format of both factors. */
export const FACTOR_FORMAT = `mxint${BITS}-g${GROUP}`;

interface Sizes {
  readonly rows: number;
  readonly cols: number;
  readonly rank: number;
}

/** Factors as side data; `a` is [rank, cols], `b` [rows, rank]. */
export function storedFactors(a: Float32Array, b: Float32Array, { cols, rank }: Sizes): QuantizedTensor['side'] {
  const first = encodeMxInteger(a, { cols, bits: BITS, group: GROUP });
  const second = encodeMxInteger(b, { cols: rank, bits: BITS, group: GROUP });
  return {
    lowRankA: first.codes,
    lowRankAExponents: first.exponents,
    lowRankB: second.codes,
    lowRankBExponents: second.exponents,
  };
}

/** Bits of both factors per element of the matrix. */
export function factorBits({ rows, cols, rank }: Sizes): number {
  const exponents = rank * mxGroupsPerRow({ cols, group: GROUP }) + rows * mxGroupsPerRow({ cols: rank, group: GROUP });
  return (rank * (rows + cols) * BITS + exponents * MX_INTEGER_EXPONENT_bits) / (rows * cols);
}

/** B A of the stored factors, in float32, row-major. */
export function lowRankProduct(side: QuantizedTensor['side'], { rows, cols, rank }: Sizes): Float32Array {
  const values = (name: string, width: number): Float32Array =>
    mxIntegerValues(
      { codes: side[name] as Uint8Array, exponents: side[`${name}Exponents`] as Uint8Array },
      { cols: width, bits: BITS, group: GROUP },
    );
  const space = matmulSpace(rank * (rows + cols) + rows * cols + 16);
  const a = rowsOf(space.allocate(rank * cols), rank, cols);
  const b = rowsOf(space.allocate(rows * rank), rows, rank);
  const product = rowsOf(space.allocate(rows * cols), rows, cols);
  a.data.set(values('lowRankA', cols));
  b.data.set(values('lowRankB', rank));
  space.times(b, a, product);
  return product.data.slice();
}
