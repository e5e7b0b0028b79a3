/**
 * What the entries of a scheme cost in memory, as operands of layers: the format an entry names, or the one its quantizer stores.
 * A cache quantizer holds recent tokens exactly, so its bits depend on the length: payload and metadata are its bytes at that length over all
 * elements of keys and values. Source: `bytes` of the cache quantizer (src/quantizers/kv). Left out: that the halves differ.
 */
import { rewrites } from '../decoder/rewrites/index.js';
import type { Rewrite } from '../decoder/rewrites/rewrite.js';
import { operandFormat } from '../formats/index.js';
import { LowbitError, unknownName } from '../lowbit-error.js';
import { quantizerNamed } from '../quantizers/index.js';
import { kvQuantizerNamed } from '../quantizers/kv/index.js';
import type { CacheShape } from '../quantizers/kv/kv-quantizer.js';
import { parseOptions } from '../quantizers/quantize-options.js';
import type { LowRankFactors } from '../quantizers/quantizer.js';
import type { Operand } from './layer-trace.js';
import { namedIn, optionsOfEntry, type OperandEntry, type OutlierEntry, type PrepareEntry, type WeightEntry } from './scheme-entries.js';
import type { MarkedShare } from './stored-operand.js';

/** Tokens and shape of the cache that stands for a long one: what is kept exact is a small share of it. */
const LONG_tokens = 2 ** 20;
const LONG_SHAPE: CacheShape = { kvHeads: 1, headDim: 128 };

/** An operand with the outliers that its entry states. */
export function weightOperand(entry: OutlierEntry): Operand {
  const { outliers } = entry;
  const operand = entryOperand(entry);
  if (outliers === undefined) return operand;
  return {
    ...operand,
    metadata_bitsPerElement: operand.metadata_bitsPerElement + outliers.share * outliers.bits,
    statistics: { origin: 'assumed', outlierShare: outliers.share },
  };
}

/** Weights or activations: the format, or what the quantizer stores under its options. A format beside a quantizer must say the same. */
export function entryOperand(entry: OperandEntry): Operand {
  const { quantizer: name, format } = entry;
  if (name === undefined) return operandFormat(format ?? '');
  const quantizer = quantizerNamed(name);
  const stored = quantizer.formatName(parseOptions(quantizer, optionsOfEntry(entry)));
  if (format === undefined || format === stored) return operandFormat(stored);
  throw new LowbitError('weight format is not what the quantizer stores', {
    value: format,
    allowed: [stored],
    remedy: 'leave weight.format out, it follows from the quantizer and its options',
  });
}

/** An average over layers of different bits keeps the group geometry of the format it varies. */
export function averaged(operand: Operand, payload_bitsPerElement: number): Operand {
  return { ...operand, format: `${operand.format}-average${payload_bitsPerElement}`, payload_bitsPerElement };
}

/** The factors an entry states, or its quantizer stores. */
export function lowRankOf(weight: WeightEntry): LowRankFactors | undefined {
  if (weight.lowRank !== undefined || weight.quantizer === undefined) return weight.lowRank;
  const quantizer = quantizerNamed(weight.quantizer);
  return quantizer.lowRank?.(parseOptions(quantizer, optionsOfEntry(weight)));
}

/** Keys and values as a long cache holds them, and at a length where a quantizer makes that a difference. */
export function cacheOperands(entry: OperandEntry): {
  readonly kv: Operand;
  readonly cacheAt?: (tokens: number, shape: CacheShape) => Operand;
} {
  if (entry.quantizer === undefined) return { kv: operandFormat(entry.format ?? '') };
  const quantizer = kvQuantizerNamed(entry.quantizer);
  const options = parseOptions(quantizer, optionsOfEntry(entry));
  const { format, group } = operandFormat(quantizer.formatName(options)) as Operand;
  const cacheAt = (tokens: number, shape: CacheShape): Operand => {
    const { codes, exact, side } = quantizer.bytes(tokens, shape, options);
    const elements = 2 * tokens * shape.kvHeads * shape.headDim;
    const payload_bitsPerElement = (8 * (codes + exact)) / elements;
    return { format, payload_bitsPerElement, metadata_bitsPerElement: (8 * side) / elements, ...(group === undefined ? {} : { group }) };
  };
  return { kv: cacheAt(LONG_tokens, LONG_SHAPE), cacheAt };
}

/** A rewrite with its options, defaults filled in. */
export interface PreparedStep {
  readonly rewrite: Rewrite;
  readonly options: object;
}

/** Blocks of 8 bits that the rewrites of a scheme mark, the last of those that mark some; absent: none does. */
export function markedShare(entries: readonly PrepareEntry[] = []): MarkedShare | undefined {
  const step = preparedSteps(entries).findLast(({ rewrite }) => rewrite.eightBitShare !== undefined);
  return step === undefined ? undefined : (channels) => step.rewrite.eightBitShare?.(step.options, channels) ?? 0;
}

/** The rewrites of a scheme in order. */
export function preparedSteps(entries: readonly PrepareEntry[]): PreparedStep[] {
  return entries.map((entry) => {
    const rewrite = namedIn(rewrites, entry.method);
    if (rewrite === undefined) throw unknownName('rewrite', entry.method, Object.keys(rewrites));
    return { rewrite, options: parseOptions(rewrite, optionsOfEntry(entry)) };
  });
}
