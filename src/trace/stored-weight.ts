/**
 * A weight as its quantizer stores it in the shape it has: a format says what whole groups cost, a matrix ends in short ones.
 *   payload    code words                     metadata    group + outlier + permutation: what travels with the elements
 * Channel and tensor parts stay resident and factors of low rank are layers of their own: they stand in `bits` and are not charged, as with weights
 * that were quantized (docs/trace-format.md). A part that the values decide is null in `bits` and not charged; outliers stored apart are charged
 * when the entry states their share. Source: `storedBits` of the quantizer. Left out: formats without a quantizer, averages over layers, matrices
 * that the quantizer refuses (the format is charged), and activations, whose tokens a scheme does not know.
 */
import { quantizerNamed } from '../quantizers/index.js';
import { parseOptions } from '../quantizers/quantize-options.js';
import type { BitParts, MatrixShape } from '../quantizers/quantizer.js';
import type { Operand } from './layer-trace.js';
import { optionsOfEntry, type WeightEntry } from './scheme-entries.js';

/** The operand of a weight in a shape. */
export type StoredWeight = (shape: MatrixShape) => Operand;

/** Of an entry with a quantizer, whose operand is `charged` where no shape is known; the same object for the same shape. */
export function storedWeight(entry: WeightEntry, charged: Operand): StoredWeight | undefined {
  if (entry.quantizer === undefined) return undefined;
  const quantizer = quantizerNamed(entry.quantizer);
  const options = parseOptions(quantizer, optionsOfEntry(entry));
  const { outliers } = entry;
  const known = new Map<string, Operand>();
  return (shape) => {
    const key = `${shape.rows} x ${shape.cols}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    let operand = charged;
    if (quantizer.refusal?.(shape, options) === undefined) {
      const stored = quantizer.storedBits(shape, options, outliers === undefined ? undefined : 0);
      operand = inShape(charged, { ...stored, outlier: stored.outlier + (outliers === undefined ? 0 : outliers.share * outliers.bits) });
    }
    known.set(key, operand);
    return operand;
  };
}

function inShape(charged: Operand, stored: BitParts): Operand {
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
  };
}
