/**
 * The mappings `native` chooses from: tile sizes from ladders, four loop orders, the dimension that is divided over the cores.
 * A ladder is the side of the array in a dimension times 1, 2, 3, 4, 6, 8, 12, ..., and the whole dimension: what a longer dimension may choose,
 * cut to the shorter one, is there as well, so that a larger layer or a smaller buffer is never faster for the choice it has.
 * Where the scales of groups along k are multiplied per tile, tiles are whole groups long: a tile that cuts a group multiplies its scale twice.
 */
import { atLeast, boundTile, emptyBound, lengthOf, type Rung, type Rungs, type TileBound } from './bounds.js';
import {
  coresUsed,
  loadedOnce,
  openSums,
  orders,
  passesOf,
  residencyOf,
  shareOf,
  tilingOf,
  type Mapping,
  type NativeProblem,
  type Order,
  type Passes,
  type Residency,
  type Split,
} from './problem.js';

/** The mappings in columns: there may be thousands for a layer, of which few are looked at again. */
export interface MappingSpace {
  readonly length: number;
  /** No schedule of that mapping is faster. */
  readonly atLeast_cycles: readonly number[];
  /** Operands from DRAM, a broadcast once; outputs are the same for all. */
  readonly loaded_bits: readonly number[];
  /** Number of its tile sizes: orders of the same tiles have the same. */
  readonly tile: readonly number[];
  mapping(at: number): Mapping;
}

/** The columns while they grow; those of tiles by `tile`. */
interface Columns {
  readonly atLeast_cycles: number[];
  readonly loaded_bits: number[];
  readonly tile: number[];
  readonly order: Order[];
  readonly tm: number[];
  readonly tn: number[];
  readonly tk: number[];
  readonly split: Split[];
  readonly bound: TileBound;
}

/** Every mapping whose tiles fit half of their buffers; those of an operand that fits as a whole always do. */
export function mappingSpace(problem: NativeProblem): MappingSpace {
  const columns: Columns = {
    atLeast_cycles: [],
    loaded_bits: [],
    tile: [],
    order: [],
    tm: [],
    tn: [],
    tk: [],
    split: [],
    bound: emptyBound(),
  };
  const splits: readonly Split[] = problem.cores === 1 ? ['none'] : ['m', 'n'];
  for (const split of splits) {
    const m = rungs(problem, 'm', split);
    const n = rungs(problem, 'n', split);
    const k = rungs(problem, 'k', split);
    const resident = residencyOf(problem, split);
    for (const tm of m)
      for (const tn of n) {
        if (!outputFits(problem, tm.size, tn.size)) break;
        for (const tk of k) {
          if (!operandsFit(problem, resident, tm.size, tn.size, tk.size)) break;
          pushOrders(problem, columns, { tm, tn, tk }, { split, resident });
        }
      }
    pushSmaller(problem, columns, { split, resident });
    pushNarrower(problem, columns, { split, resident });
  }
  const { atLeast_cycles, loaded_bits, tile, order, tm, tn, tk, split } = columns;
  return {
    length: tile.length,
    atLeast_cycles,
    loaded_bits,
    tile,
    mapping: (at) => {
      const of = tile[at]!;
      return { tm: tm[of]!, tn: tn[of]!, tk: tk[of]!, order: order[at]!, split: split[of]! };
    },
  };
}

/** How a dimension is divided, and what stays in its buffer for it. */
interface Division {
  readonly split: Split;
  readonly resident: Residency;
}

/** Tiles smaller than the array: half of its sides, a quarter, ... down to one element, so that what can fit is found. */
function pushSmaller(problem: NativeProblem, columns: Columns, division: Division): void {
  const largest = Math.max(...(['m', 'n', 'k'] as const).map((dimension) => stepOf(problem, dimension)));
  for (let part = 2; part < 2 * largest; part *= 2) {
    const size = (dimension: 'm' | 'n' | 'k'): number => Math.ceil(stepOf(problem, dimension) / part);
    pushTile(problem, columns, { m: size('m'), n: size('n'), k: size('k') }, division);
  }
}

