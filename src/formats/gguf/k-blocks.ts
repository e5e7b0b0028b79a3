/**
 * Bytes of the GGUF blocks of 256 with quantized scales of sub-blocks: Q2_K .. Q6_K.
 * Codes lie in planes: two bits of four elements 32 apart share a byte (Q2_K, Q3_K, the upper part of Q6_K), four bits of two elements 32 or 64
 * apart (Q4_K, Q5_K, Q6_K), one bit of eight elements 32 apart (Q3_K, Q5_K). Six-bit scales are split over 12 bytes.
 * Source: as block-types.ts; the offsets are those of its table of facts.
 */
import type { BlockFields, BlockType } from './block-types.js';
import { halfAt, putHalf } from './plain-blocks.js';

const ELEMENTS = 256;

/** Byte and shift of a two-bit code. */
const twoBitByte = (e: number): number => 32 * (e >> 7) + (e & 31);
const twoBitShift = (e: number): number => 2 * ((e >> 5) & 3);
/** Byte and shift of a four-bit code of Q4_K and Q5_K. */
const fourBitByte = (e: number): number => 32 * (e >> 6) + (e & 31);
const fourBitShift = (e: number): number => 4 * ((e >> 5) & 1);
/** Byte and shift of the lower four bits of Q6_K. */
const sixBitByte = (e: number): number => 64 * (e >> 7) + (e & 63);
const sixBitShift = (e: number): number => 4 * ((e >> 6) & 1);

/** How one k type lies in its bytes. */
export interface KLayout {
  unpack(bytes: Uint8Array, at: number, fields: BlockFields): void;
  pack(fields: BlockFields, bytes: Uint8Array, at: number): void;
}

const q2_k: KLayout = {
  unpack(bytes, at, fields) {
    for (let b = 0; b < 16; b++) {
      fields.scales[b] = bytes[at + b]! & 15;
      fields.mins[b] = bytes[at + b]! >> 4;
    }
    for (let e = 0; e < ELEMENTS; e++) fields.codes[e] = (bytes[at + 16 + twoBitByte(e)]! >> twoBitShift(e)) & 3;
    fields.d = halfAt(bytes, at + 80);
    fields.min = halfAt(bytes, at + 82);
  },
  pack({ d, min, scales, mins, codes }, bytes, at) {
    for (let b = 0; b < 16; b++) bytes[at + b] = scales[b]! | (mins[b]! << 4);
    for (let e = 0; e < ELEMENTS; e++) bytes[at + 16 + twoBitByte(e)]! |= codes[e]! << twoBitShift(e);
    putHalf(bytes, at + 80, d);
    putHalf(bytes, at + 82, min);
  },
};

const q3_k: KLayout = {
  unpack(bytes, at, fields) {
    for (let b = 0; b < 16; b++) {
      const low = b < 8 ? bytes[at + 96 + b]! & 15 : bytes[at + 88 + b]! >> 4;
      const high = (bytes[at + 104 + (b & 3)]! >> (2 * (b >> 2))) & 3;
      fields.scales[b] = (low | (high << 4)) - 32;
    }
    for (let e = 0; e < ELEMENTS; e++) {
      const low = (bytes[at + 32 + twoBitByte(e)]! >> twoBitShift(e)) & 3;
      const high = (bytes[at + (e & 31)]! >> (e >> 5)) & 1;
      fields.codes[e] = low | (high << 2);
    }
    fields.d = halfAt(bytes, at + 108);
  },
  pack({ d, scales, codes }, bytes, at) {
    for (let b = 0; b < 16; b++) {
      const code = scales[b]! + 32;
      if (b < 8) bytes[at + 96 + b]! |= code & 15;
      else bytes[at + 88 + b]! |= (code & 15) << 4;
      bytes[at + 104 + (b & 3)]! |= (code >> 4) << (2 * (b >> 2));
    }
    for (let e = 0; e < ELEMENTS; e++) {
      bytes[at + 32 + twoBitByte(e)]! |= (codes[e]! & 3) << twoBitShift(e);
      bytes[at + (e & 31)]! |= (codes[e]! >> 2) << (e >> 5);
    }
    putHalf(bytes, at + 108, d);
  },
};

