/**
 * The key-value pairs at the front of a GGUF file: names of keys, and values of 13 types. Integers of 64 bits beyond 2^53 are bigints.
 * Source: the GGUF specification (ggml). Left out: nothing; arrays may nest a few levels deep.
 */
import { LowbitError } from '../../lowbit-error.js';
import type { ByteCursor } from './byte-cursor.js';

export type GgufValue = number | bigint | boolean | string | GgufArray;
/** Numbers as they are stored, or anything else. */
export type GgufArray = readonly GgufValue[] | Float64Array;
export type GgufMetadata = ReadonlyMap<string, GgufValue>;

interface ScalarType {
  readonly name: string;
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number | bigint | boolean;
}

const scalar = (name: string, bytes: number, read: ScalarType['read']): ScalarType => ({ name, bytes, read });
const narrowed = (value: bigint): number | bigint => (BigInt.asIntN(54, value) === value ? Number(value) : value);

const scalars: Readonly<Partial<Record<number, ScalarType>>> = {
  0: scalar('u8', 1, (view, at) => view.getUint8(at)),
  1: scalar('i8', 1, (view, at) => view.getInt8(at)),
  2: scalar('u16', 2, (view, at) => view.getUint16(at, true)),
  3: scalar('i16', 2, (view, at) => view.getInt16(at, true)),
  4: scalar('u32', 4, (view, at) => view.getUint32(at, true)),
  5: scalar('i32', 4, (view, at) => view.getInt32(at, true)),
  6: scalar('f32', 4, (view, at) => view.getFloat32(at, true)),
  7: scalar('bool', 1, (view, at) => view.getUint8(at) !== 0),
  10: scalar('u64', 8, (view, at) => narrowed(view.getBigUint64(at, true))),
  11: scalar('i64', 8, (view, at) => narrowed(view.getBigInt64(at, true))),
  12: scalar('f64', 8, (view, at) => view.getFloat64(at, true)),
};
const STRING = 8;
const ARRAY = 9;
/** Bytes of the shortest string (its length) and the shortest array (type and length). */
const STRING_BYTES = 8;
const ARRAY_BYTES = 12;
const DEEPEST = 4;
const TYPES = 12;

/** Bytes of the shortest pair: length of the key, type, one byte of value. */
const PAIR_BYTES = 13;

/** Reads `pairs` pairs. Throws LowbitError for unknown types, a key that stands twice, and counts that the file cannot hold. */
export function readMetadata(cursor: ByteCursor, pairs: number): GgufMetadata {
  cursor.checkRoom(pairs, PAIR_BYTES, 'so many keys');
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < pairs; i++) {
    const place = cursor.place();
    const key = cursor.text('a key');
    if (metadata.has(key)) throw new LowbitError('duplicate key', { value: key, place, remedy: 'the file is damaged or of a faulty tool' });
    metadata.set(key, readValue(cursor, cursor.u32(), { key, depth: 0 }));
  }
  return metadata;
}

interface Where {
  readonly key: string;
  readonly depth: number;
}

function readValue(cursor: ByteCursor, type: number, where: Where): GgufValue {
  if (type === STRING) return cursor.text(`the value of ${where.key}`);
  if (type === ARRAY) return readArray(cursor, where);
  const known = scalars[type];
  if (known === undefined) throw unknownType(cursor, type, where);
  return known.read(cursor.take(known.bytes), 0);
}

function readArray(cursor: ByteCursor, { key, depth }: Where): GgufArray {
  if (depth >= DEEPEST) throw new LowbitError(`arrays nest deeper than ${DEEPEST} levels`, { value: key, place: cursor.place() });
  const type = cursor.u32();
  const length = cursor.count(`the length of ${key}`);
  const known = scalars[type];
  if (known !== undefined) {
    cursor.checkRoom(length, known.bytes, `an array ${key} of so many ${known.name}`);
    return readScalars(cursor.take(length * known.bytes), known, length);
  }
  if (type !== STRING && type !== ARRAY) throw unknownType(cursor, type, { key, depth });
  cursor.checkRoom(length, type === STRING ? STRING_BYTES : ARRAY_BYTES, `an array ${key} of so many values`);
  const values: GgufValue[] = [];
  for (let i = 0; i < length; i++) values.push(readValue(cursor, type, { key, depth: depth + 1 }));
  return values;
}

function readScalars(view: DataView, { bytes, read }: ScalarType, length: number): GgufArray {
  const values = Array.from({ length }, (_, i) => read(view, i * bytes));
  return values.every((value) => typeof value === 'number') ? Float64Array.from(values) : values;
}

function unknownType(cursor: ByteCursor, type: number, { key }: Where): LowbitError {
  return new LowbitError('unknown type of a value', {
    value: `${type} of key ${key}`,
    place: cursor.place(),
    allowed: [`0 to ${TYPES}`],
    remedy: 'the file is damaged or newer than this reader',
  });
}