/** The orders of a tile cut to the layer, if it fits; whether it does. */
function pushTile(problem: NativeProblem, columns: Columns, sizes: Readonly<Record<'m' | 'n' | 'k', number>>, division: Division): boolean {
  const { split, resident } = division;
  const cut = (dimension: 'm' | 'n' | 'k'): number => Math.min(sizes[dimension], busiestShare(problem, dimension, split));
  const [m, n, k] = [cut('m'), cut('n'), cut('k')];
  if (!outputFits(problem, m, n) || !operandsFit(problem, resident, m, n, k)) return false;
  const tiles = { tm: rungOf(problem, 'm', split, m), tn: rungOf(problem, 'n', split, n), tk: rungOf(problem, 'k', split, k) };
  pushOrders(problem, columns, tiles, division);
  return true;
}

/**
 * Tiles on a part of a wide array: one or both of its sides halved, quartered, ..., with a few lengths in time, so that an array whose own tile
 * fits no buffer is used as far as the buffers go; always there, so that a larger buffer has every choice of a smaller one.
 */
function pushNarrower(problem: NativeProblem, columns: Columns, division: Division): void {
  const [a, b, time] = ({ os: ['m', 'n', 'k'], ws: ['n', 'k', 'm'], is: ['m', 'k', 'n'] } as const)[problem.dataflow];
  const share = (dimension: 'm' | 'n' | 'k'): number => busiestShare(problem, dimension, division.split);
  const side = (dimension: 'm' | 'n' | 'k', part: number): number => Math.ceil(stepOf(problem, dimension) / part);
  // A dimension no longer than the part is cut no further; a side that a further halving leaves as it is has been taken.
  const narrows = (dimension: 'm' | 'n' | 'k', part: number): boolean =>
    part === 1 || (side(dimension, part) < share(dimension) && side(dimension, part) < side(dimension, part / 2));
  for (let part = 2; part < 2 * Math.max(side(a, 1), side(b, 1)); part *= 2)
    for (const [partA, partB] of [
      [part, 1],
      [1, part],
      [part, part],
    ] as const) {
      if (!narrows(a, partA) || !narrows(b, partB)) continue;
      for (let size = stepOf(problem, time); ; size *= 8) {
        const sizes = { [a]: side(a, partA), [b]: side(b, partB), [time]: size } as Record<'m' | 'n' | 'k', number>;
        if (!pushTile(problem, columns, sizes, division) || size >= share(time)) break;
      }
    }
}

function outputFits({ held_bits, half_bits }: NativeProblem, m: number, n: number): boolean {
  return m * n * held_bits.output <= half_bits.output;
}

// eslint-disable-next-line max-params -- three sizes of a tile
function operandsFit({ held_bits, half_bits }: NativeProblem, resident: Residency, tm: number, tn: number, tk: number): boolean {
  const weights = resident.weight || tn * tk * held_bits.weight <= half_bits.weight;
  return weights && (resident.activation || tm * tk * held_bits.activation <= half_bits.activation);
}

/** Whether a mapping's tiles fit half of their buffers, or the operands as a whole. */
export function fits(problem: NativeProblem, mapping: Mapping): boolean {
  const { m, n } = openSums(problem, mapping);
  return outputFits(problem, m, n) && operandsFit(problem, residencyOf(problem, mapping.split), mapping.tm, mapping.tn, mapping.tk);
}

/** Elements of the array's side in a dimension: one fold, or one step where the dimension passes in time. */
export function sideOf({ dataflow, rows, columns, dotSize }: NativeProblem, dimension: 'm' | 'n' | 'k'): number {
  if (dataflow === 'os') return { m: rows, n: columns, k: dotSize }[dimension];
  return dataflow === 'ws' ? { m: 1, n: columns, k: rows * dotSize }[dimension] : { m: columns, n: 1, k: rows * dotSize }[dimension];
}

