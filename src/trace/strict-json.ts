/**
 * JSON in which a key may stand only once in an object: JSON.parse keeps the last of two equal keys and says nothing, and does not always say
 * where a text stops being JSON. A walk over the tokens of RFC 8259 with a stack of open brackets finds both. Shared by traces and by the
 * headers of weight files.
 */
const token =
  /(?:([[\]{},:])|("[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[ !#-[\]-\uffff]*)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;
const blanks = /[\t\n\r ]*/y;

/** What may come next, and the tokens that are. */
const allowed = {
  value: ['[', '{', 'string', 'scalar'],
  'value or ]': ['[', '{', 'string', 'scalar', ']'],
  key: ['string'],
  'key or }': ['string', '}'],
  ':': [':'],
  ', or end': [',', ']', '}'],
  nothing: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;
type Expected = keyof typeof allowed;

/** An open object with the keys it has so far; null stands for an open array. */
type Open = Set<string> | null;

/** The first thing that is wrong with a text. */
export interface JsonFault {
  /** Index of the first character that cannot be (the length of the text when it ends too early), or of the second of two equal keys. */
  readonly offset: number;
  /** The key that stands twice; absent: not JSON. */
  readonly duplicateKey?: string;
}

/** The first fault of a text, or undefined when JSON.parse takes it and loses nothing. */
export function jsonFault(text: string): JsonFault | undefined {
  const open: Open[] = [];
  let expected: Expected = 'value';
  let offset = 0;
  for (;;) {
    const { start, end, found } = tokenAt(text, offset);
    if (start === text.length && expected === 'nothing') return undefined;
    if (!(allowed[expected] as readonly string[]).includes(found)) return { offset: start };
    if (expected.startsWith('key') && found === 'string') {
      const duplicateKey = repeatedKey(text.slice(start, end), open.at(-1));
      if (duplicateKey !== undefined) return { offset: start, duplicateKey };
    }
    const next = follow(found, expected, open);
    if (next === undefined) return { offset: start };
    expected = next;
    offset = end;
  }
}

/** The token after the blanks at `offset`: where it starts and ends, and a bracket, a sign, `string`, `scalar` or, when it is none, nothing. */
function tokenAt(text: string, offset: number): { readonly start: number; readonly end: number; readonly found: string } {
  blanks.lastIndex = offset;
  const start = offset + (blanks.exec(text)?.[0].length ?? 0);
  token.lastIndex = start;
  const match = token.exec(text);
  if (match === null) return { start, end: start, found: '' };
  return { start, end: token.lastIndex, found: match[1] ?? (match[2] === undefined ? 'scalar' : 'string') };
}

/** The key that a string token writes when the object has it already; otherwise it is added. */
function repeatedKey(written: string, keys: Open | undefined): string | undefined {
  const key = String(JSON.parse(written));
  if (keys?.has(key) === true) return key;
  keys?.add(key);
  return undefined;
}

/** What may come after an allowed token, or undefined for a bracket that closes another one. `open` holds the brackets that are open. */
function follow(found: string, expected: Expected, open: Open[]): Expected | undefined {
  if (found === '[' || found === '{') {
    open.push(found === '[' ? null : new Set());
    return found === '[' ? 'value or ]' : 'key or }';
  }
  if (found === ':') return 'value';
  if (found === ',') return open.at(-1) === null ? 'value' : 'key';
  if (expected.startsWith('key') && found === 'string') return ':';
  if ((found === ']' || found === '}') && (open.pop() === null) !== (found === ']')) return undefined;
  return open.length === 0 ? 'nothing' : ', or end';
}
