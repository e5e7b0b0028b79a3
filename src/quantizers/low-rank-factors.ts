/**
 * The low-rank correction beside a quantized matrix: W ~ Q + B A with A [rank, K], B [N, rank]; LQER stores both as MXINT8 in groups of 16 along the
 * dimension their product sums over (K for A, rank for B). Bits: (8 + 8/16) per factor element; short groups pay for their whole exponent.
 * Source: LQER, arXiv 2402.02446 (factors in 8-bit MXINT).
 */
import { encodeMxInteger, MX_INTEGER_EXPONENT_bits, mxGroupsPerRow, mxIntegerValues } from '../formats/mx-integer.js';
import { matmulSpace, rowsOf } from '../numeric/matmul.js';
import type { QuantizedTensor, Quantizer } from './quantizer.js';

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
  return factorProduct(values('lowRankA', cols), values('lowRankB', rank), { rows, cols, rank });
}

/** B A of factors as numbers: `a` is [rank, cols], `b` [rows, rank]. */
export function factorProduct(aValues: Float32Array, bValues: Float32Array, { rows, cols, rank }: Sizes): Float32Array {
  const space = matmulSpace(rank * (rows + cols) + rows * cols + 16);
  const a = rowsOf(space.allocate(rank * cols), rank, cols);
  const b = rowsOf(space.allocate(rows * rank), rows, rank);
  const product = rowsOf(space.allocate(rows * cols), rows, cols);
  a.data.set(aValues);
  b.data.set(bValues);
  space.times(b, a, product);
  return product.data.slice();
}

/** Code words of values beside a product. Where it swallows the last bits of a value, several codes read alike: the stored one is kept. */
export function encodeBeside(
  values: Float32Array,
  quantized: QuantizedTensor,
  product: Float32Array,
  base: Pick<Quantizer, 'dequantize' | 'encode'>,
): Uint8Array {
  const plain = base.dequantize(quantized);
  const codes = base.encode(
    values.map((value, i) => value - product[i]!),
    quantized,
  );
  for (let i = 0; i < codes.length; i++) if (Math.fround(plain[i]! + product[i]!) === values[i]) codes[i] = quantized.codes[i]!;
  return codes;
}
