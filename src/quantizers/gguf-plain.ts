/**
 * Encoders of the GGUF blocks of 32: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0. Codes follow from the unrounded scale, the half-precision scale is stored.
 *   Q4_0, Q5_0   d = (signed value of largest magnitude) / -n, code = min(2n - 1, trunc(x / d + n + 0.5)), n = 8, 16
 *   Q4_1, Q5_1   d = (max - min) / (2^b - 1), m = min, code = trunc((x - min) / d + 0.5)
 *   Q8_0         d = amax / 127, code = x / d rounded half away from zero
 * Division is multiplication by 1 / d; every operation is rounded to float32. Source: reference quantizers of llama.cpp's ggml (facts of the rule).
 * So of two extremes of opposite sign the later one is clipped by Q4_0 and Q5_0, and an all-zero block stores d = -0.
 */
import type { BlockFields, BlockType } from '../formats/gguf/block-types.js';
import { signedExtreme } from './gguf-scale-fit.js';

const f = Math.fround;

/** Sets d, min and codes of a block from its 32 values. */
export function encodePlain({ codeBits, offset }: BlockType, x: Float32Array, fields: BlockFields): void {
  if (codeBits === 8) encodeInt8(x, fields);
  else if (offset === 'm') encodeWithMin(x, 2 ** codeBits - 1, fields);
  else encodeSymmetric(x, 2 ** (codeBits - 1), fields);
}

/** 1 / d in float32; 0 for d = 0. */
function reciprocal(d: number): number {
  return d === 0 ? 0 : f(1 / d);
}

/** trunc(x) as a code; infinite x, of a d so small that 1 / d overflows, ends at the last code. */
function truncated(x: number, last: number): number {
  return Math.max(0, Math.min(last, Math.trunc(x)));
}

function encodeSymmetric(x: Float32Array, n: number, fields: BlockFields): void {
  fields.d = f(signedExtreme(x) / -n);
  const inverse = reciprocal(fields.d);
  for (let i = 0; i < x.length; i++) fields.codes[i] = truncated(f(f(x[i]! * inverse) + (n + 0.5)), 2 * n - 1);
}

function encodeWithMin(x: Float32Array, last: number, fields: BlockFields): void {
  let [min, max] = [x[0]!, x[0]!];
  for (const value of x) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  fields.d = f(f(max - min) / last);
  fields.min = min;
  const inverse = reciprocal(fields.d);
  for (let i = 0; i < x.length; i++) fields.codes[i] = truncated(f(f(f(x[i]! - min) * inverse) + 0.5), last);
}

function encodeInt8(x: Float32Array, fields: BlockFields): void {
  fields.d = f(Math.abs(signedExtreme(x)) / 127);
  const inverse = reciprocal(fields.d);
  for (let i = 0; i < x.length; i++) {
    const scaled = f(x[i]! * inverse);
    const magnitude = Math.min(127, Math.floor(Math.abs(scaled) + 0.5));
    fields.codes[i] = (scaled < 0 ? -magnitude : magnitude) & 255;
  }
}
