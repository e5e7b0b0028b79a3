/**
 * The header of a GGUF file: magic, version, counts, pairs, then per tensor name, dimensions, type and offset; the data starts at the next
 * multiple of `general.alignment` (32). The first dimension of a tensor is the contiguous one (K); `shape` here has it last, as everywhere else.
 * Source: the GGUF specification (ggml), versions 2 and 3. Left out: version 1 (other widths of lengths), big-endian files, split models.
 */
import { LowbitError } from '../../lowbit-error.js';
import { byteCursor, type ByteCursor } from './byte-cursor.js';
import { elementTypes, type GgufElementType } from './element-types.js';
import { readMetadata, type GgufMetadata } from './metadata.js';

/** One tensor; `begin` and `end` are byte offsets into the file. */
export interface GgufEntry {
  readonly name: string;
  readonly type: GgufElementType;
  /** Slowest dimension first. */
  readonly shape: readonly number[];
  readonly elements: number;
  readonly begin: number;
  readonly end: number;
}

export interface GgufHeader {
  readonly metadata: GgufMetadata;
  /** In the order of the file. */
  readonly entries: readonly GgufEntry[];
}

const MAGIC = 'GGUF';
const VERSIONS: readonly number[] = [2, 3];
const DEFAULT_ALIGNMENT = 32;
const MAX_DIMENSIONS = 4;
/** Bytes of the shortest entry: length of the name, number of dimensions, one of them, type, offset. */
const ENTRY_BYTES = 8 + 4 + 8 + 4 + 8;
const FETCH_AGAIN = 'the file is damaged or was written by a faulty tool; fetch or convert it again';

interface HeaderBytes {
  readonly path: string;
  /** The first bytes of the file. */
  readonly bytes: Uint8Array;
  readonly file_bytes: number;
}

/** Throws HEADER_CONTINUES when the header goes on behind `bytes`, LowbitError for everything in which it contradicts itself or the file. */
export function parseGgufHeader(source: HeaderBytes): GgufHeader {
  const cursor = byteCursor(source);
  checkMagic(cursor);
  const tensors = cursor.count('the number of tensors');
  const pairs = cursor.count('the number of keys');
  const metadata = readMetadata(cursor, pairs);
  checkWhole(metadata, source.path);
  const alignment = alignmentOf(metadata, source.path);
  cursor.checkRoom(tensors, ENTRY_BYTES, 'so many tensors');
  const infos = new Map<string, TensorPlace>();
  for (let i = 0; i < tensors; i++) {
    const info = readTensorPlace(cursor, source.path);
    if (infos.has(info.name))
      throw new LowbitError('two tensors have one name', { value: info.name, place: source.path, remedy: FETCH_AGAIN });
    infos.set(info.name, info);
  }
  const dataStart = Math.ceil(cursor.at / alignment) * alignment;
  const entries = [...infos.values()].map((info) => placed(info, { ...source, dataStart, alignment }));
  checkOverlaps(entries, source.path);
  return { metadata, entries };
}

function checkMagic(cursor: ByteCursor): void {
  const magic = cursor.take(4);
  const text = String.fromCharCode(...new Uint8Array(magic.buffer, magic.byteOffset, 4));
  if (text !== MAGIC)
    throw new LowbitError('not a GGUF file: it does not start with GGUF', { value: JSON.stringify(text), place: cursor.place() });
  const place = cursor.place();
  const version = cursor.u32();
  if (VERSIONS.includes(version)) return;
  throw new LowbitError('this version of GGUF is not read', {
    value: VERSIONS.includes(version / 2 ** 24) ? 'a big-endian file' : version,
    place,
    allowed: VERSIONS,
    remedy: 'convert the model again with a current tool',
  });
}

/** A part of a split model has only some of the tensors. */
function checkWhole(metadata: GgufMetadata, path: string): void {
  const parts = metadata.get('split.count');
  if (typeof parts !== 'number' || parts <= 1) return;
  throw new LowbitError('the file is one part of a split model', {
    value: `${Number(metadata.get('split.no')) + 1} of ${parts}`,
    place: path,
    remedy: 'merge the parts into one file first (llama-gguf-split --merge)',
  });
}

