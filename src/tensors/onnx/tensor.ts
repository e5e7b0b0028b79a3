/**
 * One stored tensor of an ONNX file. Source: onnx.proto (TensorProto): values lie in raw_data (little endian), or in the typed field of their
 * type (float_data, int32_data, int64_data, double_data, uint64_data), or in a file of their own (external_data: not read, shapes only).
 */
import type { onnx } from 'onnx-proto';
import { LowbitError } from '../../lowbit-error.js';
import { elementCount } from '../safetensors/header.js';
import { decoderOf, storedElements, type StoredType } from '../stored-element.js';

/** TensorProto.DataType; the codes above 16 are newer than the bundled protobuf description. */
const typeOfCode: Readonly<Record<number, StoredType | 'STRING'>> = {
  1: 'F32',
  2: 'U8',
  3: 'I8',
  4: 'U16',
  5: 'I16',
  6: 'I32',
  7: 'I64',
  8: 'STRING',
  9: 'BOOL',
  10: 'F16',
  11: 'F64',
  12: 'U32',
  13: 'U64',
  14: 'C64',
  15: 'C128',
  16: 'BF16',
  17: 'F8_E4M3',
  18: 'F8_E4M3FNUZ',
  19: 'F8_E5M2',
  20: 'F8_E5M2FNUZ',
  21: 'U4',
  22: 'I4',
  23: 'F4',
  24: 'F8_E8M0',
};

/** TensorProto.DataLocation. */
const EXTERNAL = 1;

export type OnnxType = StoredType | 'STRING';

/** A stored tensor of a model; its values are read when asked for. */
export interface OnnxTensor {
  readonly name: string;
  readonly dtype: OnnxType;
  readonly shape: readonly number[];
  /** File the values lie in when they are not in the model file itself. */
  readonly externalFile?: string;
  /** float32 values in stored order; LowbitError when the type has none, the data are elsewhere, or their number contradicts the shape. */
  readFloats(): Float32Array;
  /** Values of any number type; the same errors. 64-bit integers beyond 2^53 lose their low bits. */
  readNumbers(): number[];
}

/** A whole number of a protobuf message: 64-bit fields arrive as Long objects. */
export function wholeNumber(value: unknown): number {
  return isLong(value) ? value.toNumber() : Number(value ?? 0);
}

function isLong(value: unknown): value is { toNumber(): number } {
  return typeof value === 'object' && value !== null && 'toNumber' in value;
}

/** The type of an ONNX type code; LowbitError when it is no type of the standard. */
export function onnxTypeOf(code: number, place: string): OnnxType {
  const dtype = typeOfCode[code];
  if (dtype === undefined) throw new LowbitError('unknown ONNX element type', { value: code, place, allowed: Object.keys(typeOfCode) });
  return dtype;
}

/** Checks type, dimensions and amount of data of a message; the values are decoded when they are asked for. */
export function onnxTensor(proto: onnx.ITensorProto, name: string, file: string): OnnxTensor {
  const place = `${file}, tensor ${name}`;
  const dtype = onnxTypeOf(proto.dataType ?? 0, place);
  const shape = (proto.dims ?? []).map((dimension) => checkDimension(wholeNumber(dimension), place));
  const elements = elementCount(shape, place);
  const externalFile = Number(proto.dataLocation) === EXTERNAL ? externalLocation(proto) : undefined;
  if (externalFile === undefined) checkAmount(proto, dtype, shape, place);
  const guard = (): void => {
    if (externalFile === undefined) return;
    throw new LowbitError(`the values lie in another file (${externalFile}), which is not read`, {
      place,
      remedy:
        'save the model with its data inside (onnx.save_model with save_as_external_data=False) or convert the weights to safetensors',
    });
  };
  return {
    name,
    dtype,
    shape,
    ...(externalFile === undefined ? {} : { externalFile }),
    readFloats: () => (guard(), readFloats(proto, dtype, elements, place)),
    readNumbers: () => (guard(), readNumbers(proto, dtype, elements, place)),
  };
}

function checkDimension(dimension: number, place: string): number {
  if (Number.isSafeInteger(dimension) && dimension >= 0) return dimension;
  throw new LowbitError('a dimension must be a whole number from 0 to 2^53 - 1', {
    value: dimension,
    place,
    remedy: 'the file is damaged; fetch or export it again',
  });
}

function externalLocation(proto: onnx.ITensorProto): string {
  return (proto.externalData ?? []).find((entry) => entry.key === 'location')?.value ?? 'unnamed';
}

