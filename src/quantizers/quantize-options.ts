/**
 * Options of a quantizer as users give them: strings from a command line, values from a YAML scheme.
 * Strings that are a number or `true`/`false` become that value, then the quantizer's own schema decides and fills in defaults.
 */
import { z } from 'zod';
import { LowbitError, nearestNames } from '../lowbit-error.js';
import type { Quantizer } from './quantizer.js';

/** What has options: a quantizer of weights or of a cache, a rewrite. */
type Method<Options extends object = object> = Pick<Quantizer<Options>, 'name' | 'options'>;

/** One option as a reader of the command line needs it. */
export interface QuantizerOption {
  readonly name: string;
  /** What it takes: the words to choose from, else the kind of value and its range. */
  readonly allowed: string;
  /** Absent: there is none, the quantizer does without or follows a rule the description states. */
  readonly default?: string | number | boolean;
  readonly description: string;
}

/** The options of a quantizer in the order of its schema. */
export function optionsOf({ options }: Pick<Method, 'options'>): QuantizerOption[] {
  const { properties = {} } = z.toJSONSchema(options, { io: 'input' }) as { properties?: Readonly<Record<string, OptionSchema>> };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    allowed: allowedText(schema),
    ...(schema.default === undefined ? {} : { default: schema.default }),
    description: schema.description ?? '',
  }));
}

/** The part of a JSON Schema that options use. */
interface OptionSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: string | number | boolean;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly OptionSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly multipleOf?: number;
}

function allowedText(schema: OptionSchema): string {
  if (schema.enum !== undefined) return schema.enum.map(String).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf !== undefined) return schema.anyOf.map(allowedText).join(' | ');
  if (schema.type === 'boolean') return 'true | false';
  const { minimum, maximum, exclusiveMinimum, multipleOf } = schema;
  const limits = [
    ...(minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? [] : [`at least ${minimum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? [] : [`at most ${maximum}`]),
    ...(multipleOf === undefined ? [] : [`a multiple of ${multipleOf}`]),
  ];
  return [schema.type ?? 'value', ...(limits.length === 0 ? [] : [limits.join(', ')])].join(' ');
}

/** Validated options with defaults; `kind` is what users call the method. Throws LowbitError naming the option, its value and what is allowed. */
export function parseOptions<Options extends object>(
  method: Method<Options>,
  raw: Readonly<Record<string, unknown>>,
  kind = 'quantizer',
): Options {
  const coerced = Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, coerce(value)]));
  const result = method.options.safeParse(coerced);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (issue === undefined) throw new LowbitError(`options of ${kind} ${method.name} are not valid`);
  throw optionError(issue, method, coerced, kind);
}

/** A sentence for every given option that changes nothing beside the others. Throws LowbitError as parseOptions does. */
export function idleOptions(quantizer: Quantizer, raw: Readonly<Record<string, unknown>>): string[] {
  const idle = quantizer.idle?.(parseOptions(quantizer, raw)) ?? {};
  return Object.entries(idle)
    .filter(([name]) => raw[name] !== undefined)
    .map(([name, reason]) => `option ${name}=${String(raw[name])} of quantizer ${quantizer.name} has no effect: ${reason}`);
}

function coerce(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  return value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
}

type Issue = z.core.$ZodIssue;

function optionError(issue: Issue, method: Method, raw: Readonly<Record<string, unknown>>, kind: string): LowbitError {
  if (issue.code === 'unrecognized_keys') return unknownOption(issue.keys[0] ?? '', method, raw, kind);
  const name = issue.path.map(String).join('.');
  const what = name === '' ? `options of ${kind} ${method.name} do not fit together` : `invalid option ${name} of ${kind} ${method.name}`;
  const value = name === '' ? undefined : raw[name];
  if (issue.code === 'invalid_value') return new LowbitError(what, { value, allowed: issue.values.map(String) });
  return new LowbitError(what, { ...(value === undefined ? {} : { value }), remedy: requirement(issue) });
}

function unknownOption(name: string, method: Method, raw: Readonly<Record<string, unknown>>, kind: string): LowbitError {
  const known = optionsOf(method).map(({ name: option }) => option);
  const near = nearestNames(name, known);
  return new LowbitError(`unknown option of ${kind} ${method.name}`, {
    value: `${name}=${String(raw[name])}`,
    ...(known.length === 0 ? { remedy: 'it takes no options' } : { allowed: known }),
    ...(near.length === 0 ? {} : { remedy: `did you mean ${near.join(' or ')}?` }),
  });
}

function requirement(issue: Issue): string {
  if (issue.code === 'too_small') return `it must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`;
  if (issue.code === 'too_big') return `it must be ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`;
  if (issue.code === 'invalid_type') return `it must be ${issue.expected === 'int' ? 'a whole number' : `of type ${issue.expected}`}`;
  return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
}
