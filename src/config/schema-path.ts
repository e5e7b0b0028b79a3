/** Walks a zod schema along a path of keys: which schemas, keys and expectations stand at a place of a document. */
import { z } from 'zod';
import type { Path } from './document.js';

type Schema = z.core.$ZodType;

/**
 * The schemas a value at `path` may follow (several under a union), unwrapped; empty when no key of the path leads there.
 * `value` is the document: where it names the alternative of a discriminated union, only that one counts.
 */
export function schemasAt(root: Schema, path: Path, value: unknown): Schema[] {
  let current = alternatives(root, value);
  let inner = value;
  for (const segment of path) {
    inner = partOf(inner, segment);
    current = current.flatMap((schema) => childOf(schema, String(segment)).flatMap((child) => alternatives(child, inner)));
  }
  return current;
}

/** As schemasAt, but whole: what stands at `path` may also be null or absent where the schema says so. */
export function valueSchemasAt(root: Schema, path: Path, value: unknown): Schema[] {
  if (path.length === 0) return [root];
  return schemasAt(root, path.slice(0, -1), value).flatMap((schema) => childOf(schema, String(path.at(-1))));
}

/** Keys a mapping at `path` may have; empty when the keys are free or the place holds no mapping. */
export function keysAt(root: Schema, path: Path, value: unknown): string[] {
  return [...new Set(schemasAt(root, path, value).flatMap((schema) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : [])))];
}

/** Keys a document of this schema cannot do without, whatever alternative it is. */
export function requiredKeys(root: Schema): string[] {
  const objects = alternatives(root, undefined).filter((schema) => schema instanceof z.ZodObject);
  const isRequired = (schema: z.ZodObject, key: string): boolean => !z.safeParse(schema.shape[key] as Schema, undefined).success;
  return keysAt(root, [], undefined).filter((key) =>
    objects.every((schema) => Object.hasOwn(schema.shape, key) && isRequired(schema, key)),
  );
}

/** What the schema says about a place: the value in words, e.g. `a whole number of at least 1`, and what its author calls and notes on it. */
export interface Expectation {
  readonly words: string;
  readonly note: string | undefined;
  readonly title: string | undefined;
}

/** The expectation at `path`. */
export function expectationAt(root: Schema, path: Path, value: unknown): Expectation {
  const described = valueSchemasAt(root, path, value).map(
    (schema) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema,
  );
  const words = [...new Set(described.map(wordsOf))].join(' or ');
  const first = (key: 'description' | 'title'): string | undefined => described.find((schema) => schema[key] !== undefined)?.[key];
  return { words, note: first('description'), title: first('title') };
}

/** The values an enumeration at `path` accepts, or undefined when the place is no enumeration. */
export function choicesAt(root: Schema, path: Path, value: unknown): string[] | undefined {
  const choices = schemasAt(root, path, value).flatMap((schema) => {
    if (schema instanceof z.ZodEnum) return schema.options;
    return schema instanceof z.ZodLiteral ? [...schema.values] : [];
  });
  return choices.length === 0 ? undefined : choices.map(String);
}

function alternatives(schema: Schema, value: unknown): Schema[] {
  if (schema instanceof z.ZodUnion) return chosen(schema, value).flatMap((option) => alternatives(option, value));
  if (schema instanceof z.ZodPipe) return alternatives(schema.in, value);
  if (schema instanceof z.ZodLazy) return alternatives(schema.unwrap(), value);
  const wrapped =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly;
  return wrapped ? alternatives(schema.unwrap(), value) : [schema];
}

/** The options of a union that the value can mean: one when it names it by the discriminator, otherwise all. */
function chosen(union: z.ZodUnion, value: unknown): readonly Schema[] {
  if (!(union instanceof z.ZodDiscriminatedUnion)) return union.options;
  if (typeof value !== 'object' || value === null) return union.options;
  const key = union.def.discriminator;
  const named = union.options.filter((option) => childOf(option, key).some((child) => z.safeParse(child, partOf(value, key)).success));
  return named.length === 0 ? union.options : named;
}

function childOf(schema: Schema, key: string): Schema[] {
  if (schema instanceof z.ZodObject) return Object.hasOwn(schema.shape, key) ? [schema.shape[key] as Schema] : [];
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  if (schema instanceof z.ZodArray) return isIndex(key) ? [schema.element] : [];
  if (!(schema instanceof z.ZodTuple) || !isIndex(key)) return [];
  const item = schema.def.items[Number(key)];
  return item === undefined ? [] : [item];
}

function isIndex(key: string): boolean {
  return /^\d+$/.test(key);
}

function partOf(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly title?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
}

function wordsOf(schema: JsonSchema): string {
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return options.map(wordsOf).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  if (Array.isArray(schema.type)) return schema.type.map((type: string) => wordsOf({ ...schema, type })).join(' or ');
  switch (schema.type) {
    case 'integer':
      return `a whole number${range(schema, 1)}`;
    case 'number':
      return `a number${range(schema, 0)}`;
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'array':
      return schema.minItems === undefined ? 'a list' : `a list of at least ${schema.minItems}`;
    case 'object':
      return 'a mapping (key: value)';
    case 'null':
      return 'null';
    default:
      return 'a value';
  }
}

/** `step` is the distance to the next number above an exclusive bound: 1 for whole numbers, 0 when there is none to name. */
function range(schema: JsonSchema, step: 0 | 1): string {
  const { minimum, exclusiveMinimum } = schema;
  const maximum = schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum;
  const low = minimum === -Number.MAX_SAFE_INTEGER ? undefined : minimum;
  const from = exclusiveMinimum !== undefined && step === 1 ? Math.floor(exclusiveMinimum) + 1 : low;
  const parts: string[] = [];
  if (from !== undefined) parts.push(`of at least ${from}`);
  else if (exclusiveMinimum !== undefined) parts.push(`above ${exclusiveMinimum}`);
  if (maximum !== undefined) parts.push(`${parts.length === 0 ? 'of' : 'and'} at most ${maximum}`);
  return parts.length === 0 ? '' : ` ${parts.join(' ')}`;
}