function typedField(proto: onnx.ITensorProto, dtype: OnnxType): readonly unknown[] {
  if (dtype === 'F32' || dtype === 'C64') return proto.floatData ?? [];
  if (dtype === 'F64' || dtype === 'C128') return proto.doubleData ?? [];
  if (dtype === 'I64') return proto.int64Data ?? [];
  if (dtype === 'U64' || dtype === 'U32') return proto.uint64Data ?? [];
  return dtype === 'STRING' ? (proto.stringData ?? []) : (proto.int32Data ?? []);
}

function hasRawData(proto: onnx.ITensorProto): boolean {
  return (proto.rawData?.length ?? 0) > 0;
}

function checkAmount(proto: onnx.ITensorProto, dtype: OnnxType, shape: readonly number[], place: string): void {
  const elements = elementCount(shape, place);
  const description = `${dtype} of shape [${shape.join(', ')}]`;
  const remedy = 'the file is damaged; fetch or export it again';
  if (hasRawData(proto)) {
    const bits = dtype === 'STRING' ? NaN : storedElements[dtype].bits;
    const needed = Math.ceil((elements * bits) / 8);
    if (proto.rawData?.length === needed) return;
    throw new LowbitError(`${description} needs ${needed} bytes, but ${proto.rawData?.length ?? 0} are stored`, { place, remedy });
  }
  // Complex numbers take two entries, and 4-bit types come two in an entry.
  const perElement = dtype === 'C64' || dtype === 'C128' ? 2 : dtype === 'I4' || dtype === 'U4' || dtype === 'F4' ? 0.5 : 1;
  const needed = Math.ceil(elements * perElement);
  const stored = typedField(proto, dtype).length;
  if (stored !== needed) throw new LowbitError(`${description} needs ${needed} stored values, but there are ${stored}`, { place, remedy });
}

function readFloats(proto: onnx.ITensorProto, dtype: OnnxType, elements: number, place: string): Float32Array {
  const decode = dtype === 'STRING' ? undefined : decoderOf(dtype);
  if (decode === undefined || dtype === 'STRING')
    throw new LowbitError(`${dtype} elements cannot be read as floating-point weights`, { place });
  const out = new Float32Array(elements);
  if (hasRawData(proto)) decode(proto.rawData ?? new Uint8Array(), out, 0, elements);
  else if (dtype === 'F32' || dtype === 'F64') out.set(typedField(proto, dtype).map(Number));
  else decode(bitPatterns(proto, storedElements[dtype].bits), out, 0, elements);
  return out;
}

/** Types below 32 bits lie in int32_data as their bit patterns: the same patterns as little-endian bytes. */
function bitPatterns(proto: onnx.ITensorProto, bits: number): Uint8Array {
  const words = (proto.int32Data ?? []).map(Number);
  const bytes = new Uint8Array(words.length * (bits === 16 ? 2 : 1));
  words.forEach((word, i) => {
    if (bits === 16) new DataView(bytes.buffer).setUint16(2 * i, word & 0xffff, true);
    else bytes[i] = word & 0xff;
  });
  return bytes;
}

type ReadRaw = (view: DataView, byte: number) => number;

const rawReaders: Readonly<Partial<Record<OnnxType, ReadRaw>>> = {
  I64: (view, byte) => Number(view.getBigInt64(byte, true)),
  U64: (view, byte) => Number(view.getBigUint64(byte, true)),
  I32: (view, byte) => view.getInt32(byte, true),
  U32: (view, byte) => view.getUint32(byte, true),
  I16: (view, byte) => view.getInt16(byte, true),
  U16: (view, byte) => view.getUint16(byte, true),
  I8: (view, byte) => view.getInt8(byte),
  U8: (view, byte) => view.getUint8(byte),
  BOOL: (view, byte) => view.getUint8(byte),
  F64: (view, byte) => view.getFloat64(byte, true),
};

function readNumbers(proto: onnx.ITensorProto, dtype: OnnxType, elements: number, place: string): number[] {
  const read = rawReaders[dtype];
  if (read === undefined || dtype === 'STRING') return Array.from(readFloats(proto, dtype, elements, place));
  if (!hasRawData(proto)) return typedField(proto, dtype).map(wholeNumber);
  const raw = proto.rawData ?? new Uint8Array();
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const bytes = storedElements[dtype].bits / 8;
  return Array.from({ length: elements }, (_, i) => read(view, i * bytes));
}
