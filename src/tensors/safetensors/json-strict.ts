/** JSON of weight files and their indexes, checked strictly (trace/strict-json.ts), with faults named by byte as binary files are. */
import { LowbitError } from '../../lowbit-error.js';
import { jsonFault } from '../../trace/strict-json.js';

/** Parses `text`; throws LowbitError with the byte offset (plus `offset`) at `place` on a syntax error or a duplicate key. */
export function parseJsonStrict(text: string, place: string, offset = 0): unknown {
  const fault = jsonFault(text);
  if (fault === undefined) return JSON.parse(text) as unknown;
  const at = `${place}, byte ${offset + Buffer.byteLength(text.slice(0, fault.offset))}`;
  if (fault.duplicateKey !== undefined) {
    throw new LowbitError('duplicate key', {
      value: fault.duplicateKey,
      place: at,
      remedy: 'a name may stand only once; remove or rename one of the two',
    });
  }
  throw new LowbitError('not valid JSON', {
    place: at,
    remedy: 'the file is damaged or not what its name says; fetch or export it again',
  });
}

/** Whether a parsed JSON value is an object (not an array, not null). */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
