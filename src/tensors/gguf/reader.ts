/** Reader of one GGUF file: the header at opening, then one tensor at a time in pieces of whole blocks; the file is never in memory as a whole. */
import { open, type FileHandle } from 'node:fs/promises';
import { LowbitError } from '../../lowbit-error.js';
import { fileError } from '../file-error.js';
import { readFully } from '../read-fully.js';
import { HEADER_CONTINUES } from './byte-cursor.js';
import { parseGgufHeader, type GgufEntry, type GgufHeader } from './header.js';

/** Read and decoded in one step, rounded down to whole blocks. */
const CHUNK_BYTES = 2 ** 22;
/** Loaded at first; four times as much each time the header turns out to be longer. */
const FIRST_BYTES = 2 ** 20;
/** A vocabulary of a million tokens with its merges takes some 40 MiB. */
const MAX_HEADER_BYTES = 2 ** 28;

/** An open GGUF file. */
export interface GgufFile extends GgufHeader {
  readonly path: string;
  /** float32 values in stored order. Throws LowbitError for integers and when the file shrank since it was opened. */
  readFloats(entry: GgufEntry): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Opens and checks a file. Throws LowbitError naming file, tensor and byte for every contradiction in the header. */
export async function openGguf(path: string): Promise<GgufFile> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw fileError('cannot read', path, error);
  });
  try {
    const header = await readHeader(handle, path);
    return { ...header, path, readFloats: (entry) => readFloats(handle, path, entry), close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw fileError('cannot read', path, error);
  }
}

async function readHeader(handle: FileHandle, path: string): Promise<GgufHeader> {
  const stats = await handle.stat();
  if (!stats.isFile())
    throw new LowbitError('not a regular file', { value: path, remedy: 'GGUF files are read at random places; give a file on disk' });
  for (let length = FIRST_BYTES; ; length *= 4) {
    const bytes = new Uint8Array(Math.min(length, stats.size));
    await readFully({ handle, path }, bytes, 0);
    const header = parsed({ path, bytes, file_bytes: stats.size });
    if (header !== undefined) return header;
    if (length >= MAX_HEADER_BYTES) {
      throw new LowbitError(`the header is longer than ${MAX_HEADER_BYTES} bytes`, {
        place: path,
        remedy: 'the file is damaged or no GGUF file',
      });
    }
  }
}

/** The header; undefined when it goes on behind the bytes. */
function parsed(source: Parameters<typeof parseGgufHeader>[0]): GgufHeader | undefined {
  try {
    return parseGgufHeader(source);
  } catch (error) {
    if (error === HEADER_CONTINUES) return undefined;
    throw error;
  }
}

async function readFloats(handle: FileHandle, path: string, { name, type, elements, begin, end }: GgufEntry): Promise<Float32Array> {
  if (type.decode === undefined)
    throw new LowbitError(`${type.name} elements cannot be read as floating-point weights`, { place: `${path}, tensor ${name}` });
  const out = new Float32Array(elements);
  const step = Math.floor(CHUNK_BYTES / type.bytes) * type.bytes;
  const chunk = new Uint8Array(Math.min(step, end - begin));
  for (let at = begin; at < end; at += step) {
    const part = chunk.subarray(0, Math.min(step, end - at));
    await readFully({ handle, path }, part, at);
    type.decode(part, out, ((at - begin) / type.bytes) * type.elements, (part.length / type.bytes) * type.elements);
  }
  return out;
}
