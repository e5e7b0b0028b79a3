/**
 * The common case of parsing, without yargs: a command line with nothing to say about it. Loading yargs takes as long as ten simulations.
 * It is the parser inside yargs with the same declarations; whatever is not plainly well-formed is left to yargs and its messages.
 */
import parser from 'yargs-parser';
import type { RawOption } from './arguments.js';
import type { Arguments, CommandRecord } from './command.js';

/** How words become options and positionals; the same for yargs. */
export const parserConfiguration = {
  'dot-notation': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'camel-case-expansion': false,
} as const;

/** Positionals of `explain <result> [layer]`: name, whether it must be there, whether it takes all that follow. */
const positional = /([<[])([a-z]+)(\.\.)?[>\]]/g;

/** The arguments of a command, or undefined when yargs should look at the words: help, version, unknown, missing or superfluous ones. */
export function quickParse(record: CommandRecord, words: readonly string[]): Arguments | undefined {
  const names = Object.keys(record.options);
  const isBoolean = (name: string): boolean => record.options[name]?.type === 'boolean';
  const { _: rest, ...options } = parser([...words], {
    boolean: names.filter(isBoolean),
    string: names.filter((name) => !isBoolean(name)),
    configuration: parserConfiguration,
  }) as { _: string[] } & Record<string, RawOption>;
  const wellFormed = Object.entries(options).every(([name, value]) => names.includes(name) && isGiven(value, isBoolean(name)));
  const positionals = positionalsOf(record, rest);
  return wellFormed && positionals !== undefined ? { ...options, ...positionals } : undefined;
}

/** A boolean is given once, a value is there and not empty. */
function isGiven(value: RawOption, boolean: boolean): boolean {
  if (boolean) return typeof value === 'boolean';
  const values = Array.isArray(value) ? (value as unknown[]) : [value];
  return values.every((entry) => typeof entry === 'string' && entry !== '');
}

function positionalsOf(record: CommandRecord, words: readonly string[]): Record<string, RawOption> | undefined {
  const found: Record<string, RawOption> = {};
  let next = 0;
  for (const [, bracket, name = '', variadic] of record.command.matchAll(positional)) {
    const taken = words.slice(next, variadic === undefined ? next + 1 : undefined);
    if (taken.length === 0 && bracket === '<') return undefined;
    next += taken.length;
    if (taken.length > 0) found[name] = variadic === undefined ? taken[0] : taken;
  }
  return next === words.length ? found : undefined;
}
