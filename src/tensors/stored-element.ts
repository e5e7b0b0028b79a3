/**
 * Element types as files store them, and their values as float32.
 * Sources: safetensors format description (type names, little endian, C order); IEEE 754 binary16/32/64; bfloat16 = upper half of binary32;
 * OCP 8-bit Floating Point Specification (E4M3 without infinities, E5M2); OCP Microscaling Formats (E2M1, E8M0).
 * FNUZ variants: exponent bias one larger, code 0x80 is the only NaN, no infinities, no negative zero.
 * Left out: 6-bit types have a size but no values here, because no format says how four of them share three bytes.
 */
import { formatNamed } from '../formats/index.js';
import { minifloat } from '../formats/minifloat.js';
import { float16FromBits } from '../numeric/float16.js';
import { exp2Int } from '../numeric/rounding.js';

/** Decodes `count` elements of `bytes` (starting at its first byte) into `out` from index `at`. */
export type Decode = (bytes: Uint8Array, out: Float32Array, at: number, count: number) => void;

interface StoredElement {
  readonly bits: number;
  readonly family: 'float' | 'integer' | 'boolean' | 'complex';
  /** Absent when lowbit does not turn this type into float32. */
  readonly decode?: Decode;
}

export const storedElements = {
  F64: { bits: 64, family: 'float', decode: decodeF64 },
  F32: { bits: 32, family: 'float', decode: decodeF32 },
  F16: { bits: 16, family: 'float', decode: decodeF16 },
  BF16: { bits: 16, family: 'float', decode: decodeBF16 },
  F8_E4M3: { bits: 8, family: 'float', decode: decodeByTable(() => formatNamed('e4m3').values) },
  F8_E5M2: { bits: 8, family: 'float', decode: decodeByTable(() => formatNamed('e5m2').values) },
  F8_E4M3FNUZ: { bits: 8, family: 'float', decode: decodeByTable(() => fnuzTable(4, 3)) },
  F8_E5M2FNUZ: { bits: 8, family: 'float', decode: decodeByTable(() => fnuzTable(5, 2)) },
  F8_E8M0: { bits: 8, family: 'float', decode: decodeByTable(scaleTable) },
  F6_E2M3: { bits: 6, family: 'float' },
  F6_E3M2: { bits: 6, family: 'float' },
  F4: { bits: 4, family: 'float', decode: decodeF4 },
  C64: { bits: 64, family: 'complex' },
  C128: { bits: 128, family: 'complex' },
  I64: { bits: 64, family: 'integer' },
  I32: { bits: 32, family: 'integer' },
  I16: { bits: 16, family: 'integer' },
  I8: { bits: 8, family: 'integer' },
  I4: { bits: 4, family: 'integer' },
  U64: { bits: 64, family: 'integer' },
  U32: { bits: 32, family: 'integer' },
  U16: { bits: 16, family: 'integer' },
  U8: { bits: 8, family: 'integer' },
  U4: { bits: 4, family: 'integer' },
  BOOL: { bits: 8, family: 'boolean' },
} as const satisfies Record<string, StoredElement>;

/** Name of a stored element type, as in safetensors headers. */
export type StoredType = keyof typeof storedElements;

const onnxOnly: ReadonlySet<string> = new Set(['C128', 'I4', 'U4']);

/** The types a safetensors header may name. */
export const safetensorsTypes: readonly StoredType[] = (Object.keys(storedElements) as StoredType[]).filter((type) => !onnxOnly.has(type));

/** Why a type cannot be quantized; undefined when it can. */
export function whyNotFloat(type: StoredType): string | undefined {
  if (storedElements[type].family !== 'float') return `${type} is no floating-point type`;
  return decoderOf(type) !== undefined ? undefined : `no format defines how ${type} elements are packed`;
}

/** The decoder of a type with float32 values; undefined for integers, booleans, complex numbers and 6-bit types. */
export function decoderOf(type: StoredType): Decode | undefined {
  const element: StoredElement = storedElements[type];
  return element.decode;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Rounds to the nearest float32; values beyond its range become infinite. */
function decodeF64(bytes: Uint8Array, out: Float32Array, at: number, count: number): void {
  const view = viewOf(bytes);
  for (let i = 0; i < count; i++) out[at + i] = view.getFloat64(8 * i, true);
}

/** Byte order of this machine; files are little endian. */
export const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The bytes are the values: copied as they are, so that NaN payloads stay, unless the machine orders them the other way. */
function decodeF32(bytes: Uint8Array, out: Float32Array, at: number, count: number): void {
  const target = Buffer.from(out.buffer, out.byteOffset + 4 * at, 4 * count);
  target.set(bytes.subarray(0, 4 * count));
  if (!hostIsLittleEndian) target.swap32();
}

function decodeBF16(bytes: Uint8Array, out: Float32Array, at: number, count: number): void {
  const view = viewOf(bytes);
  const words = new Uint32Array(out.buffer, out.byteOffset + 4 * at, count);
  for (let i = 0; i < count; i++) words[i] = view.getUint16(2 * i, true) << 16;
}

let halfTable: Float32Array | undefined;

function decodeF16(bytes: Uint8Array, out: Float32Array, at: number, count: number): void {
  halfTable ??= Float32Array.from({ length: 2 ** 16 }, (_, code) => float16FromBits(code));
  const view = viewOf(bytes);
  for (let i = 0; i < count; i++) out[at + i] = halfTable[view.getUint16(2 * i, true)] ?? NaN;
}

/** Values of an FNUZ type; the code of the negative zero is the NaN. */
function fnuzTable(exponentBits: number, mantissaBits: number): Float64Array {
  const table = Float64Array.from(minifloat(exponentBits, mantissaBits, { bias: 2 ** (exponentBits - 1) }).values);
  table[0x80] = NaN;
  return table;
}

function scaleTable(): Float64Array {
  return Float64Array.from({ length: 256 }, (_, code) => (code === 255 ? NaN : exp2Int(code - 127)));
}

function decodeByTable(make: () => Float64Array): Decode {
  let table: Float64Array | undefined;
  return (bytes, out, at, count) => {
    table ??= make();
    for (let i = 0; i < count; i++) out[at + i] = table[bytes[i] ?? 0] ?? NaN;
  };
}

/** Two E2M1 values in a byte, the first in the low half (the packing of PyTorch's float4_e2m1fn_x2). */
function decodeF4(bytes: Uint8Array, out: Float32Array, at: number, count: number): void {
  const table = formatNamed('e2m1').values;
  for (let i = 0; i < count; i++) {
    const byte = bytes[i >> 1] ?? 0;
    out[at + i] = table[i & 1 ? byte >> 4 : byte & 15] ?? NaN;
  }
}
