/**
 * Folds of a product on a systolic array: how often the array is filled, for how long, how full it is, and what the array reads and writes.
 * Source: SCALE-Sim (Samajdar et al., ISPASS 2020) and SCALE-Sim v3 as its results imply; formulas in docs/timing/systolic-folds.md.
 *          rows Sr   columns Sc   steps T   cycles per fold P
 *   os     m         n            k         T + R + C - 2
 *   ws     k         n            m         T + 2R + C - 2
 *   is     k         m            n         T + 2R + C - 2
 *   folds F = ceil(Sr / R) * ceil(Sc / C); cycles = F * P. Column folds are the outer loop.
 * Left out: overlap of folds (neither the next weights nor the next fill start early).
 */
import type { ArrayShape, Dataflow } from '../../accelerator-config.js';

/** One product: output[m, n] = activation[m, k] x weight[n, k]. */
export interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Elements along k that a PE multiplies per cycle. */
  readonly dotSize: number;
}

/** How a product lies on the array; counts of one product. */
export interface Folds {
  readonly dataflow: Dataflow;
  readonly array: ArrayShape;
  /** Elements mapped to rows, to columns, and passed through in time. */
  readonly spatialRows: number;
  readonly spatialColumns: number;
  readonly steps: number;
  readonly rowFolds: number;
  readonly columnFolds: number;
  readonly folds: number;
  readonly cyclesPerFold: number;
  /** Cycles of all folds by cause; compute + fill + drain = folds * cyclesPerFold. */
  readonly compute_cycles: number;
  readonly fill_cycles: number;
  readonly drain_cycles: number;
}

/** The counts in which the conventions differ; per product. */
export interface CountingConvention {
  /** Cycles that are not reported. */
  readonly unreportedCycles: number;
  /** Cycles per fold that the share of working PEs refers to. */
  foldCycles(folds: Folds): number;
  /** Output writes without an output. */
  strayOutputWrites(folds: Folds): number;
  /** Whether partial sums come back from the output buffer to be added to, and stay there when they fit. */
  readonly readsPartialSums: boolean;
  /** Elements of the half of a buffer that the array works from while the other half is filled. */
  halfBuffer(capacity: number, unlimitedBandwidth: boolean): number;
}

/** The folds of a product under a dataflow. */
export function foldsOf(array: ArrayShape, dataflow: Dataflow, product: Product): Folds {
  const { rows, columns } = array;
  const { m, n } = product;
  const k = Math.ceil(product.k / product.dotSize);
  const [spatialRows, spatialColumns, steps] = dataflow === 'os' ? [m, n, k] : dataflow === 'ws' ? [k, n, m] : [k, m, n];
  const rowFolds = Math.ceil(spatialRows / rows);
  const columnFolds = Math.ceil(spatialColumns / columns);
  const folds = rowFolds * columnFolds;
  // The far corner of the array works R - 1 + C - 1 cycles behind the near one. Outputs that stay leave within that time; operands that stay
  // are loaded first, a row per cycle.
  const skew = rows + columns - 2;
  const [fill, drain] = dataflow === 'os' ? [skew, 0] : [rows, skew];
  return {
    dataflow,
    array,
    spatialRows,
    spatialColumns,
    steps,
    rowFolds,
    columnFolds,
    folds,
    cyclesPerFold: steps + fill + drain,
    compute_cycles: folds * steps,
    fill_cycles: folds * fill,
    drain_cycles: folds * drain,
  };
}

/** Cycles of one product without stalls: F * P. */
export function stallFreeCycles({ folds, cyclesPerFold }: Folds): number {
  return folds * cyclesPerFold;
}

/** Shares of the array, 0 to 1: PEs that hold an element, over all folds; and those times the cycles in which they have work. */
export function foldShares(folds: Folds, convention: CountingConvention): { readonly mapping: number; readonly compute: number } {
  const held = folds.spatialRows * folds.spatialColumns;
  const offered = folds.folds * folds.array.rows * folds.array.columns;
  return { mapping: held / offered, compute: (held * folds.steps) / (offered * convention.foldCycles(folds)) };
}

/** Elements between the array and its buffers, one product. */
export interface SramElements {
  readonly activationReads: number;
  readonly weightReads: number;
  /** Results and partial sums. */
  readonly outputWrites: number;
  /** Partial sums that come back to be added to. */
  readonly outputReads: number;
}

/** What the array takes from the buffers and gives back, element by element. */
export function sramElements(folds: Folds, { m, n, k }: Product, convention: CountingConvention): SramElements {
  const { dataflow, rowFolds, columnFolds } = folds;
  const sums = dataflow === 'os' ? 1 : rowFolds;
  return {
    activationReads: m * k * (dataflow === 'is' ? 1 : columnFolds),
    weightReads: n * k * (dataflow === 'os' ? rowFolds : dataflow === 'ws' ? 1 : columnFolds),
    outputWrites: m * n * sums + convention.strayOutputWrites(folds),
    outputReads: convention.readsPartialSums ? m * n * (sums - 1) : 0,
  };
}