function alignmentOf(metadata: GgufMetadata, path: string): number {
  const alignment = metadata.get('general.alignment') ?? DEFAULT_ALIGNMENT;
  if (typeof alignment === 'number' && Number.isInteger(alignment) && alignment >= 8 && alignment % 8 === 0) return alignment;
  throw new LowbitError('general.alignment must be a multiple of 8', { value: String(alignment), place: path, remedy: FETCH_AGAIN });
}

interface TensorPlace {
  readonly name: string;
  /** As in the file: contiguous dimension first. */
  readonly dimensions: readonly number[];
  readonly type: GgufElementType;
  /** From the start of the data. */
  readonly offset: number;
}

function readTensorPlace(cursor: ByteCursor, path: string): TensorPlace {
  const name = cursor.text('the name of a tensor');
  const place = `${path}, tensor ${name}, byte ${cursor.at}`;
  const rank = cursor.u32();
  if (rank < 1 || rank > MAX_DIMENSIONS)
    throw new LowbitError(`a tensor has 1 to ${MAX_DIMENSIONS} dimensions`, { value: rank, place, remedy: FETCH_AGAIN });
  const dimensions = Array.from({ length: rank }, () => cursor.count('a dimension'));
  const id = cursor.u32();
  const type = elementTypes.get(id);
  if (type === undefined) {
    throw new LowbitError('unknown or unsupported type of a tensor', {
      value: id,
      place,
      allowed: [...elementTypes].map(([known, { name: typeName }]) => `${known} (${typeName})`),
      remedy: 'convert the model to one of these types',
    });
  }
  return { name, dimensions, type, offset: cursor.count('an offset') };
}

interface Data extends HeaderBytes {
  readonly dataStart: number;
  readonly alignment: number;
}

function placed({ name, dimensions, type, offset }: TensorPlace, { path, file_bytes, dataStart, alignment }: Data): GgufEntry {
  const begin = dataStart + offset;
  const place = `${path}, tensor ${name}`;
  if (offset % alignment !== 0)
    throw new LowbitError(`the offset of the tensor is no multiple of ${alignment}`, { value: offset, place, remedy: FETCH_AGAIN });
  const elements = elementCount(dimensions, place);
  const [k = 0] = dimensions;
  if (k % type.elements !== 0) {
    throw new LowbitError(`rows of ${k} elements do not divide into ${type.name} blocks of ${type.elements}`, {
      place,
      remedy: FETCH_AGAIN,
    });
  }
  const end = begin + (elements / type.elements) * type.bytes;
  if (end > file_bytes) {
    throw new LowbitError(`the tensor (bytes ${begin} to ${end}) ends beyond the file, which has ${file_bytes} bytes`, {
      place,
      remedy: 'the file is truncated; fetch it again',
    });
  }
  return { name, type, shape: [...dimensions].reverse(), elements, begin, end };
}

function elementCount(dimensions: readonly number[], place: string): number {
  if (dimensions.includes(0)) return 0;
  const elements = dimensions.reduce((product, size) => product * size, 1);
  if (elements <= 2 ** 46) return elements;
  throw new LowbitError('the tensor has more elements than any file can hold', {
    value: `[${dimensions.join(', ')}]`,
    place,
    remedy: FETCH_AGAIN,
  });
}

function checkOverlaps(entries: readonly GgufEntry[], path: string): void {
  const sorted = entries.filter(({ elements }) => elements > 0).sort((a, b) => a.begin - b.begin);
  let before: GgufEntry | undefined;
  for (const entry of sorted) {
    if (before !== undefined && entry.begin < before.end) {
      throw new LowbitError(`the tensor overlaps ${before.name}, which ends at byte ${before.end}`, {
        place: `${path}, tensor ${entry.name}, bytes ${entry.begin} to ${entry.end}`,
        remedy: FETCH_AGAIN,
      });
    }
    before = entry;
  }
}
