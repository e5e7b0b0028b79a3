/**
 * Reader of one safetensors file: the header at opening, then one tensor at a time by file descriptor; the file is never in memory as a whole.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { LowbitError } from '../../lowbit-error.js';
import { fileError } from '../file-error.js';
import { readFully } from '../read-fully.js';
import { elementCount, LENGTH_BYTES, MAX_HEADER_BYTES, parseSafetensorsHeader, type SafetensorsEntry } from './header.js';
import { decoderOf, storedElements } from '../stored-element.js';

/** Read and decoded in one step; a multiple of every element size. */
const CHUNK_BYTES = 2 ** 22;

/** An open safetensors file (or a set of shards that looks like one). */
export interface SafetensorsFile {
  readonly path: string;
  readonly entries: readonly SafetensorsEntry[];
  /** float32 values in stored order. Throws LowbitError for types without float values and when the file shrank since it was opened. */
  readFloats(entry: SafetensorsEntry): Promise<Float32Array>;
  /** The stored bytes, whatever the type. */
  readBytes(entry: SafetensorsEntry): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens and checks a file. Throws LowbitError naming file, tensor and bytes for every contradiction in the header. */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw fileError('cannot read', path, error);
  });
  try {
    const entries = await readHeader(handle, path);
    return {
      path,
      entries,
      readFloats: (entry) => readFloats(handle, path, entry),
      async readBytes({ begin, end }) {
        const bytes = new Uint8Array(end - begin);
        await readFully({ handle, path }, bytes, begin);
        return bytes;
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw fileError('cannot read', path, error);
  }
}

async function readHeader(handle: FileHandle, path: string): Promise<SafetensorsEntry[]> {
  const stats = await handle.stat();
  if (!stats.isFile())
    throw new LowbitError('not a regular file', { value: path, remedy: 'safetensors are read at random places; give a file on disk' });
  if (stats.size < LENGTH_BYTES) {
    throw new LowbitError(`a safetensors file starts with ${LENGTH_BYTES} bytes of header length, this file has ${stats.size} bytes`, {
      place: path,
      remedy: 'the file is truncated; fetch it again',
    });
  }
  const prefix = new Uint8Array(LENGTH_BYTES);
  await readFully({ handle, path }, prefix, 0);
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  checkHeaderLength(length, stats.size, path, prefix);
  const header = new Uint8Array(Number(length));
  await readFully({ handle, path }, header, LENGTH_BYTES);
  return parseSafetensorsHeader(header, path, stats.size);
}

function checkHeaderLength(length: bigint, file_bytes: number, path: string, prefix: Uint8Array): void {
  const place = `${path}, bytes 0 to ${LENGTH_BYTES}`;
  if (Buffer.from(prefix).toString('latin1') === 'version ') {
    throw new LowbitError('this is a Git LFS pointer, not the weights', { place, remedy: 'run git lfs pull in its repository' });
  }
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new LowbitError(`the header length is ${length} bytes, more than the ${MAX_HEADER_BYTES} the format allows`, {
      place,
      remedy: 'the file is damaged or no safetensors file',
    });
  }
  if (length <= BigInt(file_bytes - LENGTH_BYTES)) return;
  throw new LowbitError(`the header is said to have ${length} bytes, but the file has only ${file_bytes}`, {
    place,
    remedy: 'the file is truncated or no safetensors file; fetch it again',
  });
}

async function readFloats(handle: FileHandle, path: string, entry: SafetensorsEntry): Promise<Float32Array> {
  const decode = decoderOf(entry.dtype);
  const place = `${path}, tensor ${entry.name}`;
  if (decode === undefined) throw new LowbitError(`${entry.dtype} elements cannot be read as floating-point weights`, { place });
  const { bits } = storedElements[entry.dtype];
  const out = new Float32Array(elementCount(entry.shape, place));
  const chunk = new Uint8Array(Math.min(CHUNK_BYTES, entry.end - entry.begin));
  for (let begin = entry.begin; begin < entry.end; begin += CHUNK_BYTES) {
    const part = chunk.subarray(0, Math.min(CHUNK_BYTES, entry.end - begin));
    await readFully({ handle, path }, part, begin);
    decode(part, out, ((begin - entry.begin) * 8) / bits, (part.length * 8) / bits);
  }
  return out;
}
