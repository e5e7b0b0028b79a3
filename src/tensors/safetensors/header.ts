/**
 * The header of a safetensors file: u64 length (little endian), JSON {name: {dtype, shape, data_offsets}}, then the data.
 * Source: safetensors format description and the checks of its reference reader: tensors cover the data without holes or overlaps,
 * in offsets relative to the end of the header; `__metadata__` maps strings to strings; the header ends in at most spaces.
 */
import { LowbitError, nearestNames } from '../../lowbit-error.js';
import { isJsonObject, parseJsonStrict } from './json-strict.js';
import { safetensorsTypes, storedElements, type StoredType } from '../stored-element.js';

/** The reference reader refuses longer headers. */
export const MAX_HEADER_BYTES = 100_000_000;
/** Bytes before the header: its own length. */
export const LENGTH_BYTES = 8;

/** One tensor of a file; `begin` and `end` are byte offsets into the file. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

interface FileExtent {
  readonly path: string;
  readonly header_bytes: number;
  readonly file_bytes: number;
}

const FETCH_AGAIN = 'the file is damaged or was written by a faulty tool; fetch or export it again';

/** Entries in the order of their data. Throws LowbitError for everything in which the header contradicts itself or the file. */
export function parseSafetensorsHeader(bytes: Uint8Array, path: string, file_bytes: number): SafetensorsEntry[] {
  const extent = { path, header_bytes: bytes.length, file_bytes };
  const place = `${path}, header at byte ${LENGTH_BYTES}`;
  const document = parseJsonStrict(decodeUtf8(bytes, place), place, LENGTH_BYTES);
  if (!isJsonObject(document)) throw new LowbitError('the safetensors header is not a JSON object', { place, remedy: FETCH_AGAIN });
  const entries: SafetensorsEntry[] = [];
  for (const [name, value] of Object.entries(document)) {
    if (name === '__metadata__') checkMetadata(value, place);
    else entries.push(parseEntry(name, value, extent));
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCoverage(entries, extent);
  return entries;
}

function decodeUtf8(bytes: Uint8Array, place: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new LowbitError('the safetensors header is not UTF-8 text', { place, remedy: FETCH_AGAIN });
  }
}

function checkMetadata(value: unknown, place: string): void {
  if (isJsonObject(value) && Object.values(value).every((entry) => typeof entry === 'string')) return;
  throw new LowbitError('__metadata__ of a safetensors header must map strings to strings', { place, remedy: FETCH_AGAIN });
}

function parseEntry(name: string, value: unknown, extent: FileExtent): SafetensorsEntry {
  const place = `${extent.path}, tensor ${name}`;
  if (!isJsonObject(value))
    throw new LowbitError('a safetensors entry must be an object with dtype, shape and data_offsets', { place, remedy: FETCH_AGAIN });
  const dtype = parseDtype(value['dtype'], place);
  const shape = parseCounts(value['shape'], 'shape', place);
  const offsets = parseCounts(value['data_offsets'], 'data_offsets', place);
  const [first, last] = offsets;
  if (first === undefined || last === undefined || offsets.length !== 2 || first > last) {
    throw new LowbitError('data_offsets must be a begin and an end that is not before it', {
      value: JSON.stringify(offsets),
      place,
      remedy: FETCH_AGAIN,
    });
  }
  const start = LENGTH_BYTES + extent.header_bytes;
  const entry = { name, dtype, shape, begin: start + first, end: start + last };
  checkSize(entry, extent);
  return entry;
}

function parseDtype(value: unknown, place: string): StoredType {
  const type = safetensorsTypes.find((known) => known === value);
  if (type !== undefined) return type;
  const near = typeof value === 'string' ? nearestNames(value, safetensorsTypes) : [];
  throw new LowbitError('unknown element type (dtype)', {
    value: JSON.stringify(value),
    place,
    allowed: safetensorsTypes,
    ...(near.length === 0 ? {} : { remedy: `did you mean ${near.join(' or ')}?` }),
  });
}

function parseCounts(value: unknown, key: string, place: string): number[] {
  const isCount = (entry: unknown): entry is number => Number.isSafeInteger(entry) && (entry as number) >= 0;
  if (Array.isArray(value) && value.every(isCount)) return value.map((entry) => entry + 0);
  throw new LowbitError(`${key} must be a list of whole numbers from 0 to 2^53 - 1`, {
    value: JSON.stringify(value),
    place,
    remedy: FETCH_AGAIN,
  });
}

function checkSize(entry: SafetensorsEntry, extent: FileExtent): void {
  const place = `${extent.path}, tensor ${entry.name}, bytes ${entry.begin} to ${entry.end}`;
  if (entry.end > extent.file_bytes) {
    throw new LowbitError(`the tensor ends beyond the file, which has ${extent.file_bytes} bytes`, {
      place,
      remedy: 'the file is truncated; fetch it again',
    });
  }
  const elements = elementCount(entry.shape, place);
  const { bits } = storedElements[entry.dtype];
  if (elements * bits === (entry.end - entry.begin) * 8) return;
  throw new LowbitError(
    `${entry.dtype} of shape [${entry.shape.join(', ')}] needs ${(elements * bits) / 8} bytes, but its offsets span ${entry.end - entry.begin}`,
    { place, remedy: FETCH_AGAIN },
  );
}

/** Product of the dimensions; throws LowbitError at `place` when it cannot be held exactly. */
export function elementCount(shape: readonly number[], place: string): number {
  // A zero anywhere makes the tensor empty, however large the other dimensions are.
  if (shape.includes(0)) return 0;
  const elements = shape.reduce((product, dimension) => product * dimension, 1);
  if (elements <= 2 ** 46) return elements;
  throw new LowbitError('the tensor has more elements than any file can hold', {
    value: `[${shape.join(', ')}]`,
    place,
    remedy: FETCH_AGAIN,
  });
}

function checkCoverage(entries: readonly SafetensorsEntry[], extent: FileExtent): void {
  let reached = LENGTH_BYTES + extent.header_bytes;
  for (const entry of entries) {
    const place = `${extent.path}, tensor ${entry.name}, bytes ${entry.begin} to ${entry.end}`;
    if (entry.begin < reached)
      throw new LowbitError(`the tensor overlaps the one before it, which ends at byte ${reached}`, { place, remedy: FETCH_AGAIN });
    if (entry.begin > reached)
      throw new LowbitError(`bytes ${reached} to ${entry.begin} before the tensor belong to no tensor`, { place, remedy: FETCH_AGAIN });
    reached = entry.end;
  }
  if (reached === extent.file_bytes) return;
  throw new LowbitError(`bytes ${reached} to ${extent.file_bytes} at the end of the file belong to no tensor`, {
    place: extent.path,
    remedy: FETCH_AGAIN,
  });
}
