/**
 * One layer on one machine of `native` in plain numbers: everything the pipeline, the mapping search and the counts depend on.
 * Formulas and rules: docs/timing/native.md.
 */
import type { Dataflow } from '../accelerator-config.js';
import type { StepCycles } from './native-step-cycles.js';

/** Where the scale of a weight is multiplied, at so many multiplications per cycle and core. */
export interface Dequantization {
  readonly placement: 'before-mac' | 'after-group' | 'epilogue';
  readonly operationsPerCycle: number;
  /** Elements along k with one scale; only after-group looks at it. */
  readonly group: number;
}

/** A number for each operand. */
export interface PerOperand {
  readonly weight: number;
  readonly activation: number;
  readonly output: number;
}

export interface NativeProblem {
  /** Outputs of one product: rows, columns; reduction. */
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Products one after another that share nothing. */
  readonly gemms: number;
  readonly cores: number;
  readonly dataflow: Dataflow;
  /** False: a fold starts only when the fold before it has left the array. */
  readonly foldOverlap: boolean;
  /** Rows and columns of one core after PEs split or joined for the widths of the operands. */
  readonly rows: number;
  readonly columns: number;
  /** Elements along k a PE takes per step. */
  readonly dotSize: number;
  readonly step: StepCycles;
  /** Bits per element between DRAM and buffers, metadata included. */
  readonly dram_bits: PerOperand;
  /** Bits per element in the buffers of a core: dequantized weights where they are held so, outputs at accumulator width. */
  readonly held_bits: PerOperand;
  /** Half of each buffer of a core. */
  readonly half_bits: PerOperand;
  readonly dram_bitsPerCycle: number;
  readonly dequantization: Dequantization | null;
}

export const orders = ['mn', 'nm'] as const;
/** Outer two loops over tiles, outermost first; k is innermost. */
export type Order = (typeof orders)[number];

/** Dimension that is divided over the cores. */
export type Split = 'm' | 'n' | 'none';

/** Tile sizes of one core, order of the tiles, division over the cores. */
export interface Mapping {
  readonly tm: number;
  readonly tn: number;
  readonly tk: number;
  readonly order: Order;
  readonly split: Split;
}

/** Tiles along one dimension: all are `size` long but the last. */
export interface Tiling {
  readonly count: number;
  readonly full: Extent;
  readonly last: Extent;
}

/** Length of a tile along one dimension. */
export interface Extent {
  /** Of the core with the longest share. */
  readonly size: number;
  /** Of all cores together where the dimension is divided over them, else the same. */
  readonly all: number;
}

/** Part of a dimension the busiest core has. */
export function shareOf(length: number, cores: number): number {
  return Math.ceil(length / cores);
}

/** Tiles of a dimension that is divided over `cores` as evenly as whole elements allow (1: not divided). */
export function tilingOf(length: number, size: number, cores: number): Tiling {
  const used = Math.min(cores, length);
  const share = shareOf(length, used);
  const count = Math.ceil(share / size);
  return {
    count,
    full: { size, all: size * used },
    last: { size: share - (count - 1) * size, all: length - (count - 1) * size * used },
  };
}

/** Cores that have work under a division. */
export function coresUsed(problem: NativeProblem, split: Split): number {
  return split === 'none' ? 1 : Math.min(problem.cores, problem[split]);
}

/** Tiles of a mapping along the three dimensions. */
export function tilingsOf(problem: NativeProblem, { tm, tn, tk, split }: Mapping): Readonly<Record<'m' | 'n' | 'k', Tiling>> {
  return {
    m: tilingOf(problem.m, tm, split === 'm' ? problem.cores : 1),
    n: tilingOf(problem.n, tn, split === 'n' ? problem.cores : 1),
    k: tilingOf(problem.k, tk, 1),
  };
}
