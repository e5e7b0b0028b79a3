/**
 * Shape of a scheme (models/schemes/*.yaml): who quantizes what, and what each operand then costs in memory.
 * Charged per element: payload + metadata of the group along k. Per-channel (16/K) and per-tensor (32/(N K)) parts are left out, as the
 * published accelerator studies do; quantized tensors report them apart. Bits given per model are an average over its layers.
 */
import { z } from 'zod';
import { operandFormat } from '../formats/index.js';
import { LowbitError } from '../lowbit-error.js';
import { quantizerNamed } from '../quantizers/index.js';
import { parseOptions } from '../quantizers/quantize-options.js';
import type { Operand } from './layer-trace.js';

const bits = z.number().positive().max(32);

const weightSchema = z.strictObject({
  quantizer: z.string().min(1).optional().describe('a key of the quantizers; absent: only the format is known'),
  format: z.string().min(1).optional().describe('operand format; absent: follows from the options of the quantizer'),
  bitsByModel: z.record(z.string(), bits).optional().describe('payload bits of single models, an average over their layers'),
  bits: bits.optional().describe('payload bits per weight'),
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
});

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
 * Operands of a scheme for one model. Throws LowbitError for an unknown format or quantizer, an option the quantizer does not take,
 * or bits that do not follow from them.
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

/** Options of the scheme's quantizer, defaults filled in; none without a quantizer. Throws LowbitError naming the scheme. */
function quantizerOptions(scheme: SchemeConfig): Readonly<Record<string, unknown>> {
  const { quantizer, format: _format, bitsByModel: _bitsByModel, ...given } = scheme.weight;
  if (quantizer === undefined) return {};
  try {
    const options = Object.entries(given).filter(([, value]) => value !== undefined);
    return parseOptions(quantizerNamed(quantizer), Object.fromEntries(options)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    throw new LowbitError(error.what, { ...error.details, place: `scheme ${scheme.name}` });
  }
}

function weightOperand(scheme: SchemeConfig, modelName: string): Operand {
  const { weight } = scheme;
  const options = quantizerOptions(scheme);
  const average =
    weight.bitsByModel !== undefined && Object.hasOwn(weight.bitsByModel, modelName) ? weight.bitsByModel[modelName] : undefined;
  const operand = weight.format === undefined ? operandOfQuantizer(scheme, options) : operandFormat(weight.format);
  return average === undefined ? operand : averaged(operand, average);
}

/** An average over layers of different bits keeps the group geometry of the format it varies. */
function averaged(operand: Operand, payload_bitsPerElement: number): Operand {
  return { ...operand, format: `${operand.format}-average${payload_bitsPerElement}`, payload_bitsPerElement };
}

function operandOfQuantizer(scheme: SchemeConfig, options: Readonly<Record<string, unknown>>): Operand {
  const { quantizer } = scheme.weight;
  const rule = quantizer !== undefined && Object.hasOwn(bitRules, quantizer) ? bitRules[quantizer] : undefined;
  if (rule !== undefined) return rule(options);
  throw new LowbitError(
    quantizer === undefined ? 'weight has neither quantizer nor format' : 'weight bits do not follow from the quantizer',
    {
      ...(quantizer === undefined ? {} : { value: quantizer }),
      place: `scheme ${scheme.name}`,
      remedy: 'give weight.format, for example int4-g128',
    },
  );
}

const FP16_bits = 16;
const FP32_bits = 32;
const INT8_bits = 8;

/** Operand of each quantizer whose stored bits follow from its options. */
const bitRules: Readonly<Record<string, (options: Readonly<Record<string, unknown>>) => Operand>> = {
  rtn: (options) => {
    const name = `int${String(options['bits'])}${options['symmetric'] === false ? '-asym' : ''}`;
    return options['granularity'] === 'group'
      ? operandFormat(`${name}-g${String(options['group'])}`)
      : wholeChannel(name, Number(options['bits']));
  },
  bitmod: (options) => {
    const payload = Number(options['bits']);
    const group = Number(options['group']);
    const operand = operandFormat(`bitmod-${payload <= 4 ? 'fp' : 'int'}${payload}-g${group}`);
    if (options['secondLevel'] !== 'none') return operand;
    const scale_bits = options['scaleFormat'] === 'fp32' ? FP32_bits : FP16_bits;
    return { ...operand, metadata_bitsPerElement: operand.metadata_bitsPerElement + (scale_bits - INT8_bits) / group };
  },
  ant: (options) => typedOperand('ant', options),
  olive: (options) => typedOperand('olive', options),
};

function wholeChannel(format: string, payload: number): Operand {
  return { format, payload_bitsPerElement: payload, metadata_bitsPerElement: 0, group: 0 };
}

/** ANT and OliVe: an FP32 scale per group, or one per channel or tensor that is not charged. */
function typedOperand(name: string, options: Readonly<Record<string, unknown>>): Operand {
  const payload = Number(options['bits']);
  if (options['granularity'] !== 'group') return wholeChannel(`${name}${payload}`, payload);
  const group = Number(options['group']);
  return { format: `${name}${payload}-g${group}`, payload_bitsPerElement: payload, metadata_bitsPerElement: FP32_bits / group, group };
}