/** Smallest step of a ladder: the side of the array, along k in whole groups. */
function stepOf(problem: NativeProblem, dimension: 'm' | 'n' | 'k'): number {
  const side = sideOf(problem, dimension);
  const group = dimension === 'k' ? groupAlongK(problem) : 1;
  return (side * group) / greatestCommonDivisor(side, group);
}

/** Elements of a group whose scale costs something per tile it lies in; 1: none does. */
function groupAlongK({ dequantization, step, k }: NativeProblem): number {
  const group = dequantization?.placement === 'after-group' ? dequantization.group : step.group;
  return group > 0 && group < k ? group : 1;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Tile sizes of a dimension of that length: side * 1, 2, 3, 4, 6, 8, ... below it, and the length itself. */
function ladder(length: number, side: number): number[] {
  const sizes: number[] = [];
  for (let power = 1; power * side < length; power *= 2) {
    sizes.push(power * side);
    if (power > 1 && power * side * 1.5 < length) sizes.push(power * side * 1.5);
  }
  sizes.push(length);
  return sizes;
}

/** Length of a dimension on the busiest core. */
function busiestShare(problem: NativeProblem, dimension: 'm' | 'n' | 'k', split: Split): number {
  return shareOf(problem[dimension], split === dimension ? coresUsed(problem, split) : 1);
}

function rungs(problem: NativeProblem, dimension: 'm' | 'n' | 'k', split: Split): Rung[] {
  const sizes = ladder(busiestShare(problem, dimension, split), stepOf(problem, dimension));
  return sizes.map((size) => rungOf(problem, dimension, split, size));
}

function rungOf(problem: NativeProblem, dimension: 'm' | 'n' | 'k', split: Split, size: number): Rung {
  const { count, full, last } = tilingOf(problem[dimension], size, split === dimension ? problem.cores : 1);
  const side = sideOf(problem, dimension);
  const fold = (elements: number): number => Math.ceil(elements / side);
  return {
    size,
    count,
    firstAll: count === 1 ? last.all : full.all,
    lastAll: last.all,
    folds: (count - 1) * fold(size) + fold(last.size),
    lastFolds: fold(last.size),
    lastSize: last.size,
  };
}

function pushOrders(problem: NativeProblem, columns: Columns, tiles: Rungs, { split, resident }: Division): void {
  const { tm, tn, tk } = tiles;
  const of = columns.tm.length;
  columns.tm.push(tm.size);
  columns.tn.push(tn.size);
  columns.tk.push(tk.size);
  columns.split.push(split);
  boundTile(problem, tiles, columns.bound);
  const counts = { m: tm.count, n: tn.count, k: tk.count };
  for (const order of orders) {
    if (!differsAndFits(problem, tiles, order)) continue;
    const once = loadedOnce(resident, order, counts);
    columns.tile.push(of);
    columns.order.push(order);
    columns.atLeast_cycles.push(atLeast(problem, tiles, columns.bound, { once, resident }));
    columns.loaded_bits.push(loadedBits(problem, passesOf(once, counts)));
  }
}

function loadedBits({ gemms, m, n, k, dram_bits }: NativeProblem, passes: Passes): number {
  return gemms * k * (n * passes.weight * dram_bits.weight + m * passes.activation * dram_bits.activation);
}

/** Whether the steps of an order differ from those of one before it, and its panel fits. */
function differsAndFits(problem: NativeProblem, { tm, tn }: Rungs, order: Order): boolean {
  if (order === 'mn') return true;
  // With one tile in a dimension the two orders with k inside are the same steps, and so is a panel of one tile.
  if (order === 'nm') return tm.count > 1 && tn.count > 1;
  if (order === 'nkm') return tm.count > 1 && outputFits(problem, lengthOf(tm), tn.size);
  return tn.count > 1 && outputFits(problem, tm.size, lengthOf(tn));
}

/** Where no mapping of the space fits, not even this one does. */
export const smallestTile: Mapping = Object.freeze({ tm: 1, tn: 1, tk: 1, order: 'mn', split: 'none' });
