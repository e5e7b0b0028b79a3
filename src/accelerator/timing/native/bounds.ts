/**
 * A lower bound of the latency of a mapping that takes no pipeline, from the sums of its tiles. No schedule ends before
 *   first load + max(all folds, dequantization) + skew + last store      the array, or the dequantizer, is busy from the first load on
 *   all loads + last step + skew + last store,  all loads + all stores   so is the port
 *   half of (loads with an operand + its dequantization + all folds)     an operand has two halves: load, dequantize, stream, then load again
 * All folds take their streaming, or what they wait for one another: the rows that leave (os) or are loaded (ws, is).
 */
import type { NativeProblem, Passes, Residency } from './problem.js';
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

/** What an order and the buffers do to the loads of a mapping. */
export interface Loading {
  readonly passes: Passes;
  readonly once: Residency;
  readonly resident: Residency;
}

/** Cycles no schedule of this mapping is below. */
export function atLeast(problem: NativeProblem, tiles: Rungs, loading: Loading): number {
  const { dram_bits, dram_bitsPerCycle, gemms, dequantization } = problem;
  const { tm, tn, tk } = tiles;
  const firstLoad = Math.ceil(
    (tn.firstAll * tk.firstAll * dram_bits.weight + tm.firstAll * tk.firstAll * dram_bits.activation) / dram_bitsPerCycle,
  );
  const { loads, weightLoads, activationLoads, stores, lastStore } = requests(problem, tiles, loading.once);
  const { stationaryRows, skew } = edges(problem, tiles);
  const last = lastStreaming(problem, tiles);
  const streaming_cycles = gemms * streaming(problem, tiles);
  const folds = Math.max(stationaryRows + streaming_cycles, gemms * rowsBetween(problem, tiles));
  const multiplied = gemms * dequantizing(problem, tiles, loading.passes);
  const before = dequantization?.placement === 'before-mac' ? multiplied : 0;
  const { resident } = loading;
  const weightHalves = resident.weight ? 0 : (gemms * weightLoads + before + streaming_cycles) / 2;
  const activationHalves = resident.activation ? 0 : (gemms * activationLoads + streaming_cycles) / 2;
  const streamed = Math.max(
    firstLoad + Math.max(folds, before > 0 ? before + last : multiplied),
    gemms * loads + last,
    weightHalves,
    activationHalves,
  );
  return Math.max(streamed + skew + lastStore, gemms * (loads + stores));
}

/** Cycles of all requests of a product, each a whole number of beats, of those with weights, with activations, and of the last store. */
function requests({ dram_bits, dram_bitsPerCycle }: NativeProblem, { tm, tn, tk }: Rungs, once: Residency) {
  const sums = { loads: 0, weightLoads: 0, activationLoads: 0, stores: 0, lastStore: 0 };
  for (let i = 0; i < KINDS; i++) {
    const mTiles = ofKind(tm, i);
    if (mTiles === 0) continue;
    const m = i === LAST ? tm.lastAll : tm.firstAll;
    const withWeights = i === FIRST || tm.count === 1 || !once.weight;
    for (let j = 0; j < KINDS; j++) {
      const tiles = mTiles * ofKind(tn, j);
      if (tiles === 0) continue;
      const n = j === LAST ? tn.lastAll : tn.firstAll;
      const withActivations = j === FIRST || tn.count === 1 || !once.activation;
      const beats = (k: number): number =>
        Math.ceil(
          ((withWeights ? n * k * dram_bits.weight : 0) + (withActivations ? m * k * dram_bits.activation : 0)) / dram_bitsPerCycle,
        );
      const loads = tiles * ((tk.count - 1) * beats(tk.firstAll) + beats(tk.lastAll));
      sums.loads += loads;
      if (withWeights) sums.weightLoads += loads;
      if (withActivations) sums.activationLoads += loads;
      sums.lastStore = Math.ceil((m * n * dram_bits.output) / dram_bitsPerCycle);
      sums.stores += tiles * sums.lastStore;
    }
  }
  return sums;
}

/** Tiles along a dimension: the first, those between, the last (or only one). */
const KINDS = 3;
const FIRST = 0;
const LAST = 2;

function ofKind({ count }: Rung, kind: number): number {
  if (kind === LAST) return 1;
  return kind === FIRST ? Math.min(1, count - 1) : Math.max(0, count - 2);
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
