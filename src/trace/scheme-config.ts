/**
 * Shape of a scheme (models/schemes/*.yaml): who quantizes what, and what each operand then costs in memory.
 * Charged per element: payload + metadata of the group along k. Per-channel (16/K) and per-tensor (32/(N K)) parts are left out, as the
 * published accelerator studies do; quantized tensors report them apart. Bits given per model are an average over its layers.
 * Outliers stored apart add share * bits to the metadata and keep their code slot.
 */
import { z } from 'zod';
import { rewrites } from '../decoder/rewrites/index.js';
import type { OnlineStep } from '../decoder/rewrites/rewrite.js';
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
  type PrepareEntry,
  type WeightEntry,
} from './scheme-entries.js';
import { averaged, cacheOperands, entryOperand, lowRankOf, preparedSteps, weightOperand } from './scheme-operands.js';

const bits = z.number().positive().max(32);

const operandName = z.string().min(1);

/** What stands beside the options of a weight quantizer, or describes the weights without one. */
const besideWeight = {
  bitsByModel: z.record(z.string(), bits).optional().describe('payload bits of single models, an average over their layers'),
  outliers: outliersSchema.optional().describe('weights stored apart at full precision'),
  lowRank: lowRankSchema.optional().describe('factors beside every weight matrix, y = W x + B (A x): two more products and their weights'),
};

const stated = 'operand format; beside a quantizer it must be what that stores, and may be left out';
const weightSchema = entrySchema('quantizer', quantizers, {
  beside: { format: operandName.optional().describe(stated), ...besideWeight },
  without: { format: operandName.describe('operand format, for example int4-g128'), ...besideWeight },
}) as z.ZodType<WeightEntry>;

const formatSchema = z.strictObject({ format: operandName });
const without = { format: operandName.describe('operand format') };
const activationSchema = entrySchema('quantizer', quantizers, { without }) as z.ZodType<OperandEntry>;
const cacheSchema = entrySchema('quantizer', kvQuantizers, { without }) as z.ZodType<OperandEntry>;
const FP16 = { format: 'fp16' };

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
});
/** A checked scheme. */
export type SchemeConfig = z.infer<typeof schemeFields>;

/** The operands of every layer under a scheme. */
export interface ResolvedScheme {
  readonly weight: Operand;
  readonly activation: Operand;
  /** Queries and attention probabilities. */
  readonly attention: Operand;
  /** Keys and values; of a cache quantizer as a long cache holds them, see `cacheAt`. */
  readonly kv: Operand;
  /** Keys and values of a cache of that many tokens, where their bits depend on it. */
  readonly cacheAt?: (tokens: number, shape: CacheShape) => Operand;
  readonly output: Operand;
  readonly lowRank?: LowRank;
  /** Steps on the input of weight matrices that the rewrites leave to run time. */
  readonly online: readonly OnlineStep[];
}

/** Factors beside every weight matrix. */
export interface LowRank {
  readonly rank: number;
  readonly factor: Operand;
}

/** Operands of a checked scheme for one model. Throws LowbitError where a setting made it contradict itself. */
export function resolveScheme(scheme: SchemeConfig, modelName: string): ResolvedScheme {
  const activation = entryOperand(scheme.activation);
  const { bitsByModel } = scheme.weight;
  const average = bitsByModel !== undefined && Object.hasOwn(bitsByModel, modelName) ? bitsByModel[modelName] : undefined;
  const weight = weightOperand(scheme.weight);
  const lowRank = lowRankOf(scheme.weight);
  return {
    weight: average === undefined ? weight : averaged(weight, average),
    activation,
    attention: scheme.attention === undefined ? activation : operandFormat(scheme.attention.format),
    ...cacheOperands(scheme.kv),
    output: operandFormat(scheme.output.format),
    ...(lowRank === undefined ? {} : { lowRank: { rank: lowRank.rank, factor: operandFormat(lowRank.format) } }),
    online: preparedSteps(scheme.prepare ?? []).flatMap(({ rewrite, options }) => rewrite.online(options)),
  };
}

/** Whatever only the schema of a whole method can say of its options. */
function checkTogether({ weight, activation, kv, prepare = [] }: SchemeConfig, context: z.core.$RefinementCtx): void {
  const check = (path: readonly string[], method: { readonly options: z.ZodType } | undefined, entry: OperandEntry): void => {
    if (method !== undefined) reportTogether(context, path, method.options, optionsOfEntry(entry));
  };
  check(['weight'], namedIn(quantizers, weight.quantizer), weight);
  check(['activation'], namedIn(quantizers, activation.quantizer), activation);
  check(['kv'], namedIn(kvQuantizers, kv.quantizer), kv);
  for (const [i, entry] of prepare.entries()) check(['prepare', String(i)], namedIn(rewrites, entry.method), entry);
}

/** Turns an error of the user into a problem of the document at that path. */
function refuse(context: z.core.$RefinementCtx, path: string[], work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    const { allowed, remedy } = error.details;
    context.addIssue({ code: 'custom', path, message: error.what, params: { allowed, remedy } });
  }
}
