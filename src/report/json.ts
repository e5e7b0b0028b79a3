/**
 * JSON whose bytes depend on the content alone: keys in one order whoever built the object, shortest round-trip numbers, -0 as 0.
 * A number that is not finite is a defect of lowbit and throws; JSON.stringify would print null, which means "unknown" here.
 */

/** Keys that come before the others, in this order; the rest is alphabetical. */
const leading = [
  'schemaVersion',
  'tool',
  'command',
  'configHash',
  'id',
  'name',
  'title',
  'kind',
  'row',
  'column',
  'metric',
  'hardware',
  'workload',
  'totals',
  'm',
  'n',
  'k',
  'total',
];

/** Text of a value with two spaces of indentation and a final newline. Throws Error with the path of a non-finite number. */
export function stableJson(value: unknown): string {
  return `${JSON.stringify(ordered(value, '$'), null, 2)}\n`;
}

/** The same value with ordered keys; undefined entries are dropped, typed arrays become arrays. */
function ordered(value: unknown, path: string): unknown {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`${path} is ${value}, which JSON cannot hold`);
    return Object.is(value, -0) ? 0 : value;
  }
  if (value === null || typeof value !== 'object') return value;
  if (ArrayBuffer.isView(value)) return ordered(Array.from(value as Float64Array), path);
  if (Array.isArray(value)) return value.map((entry, i) => ordered(entry, `${path}[${i}]`));
  const record = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(record).filter((key) => record[key] !== undefined);
  return Object.fromEntries(keys.sort(compareKeys).map((key) => [key, ordered(record[key], `${path}.${key}`)]));
}

function compareKeys(a: string, b: string): number {
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

function rank(key: string): number {
  const index = leading.indexOf(key);
  return index < 0 ? leading.length : index;
}
