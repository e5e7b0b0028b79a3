/**
 * Block types of GGUF files: what a block of 32 or 256 elements along K holds, and how a value follows from it.
 *   value = (d * scale[b]) * level[code] - dmin * min[b]      b = sub-block of the element; all products and the sum in float32
 * Types without sub-blocks have scale 1; Q4_1 and Q5_1 add their m: value = d * code + m. Bits are bytes * 8 / elements.
 * Source: the definitions of llama.cpp's ggml (facts of layout and rounding). Left out: IQ and TQ types, Q8_1 and Q8_K (made at run time).
 */

/** The types that hold blocks of integers, by the name of the quantizer's option. */
export const blockTypeNames = ['q4_0', 'q4_1', 'q5_0', 'q5_1', 'q8_0', 'q2_k', 'q3_k', 'q4_k', 'q5_k', 'q6_k'] as const;
export type BlockTypeName = (typeof blockTypeNames)[number];

/** One block type. */
export interface BlockType {
  readonly name: BlockTypeName;
  /** Type number in a file. */
  readonly id: number;
  /** Elements of a block. */
  readonly elements: number;
  /** Stored bytes of a block. */
  readonly bytes: number;
  readonly codeBits: number;
  /** Elements that share a scale; `elements` when the block has no sub-blocks. */
  readonly subBlock: number;
  /** Bits of a sub-block's scale, 0 without sub-blocks; `signed` when it can be negative. */
  readonly scale: { readonly bits: number; readonly signed: boolean };
  /** What is stored beside d: nothing, `m` that is added, `dmin` times the min of a sub-block, which is subtracted. */
  readonly offset: 'none' | 'm' | 'dmin';
  /** Integer a code stands for. */
  readonly levels: Float32Array;
}

/** Contents of one block; `d` and `min` (m or dmin) are values of half precision. */
export interface BlockFields {
  d: number;
  min: number;
  /** One per sub-block. */
  readonly scales: Int8Array;
  readonly mins: Uint8Array;
  readonly codes: Uint8Array;
}

/** Contents to be filled; large enough for every type. */
export function emptyFields(): BlockFields {
  return { d: 0, min: 0, scales: new Int8Array(16), mins: new Uint8Array(16), codes: new Uint8Array(256) };
}

const NO_SCALE = { bits: 0, signed: false } as const;

/** code - zero for every code of that many bits. */
function levelsFrom(bits: number, zero: number): Float32Array {
  return Float32Array.from({ length: 2 ** bits }, (_, code) => code - zero);
}

const INT8_LEVELS = Float32Array.from({ length: 256 }, (_, code) => (code << 24) >> 24);

/** Blocks of 32 with one scale. */
function plain(name: BlockTypeName, id: number, bytes: number, about: Pick<BlockType, 'codeBits' | 'offset' | 'levels'>): BlockType {
  return { name, id, elements: 32, bytes, subBlock: 32, scale: NO_SCALE, ...about };
}

type SuperBlock = Pick<BlockType, 'codeBits' | 'subBlock' | 'scale' | 'offset' | 'levels'>;

/** Blocks of 256 whose sub-blocks have quantized scales. */
function nested(name: BlockTypeName, id: number, bytes: number, about: SuperBlock): BlockType {
  return { name, id, elements: 256, bytes, ...about };
}

const unsigned = (bits: number) => ({ bits, signed: false });
const signed = (bits: number) => ({ bits, signed: true });

/** Every block type by its name. */
export const blockTypes: Readonly<Record<BlockTypeName, BlockType>> = Object.freeze({
  q4_0: plain('q4_0', 2, 18, { codeBits: 4, offset: 'none', levels: levelsFrom(4, 8) }),
  q4_1: plain('q4_1', 3, 20, { codeBits: 4, offset: 'm', levels: levelsFrom(4, 0) }),
  q5_0: plain('q5_0', 6, 22, { codeBits: 5, offset: 'none', levels: levelsFrom(5, 16) }),
  q5_1: plain('q5_1', 7, 24, { codeBits: 5, offset: 'm', levels: levelsFrom(5, 0) }),
  q8_0: plain('q8_0', 8, 34, { codeBits: 8, offset: 'none', levels: INT8_LEVELS }),
  q2_k: nested('q2_k', 10, 84, { codeBits: 2, subBlock: 16, scale: unsigned(4), offset: 'dmin', levels: levelsFrom(2, 0) }),
  q3_k: nested('q3_k', 11, 110, { codeBits: 3, subBlock: 16, scale: signed(6), offset: 'none', levels: levelsFrom(3, 4) }),
  q4_k: nested('q4_k', 12, 144, { codeBits: 4, subBlock: 32, scale: unsigned(6), offset: 'dmin', levels: levelsFrom(4, 0) }),
  q5_k: nested('q5_k', 13, 176, { codeBits: 5, subBlock: 32, scale: unsigned(6), offset: 'dmin', levels: levelsFrom(5, 0) }),
  q6_k: nested('q6_k', 14, 210, { codeBits: 6, subBlock: 16, scale: signed(8), offset: 'none', levels: levelsFrom(6, 32) }),
});

/** Stored bits of a block that are not code words. */
export function sideBits({ bytes, elements, codeBits }: BlockType): number {
  return bytes * 8 - elements * codeBits;
}

/** What a code of a sub-block is multiplied by, and what is then subtracted; in float32. */
export function stepOf({ scale }: BlockType, { d, scales }: Pick<BlockFields, 'd' | 'scales'>, sub: number): number {
  return scale.bits === 0 ? d : Math.fround(d * scales[sub]!);
}

/** What is subtracted from the values of a sub-block; in float32. */
export function offsetOf({ offset }: BlockType, { min, mins }: Pick<BlockFields, 'min' | 'mins'>, sub: number): number {
  if (offset === 'none') return 0;
  return offset === 'm' ? -min : Math.fround(min * mins[sub]!);
}

/** Values of a block, written to out[at ..]. */
export function blockValues(type: BlockType, fields: BlockFields, out: Float32Array, at: number): void {
  const { elements, subBlock, levels } = type;
  const { codes } = fields;
  for (let start = 0, sub = 0; start < elements; start += subBlock, sub++) {
    const step = stepOf(type, fields, sub);
    const offset = offsetOf(type, fields, sub);
    for (let e = start; e < start + subBlock; e++) out[at + e] = Math.fround(step * levels[codes[e]!]!) - offset;
  }
}