/** Eight six-bit scales and mins in 12 bytes: the first four of each whole, the upper two bits of the others above them. */
function unpackSixBitPairs(bytes: Uint8Array, at: number, { scales, mins }: BlockFields): void {
  for (let j = 0; j < 4; j++) {
    const [first, second, third] = [bytes[at + j]!, bytes[at + j + 4]!, bytes[at + j + 8]!];
    scales[j] = first & 63;
    mins[j] = second & 63;
    scales[j + 4] = (third & 15) | ((first >> 6) << 4);
    mins[j + 4] = (third >> 4) | ((second >> 6) << 4);
  }
}

function packSixBitPairs({ scales, mins }: BlockFields, bytes: Uint8Array, at: number): void {
  for (let j = 0; j < 4; j++) {
    bytes[at + j] = scales[j]! | ((scales[j + 4]! >> 4) << 6);
    bytes[at + j + 4] = mins[j]! | ((mins[j + 4]! >> 4) << 6);
    bytes[at + j + 8] = (scales[j + 4]! & 15) | ((mins[j + 4]! & 15) << 4);
  }
}

const q4_k: KLayout = {
  unpack(bytes, at, fields) {
    fields.d = halfAt(bytes, at);
    fields.min = halfAt(bytes, at + 2);
    unpackSixBitPairs(bytes, at + 4, fields);
    for (let e = 0; e < ELEMENTS; e++) fields.codes[e] = (bytes[at + 16 + fourBitByte(e)]! >> fourBitShift(e)) & 15;
  },
  pack(fields, bytes, at) {
    putHalf(bytes, at, fields.d);
    putHalf(bytes, at + 2, fields.min);
    packSixBitPairs(fields, bytes, at + 4);
    for (let e = 0; e < ELEMENTS; e++) bytes[at + 16 + fourBitByte(e)]! |= fields.codes[e]! << fourBitShift(e);
  },
};

const q5_k: KLayout = {
  unpack(bytes, at, fields) {
    fields.d = halfAt(bytes, at);
    fields.min = halfAt(bytes, at + 2);
    unpackSixBitPairs(bytes, at + 4, fields);
    for (let e = 0; e < ELEMENTS; e++) {
      const low = (bytes[at + 48 + fourBitByte(e)]! >> fourBitShift(e)) & 15;
      fields.codes[e] = low | (((bytes[at + 16 + (e & 31)]! >> (e >> 5)) & 1) << 4);
    }
  },
  pack(fields, bytes, at) {
    putHalf(bytes, at, fields.d);
    putHalf(bytes, at + 2, fields.min);
    packSixBitPairs(fields, bytes, at + 4);
    for (let e = 0; e < ELEMENTS; e++) {
      bytes[at + 48 + fourBitByte(e)]! |= (fields.codes[e]! & 15) << fourBitShift(e);
      bytes[at + 16 + (e & 31)]! |= (fields.codes[e]! >> 4) << (e >> 5);
    }
  },
};

const q6_k: KLayout = {
  unpack(bytes, at, fields) {
    for (let e = 0; e < ELEMENTS; e++) {
      const low = (bytes[at + sixBitByte(e)]! >> sixBitShift(e)) & 15;
      fields.codes[e] = low | (((bytes[at + 128 + twoBitByte(e)]! >> twoBitShift(e)) & 3) << 4);
    }
    for (let b = 0; b < 16; b++) fields.scales[b] = bytes[at + 192 + b]!;
    fields.d = halfAt(bytes, at + 208);
  },
  pack({ d, scales, codes }, bytes, at) {
    for (let e = 0; e < ELEMENTS; e++) {
      bytes[at + sixBitByte(e)]! |= (codes[e]! & 15) << sixBitShift(e);
      bytes[at + 128 + twoBitByte(e)]! |= (codes[e]! >> 4) << twoBitShift(e);
    }
    for (let b = 0; b < 16; b++) bytes[at + 192 + b] = scales[b]!;
    putHalf(bytes, at + 208, d);
  },
};

/** Layouts of the k types; those of the blocks of 32 are in plain-blocks.ts. */
export const kLayouts: Readonly<Partial<Record<BlockType['name'], KLayout>>> = Object.freeze({ q2_k, q3_k, q4_k, q5_k, q6_k });
