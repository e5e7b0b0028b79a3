/**
 * What a mapping moves and switches besides its time: elements loaded, words the array takes from the buffers, PE cycles, scales multiplied.
 * One word is `dotSize` elements along k for one lane. All sums are exact over full and edge tiles, for all products and cores:
 *   os   activations m * words * column folds, weights n * words * row folds, outputs m * n per k tile
 *   ws   activations m * words * column folds, weights n * words per m tile,  outputs m * n per fold along k
 *   is   weights n * words * column folds,     activations m * words per n tile, outputs m * n per fold along k
 * Outputs are read back to be added to in all but their first turn, and once more on their way to DRAM.
 * A core that others share a dimension with has its own copy of the operand that is not divided. Left out: reads of scales from the buffers.
 */
import { sideOf } from './mapping-space.js';
import {
  coresUsed,
  loadedOnce,
  passesOf,
  residencyOf,
  tilingsOf,
  type Mapping,
  type NativeProblem,
  type Passes,
  type Tiling,
} from './problem.js';

export interface NativeCounts {
  /** Elements that come from DRAM, a broadcast counted once. */
  readonly weightLoads: number;
  readonly activationLoads: number;
  /** Elements written into buffers: of every core that takes a copy. */
  readonly weightFills: number;
  readonly activationFills: number;
  readonly outputs: number;
  /** Words the array takes. */
  readonly weightWords: number;
  readonly activationWords: number;
  /** Sums the array gives to the output buffer, and takes back to add to. */
  readonly outputWrites: number;
  readonly outputReadBacks: number;
  /** PE-cycles with work, counted in PEs of the array after fusion. */
  readonly activePeCycles: number;
  readonly dequantizations: number;
}

/** What the counts are products of; of one product, on the busiest core where a dimension is divided. */
export interface CountFactors {
  readonly passes: Passes;
  /** Cores that take a copy of the operand that is not divided. */
  readonly copies: Passes;
  /** Words along k over all k tiles. */
  readonly words: number;
  /** Times a weight word, an activation word is taken: folds the other way, or tiles where it stays. */
  readonly weightTurns: number;
  readonly activationTurns: number;
  /** Times a sum is given to the output buffer. */
  readonly outputTurns: number;
  /** Groups with a scale along k, over all k tiles. */
  readonly groups: number;
}

/** The factors of a mapping. */
export function countFactors(problem: NativeProblem, mapping: Mapping): CountFactors {
  const { dataflow, k, dotSize, dequantization } = problem;
  const tilings = tilingsOf(problem, mapping);
  const counts = { m: tilings.m.count, n: tilings.n.count, k: tilings.k.count };
  const used = coresUsed(problem, mapping.split);
  const folds = (dimension: 'm' | 'n' | 'k'): number => pieces(tilings[dimension], sideOf(problem, dimension));
  return {
    passes: passesOf(loadedOnce(residencyOf(problem, mapping.split), mapping.order, counts), counts),
    copies: { weight: mapping.split === 'm' ? used : 1, activation: mapping.split === 'n' ? used : 1 },
    words: pieces(tilings.k, dotSize),
    weightTurns: dataflow === 'ws' ? tilings.m.count : folds('m'),
    activationTurns: dataflow === 'is' ? tilings.n.count : folds('n'),
    outputTurns: dataflow === 'os' ? tilings.k.count : folds('k'),
    groups: pieces(tilings.k, dequantization?.group ?? k),
  };
}

/** Counts of a mapping, all products and cores together. */
export function nativeCounts(problem: NativeProblem, mapping: Mapping): NativeCounts {
  const { gemms, m, n, k, step } = problem;
  const { passes, copies, words, weightTurns, activationTurns, outputTurns, groups } = countFactors(problem, mapping);
  const outputs = m * n * gemms;
  const weightLoads = n * k * gemms * passes.weight;
  const activationLoads = m * k * gemms * passes.activation;
  const weightFills = weightLoads * copies.weight;
  return {
    weightLoads,
    activationLoads,
    weightFills,
    activationFills: activationLoads * copies.activation,
    outputs,
    weightWords: n * words * gemms * copies.weight * weightTurns,
    activationWords: m * words * gemms * copies.activation * activationTurns,
    outputWrites: outputs * outputTurns,
    outputReadBacks: outputs * (outputTurns - 1),
    activePeCycles: outputs * words * step.cycles,
    dequantizations: dequantizations(problem.dequantization, { outputs, weightFills, groups }),
  };
}

/** Pieces of at most `side` elements over all tiles of a dimension. */
function pieces({ count, full, last }: Tiling, side: number): number {
  return (count - 1) * Math.ceil(full.size / side) + Math.ceil(last.size / side);
}

function dequantizations(
  dequantization: NativeProblem['dequantization'],
  { outputs, weightFills, groups }: { readonly outputs: number; readonly weightFills: number; readonly groups: number },
): number {
  if (dequantization === null) return 0;
  return { 'before-mac': weightFills, 'after-group': outputs * groups, epilogue: outputs }[dequantization.placement];
}
