/**
 * A pack: rows with their keys as bytes, for a file. Head of 64 bytes: magic, byte order, version and width of a row, rows, SHA-256 of the rest.
 * Then all keys, then all rows, in the byte order of the machine that wrote them; another machine finds another order and leaves the pack alone.
 */
import { createHash } from 'node:crypto';
import { ROW_VERSION, ROW_WIDTH } from './activity-row.js';
import { KEY_WORDS } from './content-key.js';

const MAGIC = Buffer.from('lowbitAC', 'latin1');
const ORDER = 0x01020304;
const HEAD_bytes = 64;
const NUMBERS_at = 8;
const DIGEST_at = 32;
const KEY_bytes = 4 * KEY_WORDS;
const ENTRY_bytes = KEY_bytes + 8 * ROW_WIDTH;

export interface Pack {
  /** KEY_WORDS for each row. */
  readonly keys: Int32Array;
  /** ROW_WIDTH for each. */
  readonly rows: Float64Array;
}

/** Rows a pack of so many bytes holds at most. */
export function rowsIn(bytes: number): number {
  return Math.max(0, Math.floor((bytes - HEAD_bytes) / ENTRY_bytes));
}

/** The bytes of a pack. */
export function packBytes({ keys, rows }: Pack): Buffer {
  const count = rows.length / ROW_WIDTH;
  const bytes = Buffer.alloc(HEAD_bytes + count * ENTRY_bytes);
  MAGIC.copy(bytes);
  new Int32Array(bytes.buffer, bytes.byteOffset + NUMBERS_at, 4).set([ORDER, ROW_VERSION, ROW_WIDTH, count]);
  bytes.set(new Uint8Array(keys.buffer, keys.byteOffset, keys.byteLength), HEAD_bytes);
  bytes.set(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength), HEAD_bytes + keys.byteLength);
  digest(bytes).copy(bytes, DIGEST_at);
  return bytes;
}

/** The pack in the bytes of a file, or why they are none. */
export function readPack(bytes: Uint8Array): Pack | { readonly refused: string } {
  if (bytes.length < HEAD_bytes || !MAGIC.equals(bytes.subarray(0, MAGIC.length))) return { refused: 'it is no activity pack' };
  // A copy of its own: what was read may lie anywhere in a larger buffer.
  const own = new Uint8Array(bytes);
  const [order, version, width, count] = new Int32Array(own.buffer, NUMBERS_at, 4);
  if (order !== ORDER) return { refused: 'it was written in another byte order' };
  if (version !== ROW_VERSION || width !== ROW_WIDTH) return { refused: 'it is of another version' };
  if (count === undefined || own.length !== HEAD_bytes + count * ENTRY_bytes)
    return { refused: 'it is damaged: its length is not what its head says' };
  if (!digest(own).equals(own.subarray(DIGEST_at, HEAD_bytes))) return { refused: 'it is damaged: its checksum does not hold' };
  return {
    keys: new Int32Array(own.buffer, HEAD_bytes, count * KEY_WORDS),
    rows: new Float64Array(own.buffer, HEAD_bytes + count * KEY_bytes, count * ROW_WIDTH),
  };
}

/** Of everything behind the head, and of the numbers in it. */
function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes.subarray(0, DIGEST_at)).update(bytes.subarray(HEAD_bytes)).digest();
}
