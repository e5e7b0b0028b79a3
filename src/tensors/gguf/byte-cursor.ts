/**
 * Reads the little-endian numbers and strings of a GGUF header from the bytes that are there so far. A read beyond them ends in one of two ways:
 * the file itself ends there (LowbitError with the byte), or more of it has to be loaded (HEADER_CONTINUES, a plain marker that is caught).
 */
import { LowbitError } from '../../lowbit-error.js';

/** Thrown when the header goes on behind the bytes that were loaded. */
export const HEADER_CONTINUES = new Error('the header continues');

export interface ByteCursor {
  /** Byte of the file that is read next. */
  readonly at: number;
  /** `path, byte N` of the next byte. */
  place(): string;
  u8(): number;
  u32(): number;
  /** Throws LowbitError from 2^53 up: no file has such a count or length. */
  count(what: string): number;
  /** Characters of a u64 length and UTF-8 bytes. Throws LowbitError when the bytes are no UTF-8 text. */
  text(what: string): string;
  /** A view of the next bytes, then passed over. */
  take(bytes: number): DataView;
  /** Throws LowbitError unless `items` of at least `bytes` each can still follow in the file. */
  checkRoom(items: number, bytes: number, what: string): void;
}

interface Source {
  readonly path: string;
  /** The first bytes of the file. */
  readonly bytes: Uint8Array;
  readonly file_bytes: number;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function byteCursor({ path, bytes, file_bytes }: Source): ByteCursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const place = (): string => `${path}, byte ${at}`;

  function take(length: number): DataView {
    if (at + length > file_bytes) {
      throw new LowbitError(`the file ends in its header, after ${file_bytes} bytes`, {
        place: place(),
        remedy: 'the file is truncated; fetch it again',
      });
    }
    if (at + length > bytes.length) throw HEADER_CONTINUES;
    const part = new DataView(view.buffer, view.byteOffset + at, length);
    at += length;
    return part;
  }
  function checkRoom(items: number, each_bytes: number, what: string): void {
    if (items * each_bytes <= file_bytes - at) return;
    throw new LowbitError(`${what} cannot be in the file, which has ${file_bytes} bytes`, {
      value: items,
      place: place(),
      remedy: 'the file is truncated or damaged; fetch it again',
    });
  }
  function count(what: string): number {
    const start = place();
    const value = take(8).getBigUint64(0, true);
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
    throw new LowbitError(`${what} is no number a file can hold`, {
      value: String(value),
      place: start,
      remedy: 'the file is damaged; fetch it again',
    });
  }
  return {
    get at() {
      return at;
    },
    place,
    u8: () => take(1).getUint8(0),
    u32: () => take(4).getUint32(0, true),
    count,
    text(what) {
      const start = place();
      const length = count(`the length of ${what}`);
      checkRoom(length, 1, what);
      const part = take(length);
      try {
        return decoder.decode(part);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        throw new LowbitError(`${what} is not UTF-8 text`, { place: start, remedy: 'the file is damaged; fetch it again' });
      }
    },
    take,
    checkRoom,
  };
}
