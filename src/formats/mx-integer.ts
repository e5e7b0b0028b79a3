/**
 * MXINT-b: groups of any length along K share an 8-bit power of two X = 2^floor(log2 amax); elements are integers of b bits, two's complement.
 *   q = clamp(rne(w / X * 2^(b-2)), -(2^(b-1) - 1), 2^(b-1) - 1)     value = q * X * 2^-(b-2)     bits b + 8 / group
 * Source: LQER, arXiv 2402.02446 (the format, groups of 16); the choice of X and the symmetric clamp are this project's. The exponent is clamped to
 * [-127, 127] and stored with bias 127, as E8M0; groups of zeros have X = 1. The largest element may clip: amax / X < 2 = 2^(b-1) / 2^(b-2).
 */
import { bitPatterns, maxAbs } from '../numeric/extremes.js';
import { exp2Int, floorLog2, roundHalfEven } from '../numeric/rounding.js';
import { E8M0_BIAS } from './power-of-two-scale.js';

/** Bits of the shared exponent of a group. */
export const MX_INTEGER_EXPONENT_bits = 8;

/** Rows of codes whose groups start anew in every row. */
export interface MxIntegerRows {
  readonly codes: Uint8Array;
  /** One byte per group, row after row. */
  readonly exponents: Uint8Array;
}

interface Form {
  readonly cols: number;
  readonly bits: number;
  readonly group: number;
}

/** Groups of a row. */
export function mxGroupsPerRow({ cols, group }: Pick<Form, 'cols' | 'group'>): number {
  return Math.ceil(cols / group);
}

/** Codes of finite values, row-major. */
export function encodeMxInteger(values: Float32Array, form: Form): MxIntegerRows {
  const magnitudes = bitPatterns(values);
  const exponents = new Uint8Array((values.length / form.cols) * mxGroupsPerRow(form));
  eachGroup(values.length, form, (index, start, end) => {
    const amax = maxAbs(magnitudes, start, end);
    exponents[index] = (amax === 0 ? 0 : Math.max(-127, Math.min(127, floorLog2(amax)))) + E8M0_BIAS;
  });
  return { codes: mxIntegerCodes(values, exponents, form), exponents };
}

/** Codes of values under exponents that are there already. */
export function mxIntegerCodes(values: Float32Array, exponents: Uint8Array, form: Form): Uint8Array {
  const codes = new Uint8Array(values.length);
  const last = 2 ** (form.bits - 1) - 1;
  const mask = 2 ** form.bits - 1;
  eachGroup(values.length, form, (index, start, end) => {
    const step = stepOf(exponents[index]!, form.bits);
    for (let i = start; i < end; i++) codes[i] = Math.max(-last, Math.min(last, roundHalfEven(values[i]! / step))) & mask;
  });
  return codes;
}

/** float32 values of codes. */
export function mxIntegerValues({ codes, exponents }: MxIntegerRows, form: Form): Float32Array {
  const values = new Float32Array(codes.length);
  const shift = 32 - form.bits;
  eachGroup(codes.length, form, (index, start, end) => {
    const step = stepOf(exponents[index]!, form.bits);
    for (let i = start; i < end; i++) values[i] = ((codes[i]! << shift) >> shift) * step;
  });
  return values;
}

function stepOf(exponent: number, bits: number): number {
  return exp2Int(exponent - E8M0_BIAS - (bits - 2));
}

function eachGroup(length: number, { cols, group }: Form, visit: (index: number, start: number, end: number) => void): void {
  let index = 0;
  for (let row = 0; row < length; row += cols) {
    for (let start = row; start < row + cols; start += group) visit(index++, start, Math.min(start + group, row + cols));
  }
}
