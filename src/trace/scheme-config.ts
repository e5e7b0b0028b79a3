/**
 * Shape of a scheme (models/schemes/*.yaml): who quantizes what, and what each operand then costs in memory.
 * Charged per element: payload + metadata of the group along k. Per-channel (16/K) and per-tensor (32/(N K)) parts are left out, as the
 * published accelerator studies do; quantized tensors report them apart. Bits given per model are an average over its layers.
 * Outliers stored apart add share * bits to the metadata and keep their code slot.
 */
import { z } from 'zod';
import { operandFormat } from '../formats/index.js';
import { LowbitError } from '../lowbit-error.js';
import { quantizerNamed } from '../quantizers/index.js';
import { parseOptions } from '../quantizers/quantize-options.js';
import type { Operand } from './layer-trace.js';

const bits = z.number().positive().max(32);

const outliersSchema = z.strictObject({
  share: z.number().positive().max(1).describe('of the weights'),
  bits: z.number().positive().max(128).describe('each takes beside its code slot: value and position'),
});

const lowRankSchema = z.strictObject({
  rank: z.int().positive().describe('columns of the first factor, rows of the second'),
  format: z.string().min(1).describe('operand format of both factors'),
});

const weightSchema = z.strictObject({
  quantizer: z.string().min(1).optional().describe('a key of the quantizers; absent: only the format is known'),
  format: z.string().min(1).optional().describe('operand format; beside a quantizer it must be what that stores, and may be left out'),
  bitsByModel: z.record(z.string(), bits).optional().describe('payload bits of single models, an average over their layers'),
  bits: bits.optional().describe('payload bits per weight'),
  outliers: outliersSchema.optional().describe('weights stored apart at full precision'),
  lowRank: lowRankSchema.optional().describe('factors beside every weight matrix, y = W x + B (A x): two more products and their weights'),
  granularity: z.enum(['tensor', 'channel', 'group']).optional(),
  group: z.int().positive().optional().describe('weights along k sharing a scale'),
  symmetric: z.boolean().optional(),
  fullRange: z.boolean().optional(),
  element: z.string().optional().describe('format of the elements (mx, float)'),
  scaleRule: z.string().optional(),
  scaleFormat: z.string().optional(),
  secondLevel: z.string().optional().describe('int8: group scales as codes under a scale per channel; none: stored one by one'),
  block: z.int().positive().optional().describe('weights along k sharing a scale (nf4)'),
  doubleQuantization: z.boolean().optional(),
  type: z.string().optional(),
  normal: z.string().optional(),
  pairRule: z.string().optional(),
  signed: z.boolean().optional(),
  clipLow: z.number().optional(),
  clipHigh: z.number().optional(),
  clipStep: z.number().optional(),
  alpha: z.number().optional(),
  threshold: z.number().optional().describe('log-density below which a weight is an outlier (gobo)'),
  tau: z.number().optional().describe('squared error above which a weight is an outlier, in variances (spqr)'),
});

const formatSchema = z.strictObject({ format: z.string().min(1) });
const FP16 = { format: 'fp16' };

const schemeFields = z.strictObject({
  name: z
    .string()
    .min(1)
    .regex(/^[\w.-]+$/, 'letters, digits, dot, dash and underscore only'),
  description: z.string().optional(),
  source: z.string().optional(),
  weight: weightSchema,
  activation: formatSchema.default(FP16),
  attention: formatSchema.optional().describe('queries and attention probabilities; default: activation'),
  kv: formatSchema.default(FP16),
  output: formatSchema.default(FP16).describe('what a layer writes'),
});

