/**
 * Quantization to the block types of GGUF files, to the byte as the reference encoders write them: Q4_0 .. Q8_0 in blocks of 32, the k types
 * Q2_K .. Q6_K in blocks of 256 along K. Formulas: gguf-plain.ts and gguf-nested.ts; layout and values: formats/gguf.
 * Bits: bytes of a block * 8 / elements, e.g. Q4_K 4.5 and Q2_K 2.625; d, m and scales of sub-blocks are the part per group.
 * K must be a multiple of the block. Left out: importance matrices, IQ types, presets that choose a type per tensor (schemes, not formats).
 * Where a stored step is zero, or so small beside the min that float32 reads codes as one value, `encode` returns the stored code among equals.
 */
import { z } from 'zod';
import { packBlock } from '../formats/gguf/block-bytes.js';
import {
  blockTypeNames,
  blockTypes,
  blockValues,
  emptyFields,
  offsetOf,
  sideBits,
  stepOf,
  type BlockFields,
  type BlockType,
  type BlockTypeName,
} from '../formats/gguf/block-types.js';
import { LowbitError } from '../lowbit-error.js';
import { roundHalfEven, roundToFloat16 } from '../numeric/rounding.js';
import { blockRefusal } from './fixed-blocks.js';
import { nestedEncoder } from './gguf-nested.js';
import { encodePlain } from './gguf-plain.js';
import { NO_BITS, type QuantizedTensor, type Quantizer } from './quantizer.js';

const options = z.strictObject({
  type: z.enum(blockTypeNames).default('q4_0').describe('block type of the file'),
});
export type GgufOptions = z.infer<typeof options>;

export const gguf: Quantizer<GgufOptions> = {
  name: 'gguf',
  description: 'block types of GGUF files to the byte: Q4_0 .. Q8_0, k types Q2_K .. Q6_K',
  source: 'llama.cpp (ggml), reference encoders without importance matrix',
  modelVersion: 1,
  options,
  formatName: ({ type }) => type,
  refusal: ({ cols }, { type }) => blockRefusal(cols, blockTypes[type].elements, type),
  storedBits: (_shape, { type }) => ({
    ...NO_BITS,
    payload: blockTypes[type].codeBits,
    group: sideBits(blockTypes[type]) / blockTypes[type].elements,
  }),
  quantize(tensor, { type: name }) {
    const type = blockTypes[name];
    const stored = emptyTensor(type, tensor.data.length);
    const encode = type.scale.bits === 0 ? encodePlain.bind(undefined, type) : nestedEncoder(type);
    const fields = emptyFields();
    for (let block = 0; block < stored.d.length; block++) {
      const start = block * type.elements;
      encode(tensor.data.subarray(start, start + type.elements), fields);
      fields.d = half(fields.d, type);
      fields.min = half(fields.min, type);
      putFields(type, stored, block, fields);
    }
    return {
      quantizer: gguf.name,
      format: name,
      rows: tensor.rows,
      cols: tensor.cols,
      codes: stored.codes,
      codeBits: type.codeBits,
      group: type.subBlock,
      side: sideOf(type, stored),
      bits: gguf.storedBits(tensor, { type: name }),
      choices: { type: name },
    };
  },
  dequantize(quantized) {
    const type = typeOf(quantized);
    const values = new Float32Array(quantized.codes.length);
    eachBlock(quantized, (fields, block) => blockValues(type, fields, values, block * type.elements));
    return values;
  },
  encode(values, quantized) {
    const type = typeOf(quantized);
    const codes = new Uint8Array(values.length);
    eachBlock(quantized, (fields, block) => {
      for (let e = 0; e < type.elements; e++) {
        const at = block * type.elements + e;
        codes[at] = nearestCode(type, fields, e, values[at]!);
      }
    });
    return codes;
  },
};

