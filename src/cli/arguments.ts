/** Reads the values of command-line options: numbers, lists, key=value pairs. Every error names the option and what it takes. */
import { LowbitError } from '../lowbit-error.js';

/** What yargs hands over for one option: absent, given once, or given several times. */
export type RawOption = string | number | boolean | readonly (string | number | boolean)[] | undefined;

/** The single value of an option as text; undefined when it was not given. */
export function single(option: string, raw: RawOption): string | undefined {
  if (raw === undefined) return undefined;
  if (typeof raw !== 'object') return String(raw);
  if (raw.length === 1) return String(raw[0]);
  throw new LowbitError(`option --${option} given ${raw.length} times`, { value: raw.join(', '), remedy: 'give it once' });
}

/** All values of a repeatable option, in order. */
export function repeated(raw: RawOption): string[] {
  if (raw === undefined) return [];
  return typeof raw === 'object' ? raw.map(String) : [String(raw)];
}

/** A comma-separated list without empty entries; undefined when the option was not given. */
export function list(option: string, raw: RawOption): string[] | undefined {
  const text = single(option, raw);
  if (text === undefined) return undefined;
  const entries = text.split(',').map((entry) => entry.trim());
  if (entries.some((entry) => entry === '')) {
    throw new LowbitError(`empty entry in --${option}`, { value: text, remedy: 'separate names by single commas' });
  }
  return entries;
}

const LARGEST_INTEGER = 2 ** 31;

/** A positive integer up to 2^31; `fallback` when the option was not given. `example`: a value that makes sense for it. */
export function positiveInteger<F extends number | undefined>(option: string, raw: RawOption, fallback: F, example = 8): number | F {
  const text = single(option, raw);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > LARGEST_INTEGER) {
    throw new LowbitError(`--${option} takes a positive integer up to ${LARGEST_INTEGER}`, {
      value: text,
      remedy: `for example --${option} ${example}`,
    });
  }
  return value;
}

/** `key=value` pairs of a repeatable option; a key given twice is an error. */
export function keyValues(option: string, raw: RawOption): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const entry of repeated(raw)) {
    const at = entry.indexOf('=');
    if (at < 1) throw new LowbitError(`--${option} takes key=value`, { value: entry, remedy: `for example --${option} bits=4` });
    const key = entry.slice(0, at).trim();
    if (key in pairs) throw new LowbitError(`--${option} gives the same key twice`, { value: key, remedy: 'give it once' });
    pairs[key] = entry.slice(at + 1).trim();
  }
  return pairs;
}

/** Exactly one of the named options must be given; returns its name. */
export function exactlyOne(args: Readonly<Record<string, unknown>>, options: readonly string[], example: string): string {
  const given = options.filter((option) => args[option] !== undefined);
  const [first] = given;
  if (first !== undefined && given.length === 1) return first;
  const all = options.map((option) => `--${option}`);
  throw new LowbitError(given.length === 0 ? 'no workload given' : 'more than one workload given', {
    ...(given.length === 0 ? {} : { value: given.map((option) => `--${option}`).join(' and ') }),
    allowed: all,
    remedy: `for example ${example}`,
  });
}
