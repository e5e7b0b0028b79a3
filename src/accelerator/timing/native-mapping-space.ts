/**
 * The mappings `native` chooses from: tile sizes from ladders, four loop orders, the dimension that is divided over the cores.
 * A ladder is the side of the array in a dimension times 1, 2, 3, 4, 6, 8, 12, ..., and the whole dimension: what a longer dimension may choose,
 * cut to the shorter one, is there as well, so that a larger layer or a smaller buffer is never faster for the choice it has.
 * Every candidate has a lower bound of its latency that takes no pipeline to compute:
 *   first load + all streaming or dequantizing + skew + last store,  all loads + last step + skew + last store,  all loads + all stores.
 */
import { streamCycles } from './native-step-cycles.js';
import {
  coresUsed,
  loadedOnce,
  openSums,
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
} from './native-problem.js';

/** One tile size of a dimension, with what its tiles add up to. */
interface Rung {
  readonly size: number;
  readonly count: number;
  /** Elements of the first and the last tile, over all cores where the dimension is divided. */
  readonly firstAll: number;
  readonly lastAll: number;
  /** Folds along this dimension, over all its tiles and in the last one. */
  readonly folds: number;
  readonly lastFolds: number;
  readonly lastSize: number;
}

export interface Candidate {
  readonly mapping: Mapping;
  /** No schedule of this mapping is faster. */
  readonly atLeast_cycles: number;
  /** Operands from DRAM, a broadcast once; outputs are the same for all. */
  readonly loaded_bits: number;
}

/** Every mapping whose tiles fit half of their buffers; those of an operand that fits as a whole always do. */
export function mappingSpace(problem: NativeProblem): Candidate[] {
  const candidates: Candidate[] = [];
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
          if (!operandsFit(problem, resident, { tm: tm.size, tn: tn.size, tk: tk.size })) break;
          pushOrders(problem, candidates, { split, tm, tn, tk });
        }
      }
  }
  return candidates;
}

function outputFits({ held_bits, half_bits }: NativeProblem, m: number, n: number): boolean {
  return m * n * held_bits.output <= half_bits.output;
}

function operandsFit(
  { held_bits, half_bits }: NativeProblem,
  resident: Residency,
  { tm, tn, tk }: Omit<Mapping, 'order' | 'split'>,
): boolean {
  const weights = resident.weight || tn * tk * held_bits.weight <= half_bits.weight;
  return weights && (resident.activation || tm * tk * held_bits.activation <= half_bits.activation);
}

/** Whether a mapping's tiles fit half of their buffers, or the operands as a whole. */
export function fits(problem: NativeProblem, mapping: Mapping): boolean {
  const { m, n } = openSums(problem, mapping);
  return outputFits(problem, m, n) && operandsFit(problem, residencyOf(problem, mapping.split), mapping);
}

