/**
 * DRAM traffic of a product on a systolic array whose buffers are halved: the array works from one half while the other is filled.
 * An operand that fits half its buffer is read once. Otherwise it is read once per fold that uses it again:
 *   activation   os, ws: column folds    is: once
 *   weight       os: row folds, once when the k x C block of a column fold fits    ws: once    is: column folds
 * Partial sums of ws and is stay in the output buffer when the block they belong to (m x C, or n x C) fits half of it, else they go out and come back.
 * Source: SCALE-Sim v3, whose DRAM reads of operands that fit are these; left out: bursts, rows of the DRAM, read-write turnaround.
 */
import type { CountingConvention, Folds, Product } from './counts.js';

/** Elements each half buffer holds, and how many different ones there are of the activation (a convolution repeats them). */
export interface TrafficSetting {
  readonly half: { readonly activation: number; readonly weight: number; readonly output: number };
  readonly distinctActivations: number;
  readonly convention: CountingConvention;
}

/** Elements that cross the DRAM interface, one product. */
export interface DramElements {
  readonly activationPasses: number;
  readonly weightPasses: number;
  readonly activationReads: number;
  readonly weightReads: number;
  readonly outputReads: number;
  readonly outputWrites: number;
}

/** The DRAM traffic of one product. */
export function dramElements(folds: Folds, product: Product, setting: TrafficSetting): DramElements {
  const { m, n, k } = product;
  const activationPasses = setting.distinctActivations <= setting.half.activation || folds.dataflow === 'is' ? 1 : folds.columnFolds;
  const weightPasses = n * k <= setting.half.weight ? 1 : weightUses(folds, product, setting.half.weight);
  const sums = partialSums(folds, setting);
  return {
    activationPasses,
    weightPasses,
    activationReads: setting.distinctActivations * activationPasses,
    weightReads: n * k * weightPasses,
    outputReads: setting.convention.readsPartialSums ? m * n * (sums - 1) : 0,
    outputWrites: m * n * sums,
  };
}

function weightUses({ dataflow, array, rowFolds, columnFolds }: Folds, { k }: Product, half: number): number {
  if (dataflow === 'ws') return 1;
  if (dataflow === 'is') return columnFolds;
  return k * array.columns <= half ? 1 : rowFolds;
}

/** How often every output goes to DRAM. */
function partialSums({ dataflow, array, rowFolds, steps }: Folds, { half, convention }: TrafficSetting): number {
  if (dataflow === 'os') return 1;
  return convention.readsPartialSums && steps * array.columns <= half.output ? 1 : rowFolds;
}
