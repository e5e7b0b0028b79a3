/**
 * The OLAccel PE: a dense 4-bit multiply-accumulate, and beside every 16 of them one multiplier of 16 bits for the outliers.
 * Formula: sum = sum over dense pairs w * a (4-bit parts, <a, b> x <c, d> = <a + c, b * d>) + sum over pairs with an outlier w * a.
 * Outliers are 16-bit integers in units of the element format; the code word of their place is skipped. 5 to 8 bits join two PEs a side.
 * Cycles = max(k, 16 * outlier products): 16 PEs with the same share of outliers keep their common multiplier busy that long.
 * Source: OLAccel, ISCA 2018; 4-bit PEs as in ANT's comparison, MICRO 2022. Assumed, no source of numbers being at hand: one outlier
 * multiplier per 16 PEs. Left out: skipping of zero activations, the order of sparse outliers, wrap-around (a sum beyond 32 bits is refused).
 */
import type { ElementFormat } from '../formats/element-format.js';
import { LowbitError } from '../lowbit-error.js';
import { fourBitFusion } from './datapath/four-bit-fusion.js';
import { accumulateInt32 } from './datapath/int32-accumulator.js';
import { refusesNonIntegers } from './datapath/integer-operand.js';
import { accumulateNibbles, nibbles } from './datapath/nibble-split.js';
import { checkedLength } from './datapath/operand-check.js';
import { bitParallelTerms, type CodeVector, type DotProduct, type ProcessingElement } from './processing-element.js';

const WIDEST_bits = 8;
const PES_PER_OUTLIER_MULTIPLIER = 16;
const OUTLIER_LIMIT = 2 ** 15;

export const olaccel: ProcessingElement = {
  name: 'olaccel',
  modelVersion: 1,
  description: 'OLAccel: dense 4-bit integer products, outliers of 16 bits on a multiplier that 16 elements share',
  source: 'OLAccel (ISCA 2018); 4-bit PEs as in ANT (MICRO 2022)',
  bitSerial: false,
  pesPerOutlierMultiplier: PES_PER_OUTLIER_MULTIPLIER,
  widestWeight_bits: WIDEST_bits,
  widestActivation_bits: WIDEST_bits,
  terms: bitParallelTerms,
  fusion: fourBitFusion,
  refuses: (weight, activation) => refusesNonIntegers(weight, activation, WIDEST_bits),
  dot,
};

function dot(weight: CodeVector, activation: CodeVector): DotProduct {
  const length = checkedLength(olaccel, weight, activation);
  const w = operand(weight);
  const a = operand(activation);
  let sum = 0;
  let outlierProducts = 0;
  for (let i = 0; i < length; i++) {
    if (w.outliers.has(i) || a.outliers.has(i)) {
      outlierProducts++;
      sum = accumulateInt32(sum, w.valueAt(i) * a.valueAt(i));
    } else sum = accumulateNibbles(sum, w.partsAt(i), a.partsAt(i));
  }
  return { value: sum, cycles: Math.max(length, PES_PER_OUTLIER_MULTIPLIER * outlierProducts), roundingBound: 0 };
}

function operand({ format, codes, outliers }: CodeVector) {
  const byIndex = outliersByIndex(outliers ?? [], codes.length, format);
  const wide = format.bits > 4;
  return {
    outliers: byIndex,
    valueAt: (i: number) => byIndex.get(i) ?? format.decode(codes[i]!),
    partsAt: (i: number) => nibbles({ exponent: 0, integer: format.decode(codes[i]!) }, wide),
  };
}

/** Throws LowbitError for a value that is no 16-bit integer, RangeError for a place outside the vector or given twice. */
function outliersByIndex(
  outliers: NonNullable<CodeVector['outliers']>,
  length: number,
  { name }: ElementFormat,
): ReadonlyMap<number, number> {
  const byIndex = new Map<number, number>();
  for (const { index, value } of outliers) {
    if (!(Number.isInteger(index) && index >= 0 && index < length) || byIndex.has(index))
      throw new RangeError(`outlier at ${index} of ${length} elements, each place once`);
    if (!Number.isInteger(value) || value < -OUTLIER_LIMIT || value >= OUTLIER_LIMIT)
      throw new LowbitError(`outlier that is no 16-bit integer in units of ${name}`, {
        value,
        allowed: [`${-OUTLIER_LIMIT} to ${OUTLIER_LIMIT - 1}`],
      });
    byIndex.set(index, value);
  }
  return byIndex;
}