/** Elements of the array's side in a dimension: one fold, or one step where the dimension passes in time. */
export function sideOf({ dataflow, rows, columns, dotSize }: NativeProblem, dimension: 'm' | 'n' | 'k'): number {
  if (dataflow === 'os') return { m: rows, n: columns, k: dotSize }[dimension];
  return dataflow === 'ws' ? { m: 1, n: columns, k: rows * dotSize }[dimension] : { m: columns, n: 1, k: rows * dotSize }[dimension];
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

function rungs(problem: NativeProblem, dimension: 'm' | 'n' | 'k', split: Split): Rung[] {
  const length = problem[dimension];
  const cores = split === dimension ? problem.cores : 1;
  const side = sideOf(problem, dimension);
  const used = Math.min(cores, length);
  return ladder(shareOf(length, used), side).map((size) => {
    const { count, full, last } = tilingOf(length, size, cores);
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
  });
}

interface Tiles {
  readonly split: Split;
  readonly tm: Rung;
  readonly tn: Rung;
  readonly tk: Rung;
}

function pushOrders(problem: NativeProblem, candidates: Candidate[], tiles: Tiles): void {
  const { split, tm, tn, tk } = tiles;
  for (const order of ordersOf(problem, tiles)) {
    const mapping = { tm: tm.size, tn: tn.size, tk: tk.size, order, split };
    const counts = { m: tm.count, n: tn.count, k: tk.count };
    const passes = passesOf(problem, mapping, counts);
    const once = loadedOnce(problem, mapping, counts);
    candidates.push({ mapping, atLeast_cycles: atLeast(problem, tiles, { passes, once }), loaded_bits: loadedBits(problem, passes) });
  }
}

function loadedBits({ gemms, m, n, k, dram_bits }: NativeProblem, passes: Passes): number {
  return gemms * k * (n * passes.weight * dram_bits.weight + m * passes.activation * dram_bits.activation);
}

/** Orders that differ, and whose panels fit. */
function ordersOf(problem: NativeProblem, { tm, tn }: Rungs): Order[] {
  const found: Order[] = ['mn'];
  // With one tile in a dimension the two orders with k inside are the same steps, and so is a panel of one tile.
  if (tm.count > 1 && tn.count > 1) found.push('nm');
  if (tm.count > 1 && outputFits(problem, lengthOf(tm), tn.size)) found.push('nkm');
  if (tn.count > 1 && outputFits(problem, tm.size, lengthOf(tn))) found.push('mkn');
  return found;
}

function atLeast(problem: NativeProblem, tiles: Tiles, { passes, once }: { readonly passes: Passes; readonly once: Residency }): number {
  const { dram_bits, dram_bitsPerCycle, gemms } = problem;
  const { tm, tn, tk } = tiles;
  const request = (bits: number): number => Math.ceil(bits / dram_bitsPerCycle);
  const firstLoad = request(tn.firstAll * tk.firstAll * dram_bits.weight + tm.firstAll * tk.firstAll * dram_bits.activation);
  const { loads, stores, lastStore } = requests(problem, tiles, once);
  const { stationaryRows, skew } = edges(problem, tiles);
  const streamed = stationaryRows + gemms * streaming(problem, tiles);
  const multiplied = gemms * dequantizing(problem, tiles, passes);
  const end = skew + lastStore;
  return Math.max(
    firstLoad + Math.max(streamed, multiplied) + end,
    gemms * loads + lastStreaming(problem, tiles) + end,
    gemms * (loads + stores),
  );
}

/** Cycles of all requests of a product, each a whole number of beats, and of the last store. */
function requests(
  { dram_bits, dram_bitsPerCycle }: NativeProblem,
  { tm, tn, tk }: Rungs,
  once: Residency,
): { loads: number; stores: number; lastStore: number } {
  let loads = 0;
  let stores = 0;
  let lastStore = 0;
  for (let i = 0; i < KINDS; i++) {
    const mTiles = ofKind(tm, i);
    if (mTiles === 0) continue;
    const m = i === LAST ? tm.lastAll : tm.firstAll;
    const weights = i === FIRST || tm.count === 1 || !once.weight ? dram_bits.weight : 0;
    for (let j = 0; j < KINDS; j++) {
      const tiles = mTiles * ofKind(tn, j);
      if (tiles === 0) continue;
      const n = j === LAST ? tn.lastAll : tn.firstAll;
      const activations = j === FIRST || tn.count === 1 || !once.activation ? dram_bits.activation : 0;
      const beats = (k: number): number => Math.ceil((n * k * weights + m * k * activations) / dram_bitsPerCycle);
      loads += tiles * ((tk.count - 1) * beats(tk.firstAll) + beats(tk.lastAll));
      lastStore = Math.ceil((m * n * dram_bits.output) / dram_bitsPerCycle);
      stores += tiles * lastStore;
    }
  }
  return { loads, stores, lastStore };
}

/** Tiles along a dimension: the first, those between, the last (or only one). */
const KINDS = 3;
const FIRST = 0;
const LAST = 2;

function ofKind({ count }: Rung, kind: number): number {
  if (kind === LAST) return 1;
  return kind === FIRST ? Math.min(1, count - 1) : Math.max(0, count - 2);
}

/** Rows of the stationary operand that are loaded before anything streams, and how far the last result trails behind. */
function edges(
  { dataflow, rows, columns, dotSize, loadsInPlace }: NativeProblem,
  { tm, tn, tk }: Rungs,
): { stationaryRows: number; skew: number } {
  const inUse = ({ lastSize, lastFolds }: Rung, side: number): number => lastSize - (lastFolds - 1) * side;
  const lastColumns = inUse(dataflow === 'is' ? tm : tn, columns);
  if (dataflow === 'os') return { stationaryRows: 0, skew: inUse(tm, rows) + lastColumns - 2 };
  return { stationaryRows: loadsInPlace ? 0 : Math.min(rows, Math.ceil(tk.firstAll / dotSize)), skew: rows + lastColumns - 2 };
}

/** Cycles one product's dequantizations take, on the busiest core. */
function dequantizing({ dequantization, k }: NativeProblem, { tm, tn, tk }: Rungs, passes: Passes): number {
  if (dequantization === null) return 0;
  const { placement, operationsPerCycle, group } = dequantization;
  const outputs = lengthOf(tm) * lengthOf(tn);
  const operations = {
    'before-mac': lengthOf(tn) * k * passes.weight,
    'after-group': outputs * Math.max(tk.count, k / group),
    epilogue: outputs,
  };
  return operations[placement] / operationsPerCycle;
}

function lengthOf({ count, size, lastSize }: Rung): number {
  return (count - 1) * size + lastSize;
}

type Rungs = Pick<Tiles, 'tm' | 'tn' | 'tk'>;

/** Streaming cycles of all folds of a product, on the busiest core. */
function streaming({ dataflow, step }: NativeProblem, { tm, tn, tk }: Rungs): number {
  if (dataflow === 'os') return tm.folds * tn.folds * streamCycles(step, tk.folds, lengthOf(tk));
  return dataflow === 'ws' ? tk.folds * tn.folds * lengthOf(tm) * step.cycles : tk.folds * tm.folds * lengthOf(tn) * step.cycles;
}

/** Streaming cycles of the last step, on the busiest core. */
function lastStreaming({ dataflow, step }: NativeProblem, { tm, tn, tk }: Rungs): number {
  if (dataflow === 'os') return tm.lastFolds * tn.lastFolds * streamCycles(step, tk.lastFolds, tk.lastSize);
  return dataflow === 'ws'
    ? tk.lastFolds * tn.lastFolds * tm.lastSize * step.cycles
    : tk.lastFolds * tm.lastFolds * tn.lastSize * step.cycles;
}

/** Why no mapping of the space fits: the smallest tile, buffer by buffer. */
export function smallestTile(problem: NativeProblem): Mapping {
  const split: Split = problem.cores === 1 ? 'none' : 'm';
  const size = (dimension: 'm' | 'n' | 'k'): number => {
    const cores = split === dimension ? coresUsed(problem, split) : 1;
    return Math.min(shareOf(problem[dimension], cores), sideOf(problem, dimension));
  };
  return { tm: size('m'), tn: size('n'), tk: size('k'), order: 'mn', split };
}
