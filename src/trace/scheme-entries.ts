/**
 * Entries of a scheme that name a method and its options: `{ format: int8 }`, or `{ quantizer: rtn, bits: 4 }` with the options of that quantizer.
 * What each takes is its own schema, taken from the registry; a method that is registered is thereby known to scheme files and to their JSON Schema.
 * Options stay as they are written: defaults are filled in where a method is run, so that a file means what it says and nothing else.
 */
import { z } from 'zod';
import type { Method } from '../quantizers/method.js';

/** A method with options: a quantizer of weights, of a cache, or a rewrite. */
type Methods = Readonly<Record<string, Method>>;

export const outliersSchema = z.strictObject({
  share: z.number().positive().max(1).describe('of the elements'),
  bits: z.number().positive().max(128).describe('each takes beside its code slot: value and position, or the 4 more bits of a block of 8'),
});

export const lowRankSchema = z.strictObject({
  rank: z.int().positive().describe('columns of the first factor, rows of the second'),
  format: z.string().min(1).describe('operand format of both factors'),
});

/** Entry of an operand, such as a cache: a format, or a quantizer with its own options. */
export interface OperandEntry {
  readonly quantizer?: string | undefined;
  readonly format?: string | undefined;
  readonly [option: string]: unknown;
}

/** Entry of activations: the same, and the outliers that a format or an option cannot say. */
export interface OutlierEntry extends OperandEntry {
  readonly outliers?: z.infer<typeof outliersSchema> | undefined;
}

/** Entry of a weight: the same again, and what else they cannot say. */
export interface WeightEntry extends OutlierEntry {
  readonly bitsByModel?: Readonly<Record<string, number>> | undefined;
  readonly lowRank?: z.infer<typeof lowRankSchema> | undefined;
}

/** A rewrite of the model before it is quantized, with its own options. */
export interface PrepareEntry {
  readonly method: string;
  readonly [option: string]: unknown;
}

/** Keys of an entry that are no option of its method. */
const ownKeys: readonly string[] = ['quantizer', 'method', 'format', 'bitsByModel', 'outliers', 'lowRank'];

/** What of an entry is an option of its quantizer or rewrite. */
export function optionsOfEntry(entry: OperandEntry): Options {
  return Object.fromEntries(Object.entries(entry).filter(([key, value]) => value !== undefined && !ownKeys.includes(key)));
}

/** The method of that name; undefined for one that is not there, or for none. */
export function namedIn<T>(methods: Readonly<Record<string, T>>, name: string | undefined): T | undefined {
  return name !== undefined && Object.hasOwn(methods, name) ? methods[name] : undefined;
}

/** Options by name, as they are written. */
export type Options = Readonly<Record<string, unknown>>;

/**
 * Schema of an entry whose `key` names one of the methods; `beside` holds the keys that stand beside the options of each.
 * `without`: the keys of an entry that names none; absent: it has to.
 */
export function entrySchema(
  key: string,
  methods: Methods,
  { beside = {}, without }: { readonly beside?: z.ZodRawShape; readonly without?: z.ZodRawShape },
): z.ZodType {
  // Taken as undefined by the check; for readers of the JSON Schema: the key is not there.
  const absent = z.undefined().optional().meta({ not: {} });
  const alternatives = Object.entries(methods).map(([name, { description, options }]) =>
    z.strictObject({ [key]: z.literal(name), ...beside, ...asWritten(options, `${key} ${name}`) }).describe(description),
  );
  const bare = without === undefined ? [] : [z.strictObject({ ...without, [key]: absent })];
  return z.discriminatedUnion(key, [...bare, ...alternatives] as [z.ZodObject, ...z.ZodObject[]]);
}

/** Fields of an options schema, each optional where it has a default. Rules over several of them are left to the schema itself. */
function asWritten(options: z.ZodType, name: string): z.ZodRawShape {
  if (!(options instanceof z.ZodObject)) throw new Error(`options of ${name} are no object schema`);
  const taken = Object.keys(options.shape).find((option) => ownKeys.includes(option));
  if (taken !== undefined) throw new Error(`option ${taken} of ${name} is a key of every entry`);
  return Object.fromEntries(Object.entries(options.shape as Record<string, z.ZodType>).map(([option, field]) => [option, written(field)]));
}

function written(field: z.ZodType): z.ZodType {
  if (!(field instanceof z.ZodDefault)) return field;
  const inner = (field.unwrap() as z.ZodType).optional();
  const { description } = field;
  return inner.meta({ ...(description === undefined ? {} : { description }), default: field.def.defaultValue });
}

/** Reports what the whole schema of a method finds in options whose fields are well-formed one by one; nothing for an entry without a method. */
export function reportTogether(
  context: z.core.$RefinementCtx,
  path: readonly string[],
  schema: z.ZodType | undefined,
  options: Options,
): void {
  for (const issue of schema?.safeParse(options).error?.issues ?? []) {
    const { message } = issue;
    context.addIssue({ code: 'custom', path: [...path, ...issue.path], message: message.charAt(0).toLowerCase() + message.slice(1) });
  }
}
