/**
 * JSON in which a key may stand only once in an object: JSON.parse keeps the last of two equal keys and says nothing.
 */
import { LowbitError } from '../lowbit-error.js';

interface OpenObject {
  readonly keys: Set<string>;
  expectsKey: boolean;
}

/** Parses `text`; throws LowbitError with the byte offset (plus `offset`) at `place` on a syntax error or a duplicate key. */
export function parseJsonStrict(text: string, place: string, offset = 0): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new LowbitError(`not valid JSON: ${error.message}`, {
      place,
      remedy: 'the file is damaged or not what its name says; fetch or export it again',
    });
  }
  const duplicate = firstDuplicateKey(text);
  if (duplicate === undefined) return value;
  throw new LowbitError('duplicate key', {
    value: duplicate.key,
    place: `${place}, byte ${offset + Buffer.byteLength(text.slice(0, duplicate.position))}`,
    remedy: 'a name may stand only once; remove or rename one of the two',
  });
}

/** Walks text that is known to be valid JSON: strings are skipped as a whole, and those before a colon are keys. */
function firstDuplicateKey(text: string): { key: string; position: number } | undefined {
  const open: (OpenObject | null)[] = [];
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    const inside = open.at(-1);
    if (character === '{') open.push({ keys: new Set(), expectsKey: true });
    else if (character === '[') open.push(null);
    else if (character === '}' || character === ']') open.pop();
    else if (character === ',' && inside) inside.expectsKey = true;
    else if (character === '"') {
      const end = endOfString(text, i);
      if (inside?.expectsKey) {
        const key = String(JSON.parse(text.slice(i, end + 1)));
        if (inside.keys.has(key)) return { key, position: i };
        inside.keys.add(key);
        inside.expectsKey = false;
      }
      i = end;
    }
  }
  return undefined;
}

/** Index of the quote that closes the string opened at `start`. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i;
}

/** Whether a parsed JSON value is an object (not an array, not null). */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
