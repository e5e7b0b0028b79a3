/**
 * A weight or an activation as its quantizer stores it in the shape it has: a format says what whole groups cost, a matrix ends in short ones.
 *   payload    code words                     metadata    group + outlier + permutation: what travels with the elements
 * Channel and tensor parts stay resident and factors of low rank are layers of their own: they stand in `bits` and are not charged, as with weights
 * that were quantized (docs/trace-format.md). A part that the values decide is null in `bits` and not charged; outliers stored apart are charged
 * when the entry states their share.
 * Blocks of two precisions (quantizers that take a map of them) count as outliers of 4 bits beside their code. Activations have those that a rewrite
 * marks, or as many as their entry states; everything else those of their quantizer.
 * Source: `storedBits` of the quantizer. Left out: formats without a quantizer, averages over layers, matrices that the quantizer refuses (the format
 * is charged).
 */
import { quantizerNamed } from '../quantizers/index.js';
import { HIGH_bits, LOW_bits } from '../quantizers/mixed-blocks.js';
import { parseOptions } from '../quantizers/quantize-options.js';
import type { BitParts, MatrixShape } from '../quantizers/quantizer.js';
import type { Operand } from './layer-trace.js';
import { optionsOfEntry, type OutlierEntry } from './scheme-entries.js';

/** The operand in a shape: rows are output channels of a weight, tokens of an activation. */
export type StoredOperand = (shape: MatrixShape) => Operand;

/** Share of the channels of an input that wide that have 8 bits; NaN: the values decide. */
export type MarkedShare = (channels: number) => number;

/**
 * Of an entry with a quantizer, whose operand is `charged` where no shape is known; the same object for the same shape. `marked`: blocks of 8 bits
 * that come from elsewhere than the quantizer itself, for those that take a map of blocks.
 */
export function storedOperand(entry: OutlierEntry, charged: Operand, marked?: MarkedShare): StoredOperand | undefined {
  if (entry.quantizer === undefined) return undefined;
  const quantizer = quantizerNamed(entry.quantizer);
  const options = parseOptions(quantizer, optionsOfEntry(entry));
  const inBlocks = quantizer.quantizeBlocks !== undefined;
  const known = new Map<string, Operand>();
  const stored = (shape: MatrixShape): Operand => {
    if (quantizer.refusal?.(shape, options) !== undefined) return charged;
    const { outliers } = entry;
    const own = quantizer.storedBits(shape, options, outliers === undefined ? undefined : 0);
    const map = marked === undefined || !inBlocks ? own.outlier : (HIGH_bits - LOW_bits) * marked(shape.cols);
    if (outliers === undefined) return inShape(charged, { ...own, outlier: map }, inBlocks ? map / (HIGH_bits - LOW_bits) : 0);
    // What is stated stands in place of the blocks, and beside what takes room whatever the number of outliers.
    const outlier = (inBlocks ? 0 : own.outlier) + outliers.share * outliers.bits;
    return inShape(charged, { ...own, outlier }, outliers.share);
  };
  return (shape) => {
    const key = `${shape.rows} x ${shape.cols}`;
    const operand = known.get(key) ?? stored(shape);
    known.set(key, operand);
    return operand;
  };
}

/** `outlierShare`: 0 or NaN where there is none to state. */
function inShape({ statistics: _, ...charged }: Operand, stored: BitParts, outlierShare: number): Operand {
  const travelling = [stored.group, stored.outlier, stored.permutation].filter((bits) => !Number.isNaN(bits));
  const { payload, group, channel, tensor, outlier, lowRank, permutation } = stored;
  const part = (bits: number): number | null => (Number.isNaN(bits) ? null : bits);
  return {
    ...charged,
    payload_bitsPerElement: payload,
    metadata_bitsPerElement: travelling.reduce((sum, bits) => sum + bits, 0),
    bits: {
      payload,
      group: part(group),
      channel: part(channel),
      tensor: part(tensor),
      outlier: part(outlier),
      lowRank: part(lowRank),
      permutation: part(permutation),
    },
    ...(outlierShare > 0 ? { statistics: { origin: 'assumed', outlierShare } } : {}),
  };
}