/** The blocks as they stand in a file, row after row. */
export function ggufBytes(quantized: QuantizedTensor): Uint8Array {
  const type = typeOf(quantized);
  const bytes = new Uint8Array((quantized.codes.length / type.elements) * type.bytes);
  eachBlock(quantized, (fields, block) => packBlock(type, fields, bytes, block * type.bytes));
  return bytes;
}

function typeOf({ choices }: QuantizedTensor): BlockType {
  return blockTypes[choices['type'] as BlockTypeName];
}

/** Contents of all blocks of a tensor. */
interface StoredBlocks {
  readonly codes: Uint8Array;
  readonly d: Float32Array;
  readonly min: Float32Array;
  readonly scales: Int8Array;
  readonly mins: Uint8Array;
}

function emptyTensor({ elements, subBlock }: BlockType, length: number): StoredBlocks {
  const [blocks, subs] = [length / elements, length / subBlock];
  return {
    codes: new Uint8Array(length),
    d: new Float32Array(blocks),
    min: new Float32Array(blocks),
    scales: new Int8Array(subs),
    mins: new Uint8Array(subs),
  };
}

/** What the type stores of it. */
function sideOf({ scale, offset }: BlockType, { d, min, scales, mins }: StoredBlocks): QuantizedTensor['side'] {
  return {
    d,
    ...(offset === 'none' ? {} : { [offset]: min }),
    ...(scale.bits === 0 ? {} : { scales }),
    ...(offset === 'dmin' ? { mins } : {}),
  };
}

function putFields({ elements, subBlock }: BlockType, stored: StoredBlocks, block: number, fields: BlockFields): void {
  const subs = elements / subBlock;
  stored.codes.set(fields.codes.subarray(0, elements), block * elements);
  stored.d[block] = fields.d;
  stored.min[block] = fields.min;
  stored.scales.set(fields.scales.subarray(0, subs), block * subs);
  stored.mins.set(fields.mins.subarray(0, subs), block * subs);
}

/** Calls `visit` with the contents of every block; the record is the same one each time. */
function eachBlock(quantized: QuantizedTensor, visit: (fields: BlockFields, block: number) => void): void {
  const { elements, subBlock, offset } = typeOf(quantized);
  const { codes, side } = quantized;
  const [d, min] = [side['d'] as Float32Array, side[offset] as Float32Array | undefined];
  const [scales, mins] = [side['scales'] as Int8Array | undefined, side['mins'] as Uint8Array | undefined];
  const fields = emptyFields();
  const subs = elements / subBlock;
  for (let block = 0; block < d.length; block++) {
    fields.d = d[block]!;
    fields.min = min?.[block] ?? 0;
    fields.codes.set(codes.subarray(block * elements, (block + 1) * elements));
    if (scales !== undefined) fields.scales.set(scales.subarray(block * subs, (block + 1) * subs));
    if (mins !== undefined) fields.mins.set(mins.subarray(block * subs, (block + 1) * subs));
    visit(fields, block);
  }
}

function half(value: number, { name }: BlockType): number {
  const stored = roundToFloat16(value);
  if (Number.isFinite(stored)) return stored;
  throw new LowbitError('scale does not fit FP16', {
    value,
    place: name,
    remedy: 'the largest FP16 number is 65504; divide the tensor by a power of two',
  });
}

/** The code of element e whose value is nearest; the stored one when no other is nearer. */
function nearestCode(type: BlockType, fields: BlockFields, e: number, value: number): number {
  const { codeBits, subBlock, levels } = type;
  const sub = Math.floor(e / subBlock);
  const [step, offset] = [stepOf(type, fields, sub), offsetOf(type, fields, sub)];
  const stored = fields.codes[e]!;
  if (step === 0) return stored;
  const integer = roundHalfEven((value + offset) / step);
  const code =
    codeBits === 8 ? Math.min(127, Math.max(-128, integer)) & 255 : Math.max(0, Math.min(2 ** codeBits - 1, integer - levels[0]!));
  const distance = (candidate: number): number => Math.abs(Math.fround(Math.fround(step * levels[candidate]!) - offset) - value);
  return distance(stored) <= distance(code) ? stored : code;
}
