/**
 * Shape of a scheme (models/schemes/*.yaml): who quantizes what, and what each operand then costs in memory.
 * Charged per element: payload + metadata of the group along k, exactly as stored in the shape of a matrix or input (stored-operand.ts). Per-channel (16/K) and
 * per-tensor (32/(N K)) parts are left out, as the published accelerator studies do; traces list them apart. Bits given per model are an average
 * over its layers. Outliers stored apart add share * bits to the metadata and keep their code slot.
 */
import { z } from 'zod';
import { rewrites } from '../decoder/rewrites/index.js';
import { operandFormat } from '../formats/index.js';
import { LowbitError } from '../lowbit-error.js';
import { quantizers } from '../quantizers/index.js';
import { kvQuantizers } from '../quantizers/kv/index.js';
import type { CacheShape } from '../quantizers/kv/kv-quantizer.js';
import type { Operand } from './layer-trace.js';
import {
  entrySchema,
  lowRankSchema,
  namedIn,
  optionsOfEntry,
  outliersSchema,
  reportTogether,
  type OperandEntry,
  type OutlierEntry,
  type PrepareEntry,
  type WeightEntry,
} from './scheme-entries.js';
import { allEntries, productEntries, type LayerEntry, type ProductEntry } from './scheme-layers.js';
import { checkRows, checkRowsOnce } from './row-entries.js';
import { mixedRows, type RowsOperand } from './row-blocks.js';
import { averaged, cacheOperands, entryOperand, lowRankOf, markedShare, weightOperand } from './scheme-operands.js';
import { nameTest } from './product-pattern.js';
import { storedOperand, type MarkedShare, type StoredOperand } from './stored-operand.js';

const bits = z.number().positive().max(32);

const operandName = z.string().min(1);

/** What stands beside the options of a weight quantizer, or describes the weights without one. */
const besideWeight = {
  bitsByModel: z.record(z.string(), bits).optional().describe('payload bits of single models, an average over their layers'),
  outliers: outliersSchema.optional().describe('weights stored apart at full precision'),
  lowRank: lowRankSchema.optional().describe('factors beside every weight matrix, y = W x + B (A x): two more products and their weights'),
};

const stated = 'operand format; beside a quantizer it must be what that stores, and may be left out';
/** Entry of weights: a quantizer with its options, or a format. */
export const weightSchema = entrySchema('quantizer', quantizers, {
  beside: { format: operandName.optional().describe(stated), ...besideWeight },
  without: { format: operandName.describe('operand format, for example int4-g128'), ...besideWeight },
}) as z.ZodType<WeightEntry>;

const formatSchema = z.strictObject({ format: operandName });
const without = { format: operandName.describe('operand format') };
const besideActivation = {
  outliers: outliersSchema
    .optional()
    .describe('activations stored apart, or in blocks of 8 bits where the quantizer has blocks of two precisions'),
};
/** Entry of activations: a quantizer with its options, or a format. */
export const activationSchema = entrySchema('quantizer', quantizers, {
  beside: besideActivation,
  without: { ...without, ...besideActivation },
}) as z.ZodType<OutlierEntry>;
const cacheSchema = entrySchema('quantizer', kvQuantizers, { without }) as z.ZodType<OperandEntry>;
const FP16 = { format: 'fp16' };

const layerSchema = z.strictObject({
  match: z.string().min(1).describe('names of products, e.g. layers.0.mlp.*, down_proj; * within a part, ** over parts, {a,b}'),
  optional: z.boolean().optional().describe('true: a model without such a product takes the scheme as well'),
  rows: z.coerce
    .string()
    .optional()
    .describe('output features that the entry is for, e.g. 0-3,17; the others take what the entries behind it say'),
  of: z.int().positive().optional().describe('output features of the matrix, where rows are listed: another matrix is refused'),
  weight: weightSchema.optional(),
  activation: activationSchema.optional(),
}) as z.ZodType<LayerEntry>;

const schemeFields = z.strictObject({
  name: z
    .string()
    .min(1)
    .regex(/^[\w.-]+$/, 'letters, digits, dot, dash and underscore only'),
  description: z.string().optional(),
  source: z.string().optional(),
  prepare: z
    .array(entrySchema('method', rewrites, {}) as z.ZodType<PrepareEntry>)
    .optional()
    .describe('rewrites of the model before it is quantized, in this order'),
  weight: weightSchema,
  activation: activationSchema.default(FP16).describe('inputs of the weight matrices; a quantizer sees them as [tokens, k]'),
  attention: formatSchema.optional().describe('queries and attention probabilities; default: activation'),
  kv: cacheSchema.default(FP16),
  output: formatSchema.default(FP16).describe('what a layer writes'),
  layers: z
    .array(layerSchema)
    .optional()
    .describe('entries of single products; the first that matches wins, what it leaves out is as above'),
});