/** A scheme whose formats, quantizer and options are known and agree with each other. */
export const schemeSchema = schemeFields.superRefine((scheme, context) => {
  refuse(context, ['weight'], () => weightOperand(scheme.weight));
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
  readonly kv: Operand;
  readonly output: Operand;
  readonly lowRank?: LowRank;
}

/** Factors beside every weight matrix. */
export interface LowRank {
  readonly rank: number;
  readonly factor: Operand;
}

/**
 * Operands of a scheme for one model. Throws LowbitError for an unknown format or quantizer, an option the quantizer does not take,
 * an option without a quantizer, or a format that is not what the quantizer stores.
 */
export function resolveScheme(scheme: SchemeConfig, modelName: string): ResolvedScheme {
  const activation: Operand = operandFormat(scheme.activation.format);
  const { bitsByModel, lowRank } = scheme.weight;
  const average = bitsByModel !== undefined && Object.hasOwn(bitsByModel, modelName) ? bitsByModel[modelName] : undefined;
  const weight = weightOperand(scheme.weight);
  return {
    weight: average === undefined ? weight : averaged(weight, average),
    activation,
    attention: scheme.attention === undefined ? activation : operandFormat(scheme.attention.format),
    kv: operandFormat(scheme.kv.format),
    output: operandFormat(scheme.output.format),
    ...(lowRank === undefined ? {} : { lowRank: { rank: lowRank.rank, factor: operandFormat(lowRank.format) } }),
  };
}

/** Turns an error of the user into a problem of the document at that path. */
function refuse(context: z.core.$RefinementCtx, path: string[], work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    const { value, allowed, remedy } = error.details;
    // A format is itself the value at its path; of a mapping the offending part has to be named.
    const message = path.length === 1 && value !== undefined ? new LowbitError(error.what, { value }).message : error.what;
    context.addIssue({ code: 'custom', path, message, params: { allowed, remedy } });
  }
}

type WeightConfig = z.infer<typeof weightSchema>;

function weightOperand(weight: WeightConfig): Operand {
  const { quantizer, format, outliers } = weight;
  const options = quantizerOptions(weight);
  const operand = quantizer === undefined ? operandOfFormat(format, options) : operandOfQuantizer(quantizer, format, options);
  if (outliers === undefined) return operand;
  return {
    ...operand,
    metadata_bitsPerElement: operand.metadata_bitsPerElement + outliers.share * outliers.bits,
    statistics: { origin: 'assumed', outlierShare: outliers.share },
  };
}

/** What of a weight entry is an option of its quantizer. */
export function quantizerOptions(weight: WeightConfig): Record<string, unknown> {
  const { quantizer: _quantizer, format: _format, bitsByModel: _bitsByModel, outliers: _outliers, lowRank: _lowRank, ...given } = weight;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** An average over layers of different bits keeps the group geometry of the format it varies. */
function averaged(operand: Operand, payload_bitsPerElement: number): Operand {
  return { ...operand, format: `${operand.format}-average${payload_bitsPerElement}`, payload_bitsPerElement };
}

/** Without a quantizer the format says all there is. */
function operandOfFormat(format: string | undefined, options: Readonly<Record<string, unknown>>): Operand {
  if (format === undefined)
    throw new LowbitError('weight has neither quantizer nor format', { remedy: 'give weight.format, for example int4-g128' });
  const [option] = Object.entries(options);
  if (option === undefined) return operandFormat(format);
  throw new LowbitError('weight has an option but no quantizer to take it', {
    value: option.map(String).join('='),
    remedy: `the format ${format} says what is stored; add weight.quantizer or leave the option out`,
  });
}

/** What the quantizer stores under the options. A format beside it must say the same. */
function operandOfQuantizer(name: string, format: string | undefined, options: Readonly<Record<string, unknown>>): Operand {
  const quantizer = quantizerNamed(name);
  const stored = quantizer.formatName(parseOptions(quantizer, options));
  if (format === undefined || format === stored) return operandFormat(stored);
  throw new LowbitError('weight format is not what the quantizer stores', {
    value: format,
    allowed: [stored],
    remedy: 'leave weight.format out, it follows from the quantizer and its options',
  });
}
