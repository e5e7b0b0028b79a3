/**
 * Bytes of the GGUF blocks of 32 with one scale: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0.
 * Order: d (half), m where there is one (half), the fifth bits of all codes (32 bits, bit e = element e), then 16 bytes whose low halves are
 * elements 0..15 and whose high halves are 16..31; Q8_0 has 32 signed bytes instead. Source: as block-types.ts.
 */
import { float16Bits, float16FromBits } from '../../numeric/float16.js';
import type { BlockFields, BlockType } from './block-types.js';

const HALF = 16;

/** Half-precision value at a byte offset. */
export function halfAt(bytes: Uint8Array, at: number): number {
  return float16FromBits(bytes[at]! | (bytes[at + 1]! << 8));
}

/** Writes a half-precision value. */
export function putHalf(bytes: Uint8Array, at: number, value: number): void {
  const bits = float16Bits(value);
  bytes[at] = bits & 255;
  bytes[at + 1] = bits >> 8;
}

/** Where the fifth bits and the low four (or all eight) start. */
function places({ offset, codeBits }: BlockType): { readonly fifth: number; readonly codes: number } {
  const fifth = offset === 'm' ? 4 : 2;
  return { fifth, codes: codeBits === 5 ? fifth + 4 : fifth };
}

export function unpackPlain(type: BlockType, bytes: Uint8Array, at: number, fields: BlockFields): void {
  const { fifth, codes } = places(type);
  fields.d = halfAt(bytes, at);
  fields.min = type.offset === 'm' ? halfAt(bytes, at + 2) : 0;
  if (type.codeBits === 8) {
    fields.codes.set(bytes.subarray(at + codes, at + codes + type.elements));
    return;
  }
  for (let e = 0; e < HALF; e++) {
    const byte = bytes[at + codes + e]!;
    fields.codes[e] = byte & 15;
    fields.codes[e + HALF] = byte >> 4;
  }
  if (type.codeBits === 5) {
    for (let e = 0; e < type.elements; e++) fields.codes[e]! |= ((bytes[at + fifth + (e >> 3)]! >> (e & 7)) & 1) << 4;
  }
}

export function packPlain(type: BlockType, fields: BlockFields, bytes: Uint8Array, at: number): void {
  const { fifth, codes: start } = places(type);
  const { codes } = fields;
  putHalf(bytes, at, fields.d);
  if (type.offset === 'm') putHalf(bytes, at + 2, fields.min);
  if (type.codeBits === 8) {
    bytes.set(codes.subarray(0, type.elements), at + start);
    return;
  }
  for (let e = 0; e < HALF; e++) bytes[at + start + e] = (codes[e]! & 15) | ((codes[e + HALF]! & 15) << 4);
  if (type.codeBits === 5) {
    for (let e = 0; e < type.elements; e++) bytes[at + fifth + (e >> 3)]! |= (codes[e]! >> 4) << (e & 7);
  }
}
