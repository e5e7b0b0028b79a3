/**
 * The GOBO PE: a weight is an index into a table of 2^b centroids; its activation is added into the accumulator of that centroid. Once at
 * the end a shared multiplier forms sum_c centroid_c * accumulator_c; outliers, stored apart, take a multiplier of their own.
 * Work per output: k additions, 2^b products, one product per outlier. Cycles = max(k, 64 * outliers): the shared multipliers work beside.
 * All accumulators are single precision, and so are centroids and outliers.
 * Source: GOBO, MICRO 2020, for adding instead of multiplying; one outlier PE per 64 PEs follows from the unit counts of MicroScopiQ's
 * table 5 (4096 and 64). Any element format of up to 4 bits serves as a table. Left out: unpacking of the outlier positions, and the time
 * of the shared multiplier, which hides behind the additions when k is at least 2^b times the PEs that share it.
 */
import type { ElementFormat } from '../formats/element-format.js';
import { LowbitError } from '../lowbit-error.js';
import { boundedAccumulator, roundedToFp32, type BoundedAccumulator } from './datapath/fp32-running-bound.js';
import { checkedLength, finiteValue } from './datapath/operand-check.js';
import { fp16Port, portRefusal, type Port } from './datapath/operand-ports.js';
import { bitParallelTerms, type CodeVector, type ProcessingElement } from './processing-element.js';

const WIDEST_INDEX_bits = 4;
const PES_PER_OUTLIER_MULTIPLIER = 64;

const tablePort: Port = {
  formats: `tables of at most ${2 ** WIDEST_INDEX_bits} single-precision centroids`,
  takes: ({ bits, values }) => bits <= WIDEST_INDEX_bits && values.every((value) => value === Math.fround(value)),
};

export const gobo: ProcessingElement = {
  name: 'gobo',
  modelVersion: 1,
  description: 'GOBO: activations added into one accumulator per weight centroid, multiplied once at the end; outliers apart',
  source: 'GOBO (MICRO 2020)',
  bitSerial: false,
  pesPerOutlierMultiplier: PES_PER_OUTLIER_MULTIPLIER,
  widestWeight_bits: WIDEST_INDEX_bits,
  widestActivation_bits: 16,
  terms: bitParallelTerms,
  refuses: (weight, activation) => portRefusal({ weight: tablePort, activation: fp16Port }, weight, activation),
  dot(weight, activation) {
    const length = checkedLength(gobo, weight, activation);
    const activations = Array.from(activation.codes, (code) => finiteValue(activation.format, code));
    const outliers = outliersByIndex(weight, activation);
    const bins = centroidBins(weight, activations, outliers);
    const total = boundedAccumulator();
    let roundingBound = 0;
    const multiply = (factor: number, value: number): void => {
      const product = roundedToFp32(factor * value);
      total.add(product.value);
      roundingBound += product.roundingBound;
    };
    bins.forEach((bin, index) => {
      const centroid = finiteValue(weight.format, index);
      multiply(centroid, bin.value);
      roundingBound += Math.abs(centroid) * bin.roundingBound;
    });
    for (const [index, value] of outliers) multiply(value, activations[index]!);
    const cycles = Math.max(length, outliers.size * PES_PER_OUTLIER_MULTIPLIER);
    return { value: total.value, cycles, roundingBound: roundingBound + total.roundingBound };
  },
};

/** One accumulator per code word, filled with the activations of the weights that have it. */
function centroidBins(weight: CodeVector, activations: readonly number[], outliers: ReadonlyMap<number, number>): BoundedAccumulator[] {
  const bins = Array.from({ length: 2 ** weight.format.bits }, boundedAccumulator);
  activations.forEach((value, i) => {
    if (!outliers.has(i)) binOf(weight.format, bins, weight.codes[i]!).add(value);
  });
  return bins;
}

function binOf(format: ElementFormat, bins: readonly BoundedAccumulator[], code: number): BoundedAccumulator {
  const bin = bins[code];
  if (bin === undefined) throw new RangeError(`${format.name} has no code ${code}`);
  return bin;
}

/** Outliers of the weights. Throws LowbitError for outliers of activations, and for values that are not single precision. */
function outliersByIndex(weight: CodeVector, activation: CodeVector): Map<number, number> {
  if ((activation.outliers?.length ?? 0) > 0)
    throw new LowbitError('gobo stores no outliers of activations apart', {
      value: activation.outliers?.length,
      allowed: ['outliers of weights'],
    });
  const outliers = new Map<number, number>();
  for (const { index, value } of weight.outliers ?? []) {
    if (!Number.isFinite(value) || Math.fround(value) !== value)
      throw new LowbitError('gobo stores outliers in single precision', { value, place: `weight ${index}`, allowed: ['float32 numbers'] });
    if (!(index in weight.codes)) throw new RangeError(`no weight ${index} among ${weight.codes.length}`);
    outliers.set(index, value);
  }
  return outliers;
}