/** A scheme whose formats, quantizers, rewrites and options are known and agree with each other. */
export const schemeSchema = schemeFields.superRefine((scheme, context) => {
  if (context.issues.length === 0) checkTogether(scheme, context);
  if (context.issues.length > 0) return;
  refuse(context, ['weight', 'format'], () => weightOperand(scheme.weight));
  const { lowRank } = scheme.weight;
  if (lowRank !== undefined) refuse(context, ['weight', 'lowRank', 'format'], () => operandFormat(lowRank.format));
  for (const key of ['activation', 'attention', 'kv', 'output'] as const) {
    const format = scheme[key]?.format;
    if (format !== undefined) refuse(context, [key, 'format'], () => operandFormat(format));
  }
  for (const [i, entry] of (scheme.layers ?? []).entries()) checkLayer(context, ['layers', String(i)], entry);
  checkRowsOnce(context, scheme.layers ?? []);
});
/** A checked scheme. */
export type SchemeConfig = z.infer<typeof schemeFields>;

/** The operands of a product under a scheme. */
export interface ProductOperands {
  readonly weight: Operand;
  readonly activation: Operand;
  readonly lowRank?: LowRank;
}

/** The operands of every layer under a scheme; those of products as far as `layers` says nothing else. */
export interface ResolvedScheme extends ProductOperands {
  /** Whether products differ. */
  readonly layered: boolean;
  /** The operands of a product by its name; the same object for products that do not differ. */
  readonly productAt: (name: string) => ProductOperands;
  /** Factors by the weight they stand beside. */
  readonly lowRanks: ReadonlyMap<Operand, LowRank>;
  /** Rows of a matrix under weights of their own, by the weight that stands for all. */
  readonly rowBlocks: ReadonlyMap<Operand, readonly RowsOperand[]>;
  /** What weights and activations take in the shape of a matrix or input, by the operand they stand for. */
  readonly storedOperands: ReadonlyMap<Operand, StoredOperand>;
  /** Queries and attention probabilities. */
  readonly attention: Operand;
  /** Keys and values; of a cache quantizer as a long cache holds them, see `cacheAt`. */
  readonly kv: Operand;
  /** Keys and values of a cache of that many tokens, where their bits depend on it. */
  readonly cacheAt?: (tokens: number, shape: CacheShape) => Operand;
  readonly output: Operand;
}

/** Factors beside every weight matrix. */
export interface LowRank {
  readonly rank: number;
  readonly factor: Operand;
}

/** Operands of a checked scheme for one model. Throws LowbitError where a setting made it contradict itself. */
export function resolveScheme(scheme: SchemeConfig, modelName: string): ResolvedScheme {
  const { own, ...products } = productOperands(scheme, modelName);
  return {
    ...own,
    ...products,
    attention: operandFormat(scheme.attention?.format ?? own.activation.format),
    ...cacheOperands(scheme.kv),
    output: operandFormat(scheme.output.format),
  };
}

/** Every entry is resolved at once, so that what is wrong with one is said whether or not a product takes it. */
function productOperands(
  scheme: SchemeConfig,
  modelName: string,
): Pick<ResolvedScheme, 'layered' | 'productAt' | 'lowRanks' | 'storedOperands' | 'rowBlocks'> & { readonly own: ProductOperands } {
  const known = new Map<string, ProductOperands>();
  const storedOperands = new Map<Operand, StoredOperand>();
  const marked = markedShare(scheme.prepare);
  const rowBlocks = new Map<Operand, readonly RowsOperand[]>();
  const operandsOf = ({ rowBlocks: blocks = [], ...entry }: ProductEntry): ProductOperands => {
    const text = JSON.stringify([entry, blocks.map(({ count, of, weight }) => [count, of, weight])]);
    const found = known.get(text);
    if (found !== undefined) return found;
    if (blocks.length > 0) {
      const rest = operandsOf(entry);
      const { operand, rows } = mixedRows(rest.weight, blocks, (weight) => operandsOf({ ...entry, weight }).weight);
      const mixed = { weight: operand, activation: rest.activation };
      rowBlocks.set(operand, rows);
      known.set(text, mixed);
      return mixed;
    }
    const { operands, stored } = resolveEntry(entry, modelName, marked);
    known.set(text, operands);
    if (stored.weight !== undefined) storedOperands.set(operands.weight, stored.weight);
    if (stored.activation !== undefined) storedOperands.set(operands.activation, stored.activation);
    return operands;
  };
  const [own] = allEntries(scheme).map(operandsOf) as [ProductOperands];
  const entryOf = productEntries(scheme);
  return {
    own,
    layered: scheme.layers !== undefined,
    storedOperands,
    rowBlocks,
    productAt: scheme.layers === undefined ? () => own : (name) => operandsOf(entryOf(name)),
    lowRanks: new Map([...known.values()].flatMap(({ weight, lowRank }) => (lowRank === undefined ? [] : [[weight, lowRank] as const]))),
  };
}

