/**
 * Where a text stops being JSON, which the engine's own message does not always say.
 * A walk over the tokens of RFC 8259 with a stack of open brackets; it runs only after JSON.parse has refused the text.
 * Left out: control characters other than line breaks and tabs inside a string.
 */
const token =
  /[\t\n\r ]*(?:([[\]{},:])|("(?:[^"\\\t\n\r]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;
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

/** Offset of the first character that cannot be, or the length of the text when it ends too early. */
export function jsonFaultOffset(text: string): number {
  const open: string[] = [];
  let expected: Expected = 'value';
  let offset = 0;
  for (;;) {
    blanks.lastIndex = offset;
    const start = offset + (blanks.exec(text)?.[0].length ?? 0);
    token.lastIndex = start;
    const match = token.exec(text);
    const found = match === null ? '' : (match[1] ?? (match[2] === undefined ? 'scalar' : 'string'));
    if (!(allowed[expected] as readonly string[]).includes(found)) return start;
    const next = follow(found, expected, open);
    if (next === undefined) return start;
    expected = next;
    offset = token.lastIndex;
  }
}

/** What may come after an allowed token, or undefined for a bracket that closes another one. `open` holds the brackets that are open. */
function follow(found: string, expected: Expected, open: string[]): Expected | undefined {
  if (found === '[' || found === '{') {
    open.push(found);
    return found === '[' ? 'value or ]' : 'key or }';
  }
  if (found === ':') return 'value';
  if (found === ',') return open.at(-1) === '{' ? 'key' : 'value';
  if (expected === 'key' || (expected === 'key or }' && found === 'string')) return ':';
  if ((found === ']' || found === '}') && open.pop() !== (found === ']' ? '[' : '{')) return undefined;
  return open.length === 0 ? 'nothing' : ', or end';
}
