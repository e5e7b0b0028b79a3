/**
 * A lower bound of the latency of a mapping that takes no pipeline, from the sums of its tiles. No schedule ends before
 *   first load + max(all folds, dequantization) + skew + last store      the array, or the dequantizer, is busy from the first load on
 *   all loads + last step + skew + last store,  all loads + all stores   so is the port
 *   half of (loads with an operand + its dequantization + all folds)     an operand has two halves: load, dequantize, stream, then load again
 * All folds take their streaming, or what they wait for one another: the rows that leave (os) or are loaded (ws, is).
 */
import type { Dequantization, NativeProblem, Residency } from './problem.js';
import { streamCycles } from './step-cycles.js';

/** One tile size of a dimension, with what its tiles add up to. */
export interface Rung {
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

/** Tile sizes along the three dimensions. */
export interface Rungs {
  readonly tm: Rung;
  readonly tn: Rung;
  readonly tk: Rung;
}

/** What all orders of a tile size have in common; one record is filled for tile after tile. */
export interface TileBound {
  firstLoad_cycles: number;
  streaming_cycles: number;
  /** Folds from the first on, with what they wait for one another; those of the last step. */
  folds_cycles: number;
  lastStep_cycles: number;
  /** Dequantizations after the array. */
  after_cycles: number;
  skew_cycles: number;
  /** Stores of a product, and the last one. */
  stores_cycles: number;
  lastStore_cycles: number;
  /** Loads of a product with both operands, by whether m, n stand at their last tile (1, 2). */
  readonly both_cycles: Float64Array;
}

/** An empty record. */
export function emptyBound(): TileBound {
  return {
    firstLoad_cycles: 0,
    streaming_cycles: 0,
    folds_cycles: 0,
    lastStep_cycles: 0,
    after_cycles: 0,
    skew_cycles: 0,
    stores_cycles: 0,
    lastStore_cycles: 0,
    both_cycles: new Float64Array(4),
  };
}

/** Fills the record with what no order of these tiles changes. */
export function boundTile(problem: NativeProblem, tiles: Rungs, bound: TileBound): void {
  const { dram_bits, dram_bitsPerCycle, gemms, dequantization } = problem;
  const { tm, tn, tk } = tiles;
  bound.firstLoad_cycles = Math.ceil(
    (tn.firstAll * tk.firstAll * dram_bits.weight + tm.firstAll * tk.firstAll * dram_bits.activation) / dram_bitsPerCycle,
  );
  let stores = 0;
  for (let kind = 0; kind < 4; kind++) {
    const m = kind & 1 ? tm.lastAll : tm.firstAll;
    const n = kind & 2 ? tn.lastAll : tn.firstAll;
    bound.both_cycles[kind] = alongK(problem, tk, n, m);
    bound.lastStore_cycles = Math.ceil((m * n * dram_bits.output) / dram_bitsPerCycle);
    stores += (kind & 1 ? 1 : tm.count - 1) * (kind & 2 ? 1 : tn.count - 1) * bound.lastStore_cycles;
  }
  bound.stores_cycles = stores;
  const { stationaryRows, skew } = edges(problem, tiles);
  bound.skew_cycles = skew;
  bound.lastStep_cycles = lastStreaming(problem, tiles);
  bound.streaming_cycles = gemms * streaming(problem, tiles);
  bound.folds_cycles = Math.max(stationaryRows + bound.streaming_cycles, gemms * rowsBetween(problem, tiles));
  bound.after_cycles = dequantization === null ? 0 : gemms * dequantizingAfter(problem, dequantization, tiles);
}

/** Loads along k of n weights and m activations per element of k, each a whole number of beats; 0: not loaded. */
function alongK({ dram_bits, dram_bitsPerCycle }: NativeProblem, { count, firstAll, lastAll }: Rung, n: number, m: number): number {
  const full = Math.ceil((n * firstAll * dram_bits.weight + m * firstAll * dram_bits.activation) / dram_bitsPerCycle);
  return (count - 1) * full + Math.ceil((n * lastAll * dram_bits.weight + m * lastAll * dram_bits.activation) / dram_bitsPerCycle);
}

/** Cycles no schedule of this mapping is below: the tiles in an order that loads `once` each tile of some operands. */
export function atLeast(
  problem: NativeProblem,
  tiles: Rungs,
  bound: TileBound,
  { once, resident }: { readonly once: Residency; readonly resident: Residency },
): number {
  const { gemms, dequantization } = problem;
  const { streaming_cycles, lastStep_cycles, stores_cycles } = bound;
  const { loads, weightLoads, activationLoads } = requests(problem, tiles, bound, once);
  const dequantizes = dequantization?.placement === 'before-mac';
  const before = dequantizes ? gemms * dequantizingBefore(problem, dequantization, tiles, once) : 0;
  const weightHalves = resident.weight ? 0 : (gemms * weightLoads + before + streaming_cycles) / 2;
  const activationHalves = resident.activation ? 0 : (gemms * activationLoads + streaming_cycles) / 2;
  const streamed = Math.max(
    bound.firstLoad_cycles + Math.max(bound.folds_cycles, before > 0 ? before + lastStep_cycles : bound.after_cycles),
    gemms * loads + lastStep_cycles,
    weightHalves,
    activationHalves,
  );
  return Math.max(streamed + bound.skew_cycles + bound.lastStore_cycles, gemms * (loads + stores_cycles));
}

/** Cycles of all requests of a product, of those with weights, and with activations. */
function requests(problem: NativeProblem, { tm, tn, tk }: Rungs, { both_cycles }: TileBound, once: Residency) {
  let loads = 0;
  let weightLoads = 0;
  let activationLoads = 0;
  for (let kind = 0; kind < 4; kind++) {
    const mLast = (kind & 1) !== 0;
    const nLast = (kind & 2) !== 0;
    const mTiles = mLast ? 1 : tm.count - 1;
    const nTiles = nLast ? 1 : tn.count - 1;
    const mLoad = loading(tm, once.weight, mLast);
    const nLoad = loading(tn, once.activation, nLast);
    const weightsAlone = mLoad * (nTiles - nLoad);
    const activationsAlone = (mTiles - mLoad) * nLoad;
    const both = mLoad * nLoad * both_cycles[kind]!;
    const weights = weightsAlone === 0 ? 0 : weightsAlone * alongK(problem, tk, nLast ? tn.lastAll : tn.firstAll, 0);
    const activations = activationsAlone === 0 ? 0 : activationsAlone * alongK(problem, tk, 0, mLast ? tm.lastAll : tm.firstAll);
    loads += both + weights + activations;
    weightLoads += both + weights;
    activationLoads += both + activations;
  }
  return { loads, weightLoads, activationLoads };
}

/** Tiles of a kind along a dimension whose steps load the operand of the other one: all, or only the first tile's. */
function loading({ count }: Rung, once: boolean, last: boolean): number {
  if (once && count > 1) return last ? 0 : 1;
  return last ? 1 : count - 1;
}

/** Rows that leave (os) or are loaded (ws, is) one per cycle between the folds of a product, and nothing else in between. */
function rowsBetween({ dataflow, rows, dotSize, loadsInPlace }: NativeProblem, { tm, tn, tk }: Rungs): number {
  if (dataflow === 'os') return lengthOf(tm) * tn.folds * tk.count - rows;
  if (loadsInPlace) return 0;
  const words = (tk.count - 1) * Math.ceil(tk.size / dotSize) + Math.ceil(tk.lastSize / dotSize);
  return words * (dataflow === 'ws' ? tn.folds * tm.count : tm.folds * tn.count);
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

/** Cycles one product's dequantizations take on the busiest core, where they come after the array. */
function dequantizingAfter({ k }: NativeProblem, { placement, operationsPerCycle, group }: Dequantization, { tm, tn, tk }: Rungs): number {
  if (placement === 'before-mac') return 0;
  const outputs = lengthOf(tm) * lengthOf(tn);
  return (placement === 'epilogue' ? outputs : outputs * Math.max(tk.count, k / group)) / operationsPerCycle;
}

/** And where they come before it: every weight each time it is loaded. */
function dequantizingBefore({ k }: NativeProblem, { operationsPerCycle }: Dequantization, { tm, tn }: Rungs, once: Residency): number {
  return (lengthOf(tn) * k * (once.weight ? 1 : tm.count)) / operationsPerCycle;
}

/** Length of a dimension, of the busiest core. */
export function lengthOf({ count, size, lastSize }: Rung): number {
  return (count - 1) * size + lastSize;
}

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