interface ResolvedEntry {
  readonly operands: ProductOperands;
  /** Absent: no quantizer, or an average over layers. */
  readonly stored: { readonly weight: StoredOperand | undefined; readonly activation: StoredOperand | undefined };
}

function resolveEntry({ weight: entry, activation }: ProductEntry, modelName: string, marked: MarkedShare | undefined): ResolvedEntry {
  const { bitsByModel } = entry;
  const average = bitsByModel !== undefined && Object.hasOwn(bitsByModel, modelName) ? bitsByModel[modelName] : undefined;
  const lowRank = lowRankOf(entry);
  const charged = weightOperand(entry);
  // Copies, for factors and what is stored in a shape are found by them.
  const weight = average === undefined ? { ...charged } : averaged(charged, average);
  const operands = {
    weight,
    activation: { ...activationOperand(activation) },
    ...(lowRank === undefined ? {} : { lowRank: { rank: lowRank.rank, factor: operandFormat(lowRank.format) } }),
  };
  const stored = {
    weight: average === undefined ? storedOperand(entry, weight) : undefined,
    activation: storedOperand(activation, operands.activation, marked),
  };
  return { operands, stored };
}

/** Outliers that stand beside a quantizer are counted in the shape of the input, where it knows its own. */
function activationOperand(entry: OutlierEntry): Operand {
  return entry.quantizer === undefined ? weightOperand(entry) : entryOperand(entry);
}

/** Whatever only the schema of a whole method can say of its options. */
function checkTogether({ weight, activation, kv, prepare = [] }: SchemeConfig, context: z.core.$RefinementCtx): void {
  const check = (path: readonly string[], method: { readonly options: z.ZodType } | undefined, entry: OperandEntry): void => {
    reportTogether(context, path, method?.options, optionsOfEntry(entry));
  };
  check(['weight'], namedIn(quantizers, weight.quantizer), weight);
  check(['activation'], namedIn(quantizers, activation.quantizer), activation);
  check(['kv'], namedIn(kvQuantizers, kv.quantizer), kv);
  for (const [i, entry] of prepare.entries()) check(['prepare', String(i)], namedIn(rewrites, entry.method), entry);
}

/** What is wrong with an entry of single products beyond its keys. */
function checkLayer(context: z.core.$RefinementCtx, at: readonly string[], entry: LayerEntry): void {
  const { match, weight, activation } = entry;
  refuse(context, [...at, 'match'], () => nameTest(match));
  if (context.issues.length === 0) checkRows(context, at, entry);
  if (weight === undefined && activation === undefined) {
    context.addIssue({ code: 'custom', path: [...at], message: 'an entry of layers names a weight or an activation' });
  }
  if (weight !== undefined) {
    if (weight.bitsByModel !== undefined) {
      context.addIssue({ code: 'custom', path: [...at, 'weight', 'bitsByModel'], message: 'an average over layers says nothing of one' });
    }
    reportTogether(context, [...at, 'weight'], namedIn(quantizers, weight.quantizer)?.options, optionsOfEntry(weight));
    if (context.issues.length === 0) refuse(context, [...at, 'weight', 'format'], () => weightOperand(weight));
  }
  if (activation === undefined) return;
  reportTogether(context, [...at, 'activation'], namedIn(quantizers, activation.quantizer)?.options, optionsOfEntry(activation));
  if (context.issues.length === 0) refuse(context, [...at, 'activation', 'format'], () => entryOperand(activation));
}

/** Turns an error of the user into a problem of the document at that path. */
function refuse(context: z.core.$RefinementCtx, path: readonly string[], work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    const { allowed, remedy } = error.details;
    context.addIssue({ code: 'custom', path: [...path], message: error.what, params: { allowed, remedy } });
  }
}
