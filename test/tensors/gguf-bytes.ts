/** GGUF files for tests: a header from plain records and data already in the bytes of its type. */
export interface GgufPair {
  readonly key: string;
  /** Type number: 4 u32, 6 f32, 7 bool, 8 string, 10 u64; an array holds one of them. */
  readonly type: number;
  readonly value: number | bigint | boolean | string | readonly (number | string)[];
}

export interface GgufTensor {
  readonly name: string;
  /** Contiguous dimension first, as in the file. */
  readonly dimensions: readonly number[];
  readonly type: number;
  readonly data: Uint8Array;
  /** Instead of where it lies. */
  readonly offset?: number;
}

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

function scalar(type: number, value: unknown): Buffer {
  if (type === 4) return u32(Number(value));
  if (type === 7) return Buffer.from([value === true ? 1 : 0]);
  if (type === 8) return text(String(value));
  if (type === 10) return u64(value as bigint);
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(Number(value));
  return bytes;
}

export const u32Pair = (key: string, value: number): GgufPair => ({ key, type: 4, value });
export const f32Pair = (key: string, value: number): GgufPair => ({ key, type: 6, value });
export const textPair = (key: string, value: string): GgufPair => ({ key, type: 8, value });

/** float32 values as bytes. */
export function f32Bytes(values: ArrayLike<number>): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

export interface GgufParts {
  readonly pairs?: readonly GgufPair[];
  readonly tensors?: readonly GgufTensor[];
  readonly magic?: string;
  readonly version?: number;
  readonly alignment?: number;
}

export function ggufFile({ pairs = [], tensors = [], magic = 'GGUF', version = 3, alignment = 32 }: GgufParts): Buffer {
  const padded = (length: number): number => Math.ceil(length / alignment) * alignment;
  const head: Buffer[] = [Buffer.from(magic), u32(version), u64(tensors.length), u64(pairs.length)];
  for (const { key, type, value } of pairs) {
    head.push(text(key));
    if (Array.isArray(value)) head.push(u32(9), u32(type), u64(value.length), ...value.map((entry) => scalar(type, entry)));
    else head.push(u32(type), scalar(type, value));
  }
  let offset = 0;
  for (const tensor of tensors) {
    head.push(
      text(tensor.name),
      u32(tensor.dimensions.length),
      ...tensor.dimensions.map(u64),
      u32(tensor.type),
      u64(tensor.offset ?? offset),
    );
    offset = padded(offset + tensor.data.length);
  }
  const header = Buffer.concat(head);
  const data = tensors.map(({ data: bytes }) => Buffer.concat([bytes, Buffer.alloc(padded(bytes.length) - bytes.length)]));
  return Buffer.concat([header, Buffer.alloc(padded(header.length) - header.length), ...data]);
}
