/**
 * Types of the tensors of a GGUF file: plain numbers, and blocks of 32 or 256 elements (formats/gguf). MXFP4: E8M0 scale byte, then 16 bytes of
 * E2M1 codes, low halves first (elements 0..15), then high halves (16..31); scale byte 255 makes the block NaN.
 * Source: the GGUF specification and ggml's type numbers. Left out: IQ and TQ types, Q8_1 and Q8_K.
 */
import { decodeBlocks } from '../../formats/gguf/block-bytes.js';
import { blockTypes, type BlockType } from '../../formats/gguf/block-types.js';
import { formatNamed } from '../../formats/index.js';
import { exp2Int } from '../../numeric/rounding.js';
import { decoderOf, type Decode, type StoredType } from '../stored-element.js';

/** One type. */
export interface GgufElementType {
  /** As the tools of the format write it: F16, Q4_K. */
  readonly name: string;
  /** Elements of a block along the first dimension; 1 for plain numbers. */
  readonly elements: number;
  /** Bytes of a block. */
  readonly bytes: number;
  /** float32 values of whole blocks; absent for integers. */
  readonly decode?: Decode;
}

const plain = (name: StoredType, bytes: number): GgufElementType => {
  const decode = name.startsWith('I') ? undefined : decoderOf(name);
  return { name, elements: 1, bytes, ...(decode === undefined ? {} : { decode }) };
};

const blocks = (type: BlockType): GgufElementType => ({
  name: type.name.toUpperCase(),
  elements: type.elements,
  bytes: type.bytes,
  decode: (bytes, out, at, count) => decodeBlocks(type, bytes, out, { at, count }),
});

const MXFP4_BYTES = 17;
const MXFP4_ELEMENTS = 32;

function decodeMxfp4(bytes: Uint8Array, out: Float32Array, at: number, count: number): void {
  const levels = formatNamed('e2m1').values;
  for (let block = 0; block < count / MXFP4_ELEMENTS; block++) {
    const start = block * MXFP4_BYTES;
    const scale = bytes[start] === 255 ? NaN : exp2Int((bytes[start] ?? 0) - 127);
    const to = at + block * MXFP4_ELEMENTS;
    for (let i = 0; i < MXFP4_ELEMENTS / 2; i++) {
      const byte = bytes[start + 1 + i] ?? 0;
      out[to + i] = scale * (levels[byte & 15] ?? NaN);
      out[to + i + MXFP4_ELEMENTS / 2] = scale * (levels[byte >> 4] ?? NaN);
    }
  }
}

/** The types by the number a file gives them. */
export const elementTypes: ReadonlyMap<number, GgufElementType> = new Map<number, GgufElementType>([
  [0, plain('F32', 4)],
  [1, plain('F16', 2)],
  ...Object.values(blockTypes).map((type): [number, GgufElementType] => [type.id, blocks(type)]),
  [24, plain('I8', 1)],
  [25, plain('I16', 2)],
  [26, plain('I32', 4)],
  [27, plain('I64', 8)],
  [28, plain('F64', 8)],
  [30, plain('BF16', 2)],
  [39, { name: 'MXFP4', elements: MXFP4_ELEMENTS, bytes: MXFP4_BYTES, decode: decodeMxfp4 }],
]);
