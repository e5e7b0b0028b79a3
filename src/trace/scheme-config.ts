/**
 * Shape of a scheme (models/schemes/*.yaml): who quantizes what, and what each operand then costs in memory.
 * Charged per element: payload + metadata of the group along k. Per-channel (16/K) and per-tensor (32/(N K)) parts are left out, as the
 * published accelerator studies do; quantized tensors report them apart. Bits given per model are an average over its layers.
 */
import { z } from 'zod';
import { operandFormat } from '../formats/index.js';
import { LowbitError } from '../lowbit-error.js';
import type { Operand } from './layer-trace.js';

const bits = z.number().positive().max(32);

const weightSchema = z.strictObject({
  quantizer: z.string().min(1).optional().describe('a key of the quantizers; absent: only the format is known'),
  format: z.string().min(1).optional().describe('operand format; absent: follows from quantizer, bits and group'),
  bits: bits.optional().describe('payload bits per weight'),
  bitsByModel: z.record(z.string(), bits).optional().describe('payload bits of single models, an average over their layers'),
  group: z.int().positive().optional().describe('weights along k sharing a scale'),
  granularity: z.enum(['tensor', 'channel', 'group']).optional(),
  symmetric: z.boolean().optional(),
  type: z.string().optional(),
  normal: z.string().optional(),
  pairRule: z.string().optional(),
  secondLevel: z
    .union([z.string(), z.boolean()])
    .optional()
    .describe('format of the group scales under a channel scale; false or none: FP16 scales'),
  signed: z.boolean().optional(),
  scaleFormat: z.string().optional(),
  clipLow: z.number().optional(),
  clipHigh: z.number().optional(),
  clipStep: z.number().optional(),
  alpha: z.number().optional(),
});
type WeightScheme = z.infer<typeof weightSchema>;

const formatSchema = z.strictObject({ format: z.string().min(1) });
const FP16 = { format: 'fp16' };

export const schemeSchema = z.strictObject({
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
/** A checked scheme. */
export type SchemeConfig = z.infer<typeof schemeSchema>;

/** The operands of every layer under a scheme. */
export interface ResolvedScheme {
  readonly weight: Operand;
  readonly activation: Operand;
  /** Queries and attention probabilities. */
  readonly attention: Operand;
  readonly kv: Operand;
  readonly output: Operand;
}

/**
 * Operands of a scheme for one model. Throws LowbitError for an unknown format, a quantizer whose bits do not follow from its options,
 * or missing bits.
 */
export function resolveScheme(scheme: SchemeConfig, modelName: string): ResolvedScheme {
  const activation: Operand = operandFormat(scheme.activation.format);
  return {
    weight: weightOperand(scheme, modelName),
    activation,
    attention: scheme.attention === undefined ? activation : operandFormat(scheme.attention.format),
    kv: operandFormat(scheme.kv.format),
    output: operandFormat(scheme.output.format),
  };
}

/** Name and value of every quantizer option a scheme gives, as the quantizer's own schema takes them. */
export function quantizerOptions(scheme: SchemeConfig): Readonly<Record<string, string | number | boolean>> {
  const { quantizer: _quantizer, format: _format, bitsByModel: _bitsByModel, ...options } = scheme.weight;
  return Object.fromEntries(
    Object.entries(options).filter((entry): entry is [string, string | number | boolean] => entry[1] !== undefined),
  );
}

function weightOperand(scheme: SchemeConfig, modelName: string): Operand {
  const { weight } = scheme;
  const special =
    weight.bitsByModel !== undefined && Object.hasOwn(weight.bitsByModel, modelName) ? weight.bitsByModel[modelName] : undefined;
  const payload = special ?? weight.bits;
  if (weight.format !== undefined) {
    const operand = operandFormat(weight.format);
    return payload === undefined || payload === operand.payload_bitsPerElement ? operand : mixed(operand, payload);
  }
  const rule = weight.quantizer !== undefined && Object.hasOwn(bitRules, weight.quantizer) ? bitRules[weight.quantizer] : undefined;
  if (rule === undefined) throw noRule(scheme);
  if (payload === undefined)
    throw new LowbitError('weight bits are missing', { place: `scheme ${scheme.name}`, remedy: 'give weight.bits or weight.format' });
  return rule(weight, payload);
}

/** An average over layers of different bits keeps the group geometry of the format it varies. */
function mixed(operand: Operand, payload: number): Operand {
  return { ...operand, format: `${operand.format}-mixed${payload}`, payload_bitsPerElement: payload };
}

function noRule(scheme: SchemeConfig): LowbitError {
  return new LowbitError('weight bits do not follow from the quantizer', {
    ...(scheme.weight.quantizer === undefined ? {} : { value: scheme.weight.quantizer }),
    place: `scheme ${scheme.name}`,
    allowed: Object.keys(bitRules),
    remedy: 'or give weight.format',
  });
}

/** Operand of each quantizer whose stored bits follow from its options. */
const bitRules: Readonly<Record<string, (weight: WeightScheme, payload: number) => Operand>> = {
  rtn: (weight, payload) => {
    const asymmetric = weight.symmetric === false ? '-asym' : '';
    if (!isGrouped(weight)) return wholeChannel(`int${payload}${asymmetric}`, payload);
    return operandFormat(`int${payload}${asymmetric}-g${weight.group ?? DEFAULT_GROUP}`);
  },
  bitmod: (weight, payload) => {
    const group = weight.group ?? DEFAULT_GROUP;
    const operand = operandFormat(`bitmod-${payload <= 4 ? 'fp' : 'int'}${payload}-g${group}`);
    if (weight.secondLevel !== false && weight.secondLevel !== 'none') return operand;
    return { ...operand, metadata_bitsPerElement: operand.metadata_bitsPerElement + (FP16_bits - INT8_bits) / group };
  },
  ant: (weight, payload) => perChannelOrGroup('ant', weight, payload),
  olive: (weight, payload) => perChannelOrGroup('olive', weight, payload),
};

const DEFAULT_GROUP = 128;
const FP16_bits = 16;
const INT8_bits = 8;

function isGrouped(weight: WeightScheme): boolean {
  return weight.granularity === undefined ? weight.group !== undefined : weight.granularity === 'group';
}

function wholeChannel(format: string, payload: number): Operand {
  return { format, payload_bitsPerElement: payload, metadata_bitsPerElement: 0, group: 0 };
}

function perChannelOrGroup(name: string, weight: WeightScheme, payload: number): Operand {
  if (!isGrouped(weight)) return wholeChannel(`${name}${payload}`, payload);
  const group = weight.group ?? DEFAULT_GROUP;
  return { format: `${name}${payload}-g${group}`, payload_bitsPerElement: payload, metadata_bitsPerElement: FP16_bits / group, group };
}
