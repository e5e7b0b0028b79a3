/**
 * One layer on one machine of `native` in plain numbers: everything the pipeline, the mapping search and the counts depend on.
 * Formulas and rules: docs/timing/native.md.
 */
import type { Dataflow } from '../../accelerator-config.js';
import type { StepCycles } from './step-cycles.js';

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
  /** The PEs buffer the stationary operand themselves: a fold of ws, is switches to it without a load. */
  readonly loadsInPlace: boolean;
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

export const orders = ['mn', 'nm', 'nkm', 'mkn'] as const;
/** Loops over tiles, outermost first; what is not named is innermost. */
export type Order = (typeof orders)[number];

type Dimension = 'm' | 'n' | 'k';

/** All three loops of an order, outermost first. */
export const loopsOf: Readonly<Record<Order, readonly [Dimension, Dimension, Dimension]>> = Object.freeze({
  mn: ['m', 'n', 'k'],
  nm: ['n', 'm', 'k'],
  nkm: ['n', 'k', 'm'],
  mkn: ['m', 'k', 'n'],
});

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

/** Operands of which every tile of a product has a place of its own in its buffer: they are loaded once. */
export interface Residency {
  readonly weight: boolean;
  readonly activation: boolean;
}

/** An operand that fits its buffer as a whole stays there; of several products one is loaded while the other is used. */
export function residencyOf({ m, n, k, cores, gemms, held_bits, half_bits }: NativeProblem, split: Split): Residency {
  const room = gemms === 1 ? 2 : 1;
  const share = (length: number, divided: boolean): number => (divided ? shareOf(length, Math.min(cores, length)) : length);
  return {
    weight: share(n, split === 'n') * k * held_bits.weight <= room * half_bits.weight,
    activation: share(m, split === 'm') * k * held_bits.activation <= room * half_bits.activation,
  };
}

/** Sums of a core that stay in the output buffer until they are complete: those of a tile, or of all tiles along the innermost m or n. */
export function openSums(
  problem: NativeProblem,
  { tm, tn, order, split }: Omit<Mapping, 'tk'>,
): { readonly m: number; readonly n: number } {
  const share = (dimension: 'm' | 'n'): number => shareOf(problem[dimension], split === dimension ? coresUsed(problem, split) : 1);
  return { m: order === 'nkm' ? share('m') : tm, n: order === 'mkn' ? share('n') : tn };
}

/** Cores that have work under a division. */
export function coresUsed(problem: NativeProblem, split: Split): number {
  return split === 'none' ? 1 : Math.min(problem.cores, problem[split]);
}

/** How many tiles there are along each dimension. */
export interface TileCounts {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/**
 * Operands each tile of which is loaded once, with the first tile of the other one's dimension: resident ones, the one that does not depend on
 * the innermost loop where that is m or n, and with one k tile that of the outer loop, which stays, or the one of the inner loop where that has
 * one tile.
 */
export function loadedOnce(resident: Residency, order: Order, tiles: TileCounts): Residency {
  return {
    weight: resident.weight || order === 'nkm' || (tiles.k === 1 && (order === 'nm' || tiles.n === 1)),
    activation: resident.activation || order === 'mkn' || (tiles.k === 1 && (order === 'mn' || tiles.m === 1)),
  };
}

/** How often each operand of a product is loaded from DRAM. */
export interface Passes {
  readonly weight: number;
  readonly activation: number;
}

/** Loads of the operands of a product: weights again for every m tile, activations for every n tile, or once. */
export function passesOf(once: Residency, tiles: TileCounts): Passes {
  return { weight: once.weight ? 1 : tiles.m, activation: once.activation ? 1 : tiles.n };
}

/** Tiles along the three dimensions. */
export type Tilings = Readonly<Record<'m' | 'n' | 'k', Tiling>>;

/** Tiles of a mapping. */
export function tilingsOf(problem: NativeProblem, { tm, tn, tk, split }: Mapping): Tilings {
  return {
    m: tilingOf(problem.m, tm, split === 'm' ? problem.cores : 1),
    n: tilingOf(problem.n, tn, split === 'n' ? problem.cores : 1),
    k: tilingOf(problem.k, tk, 1),
  };
}
