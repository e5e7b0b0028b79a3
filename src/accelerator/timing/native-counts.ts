/**
 * What a mapping moves and switches besides its time: elements loaded, words the array takes from the buffers, PE cycles, scales multiplied.
 * One word is `dotSize` elements along k for one lane. All sums are exact over full and edge tiles, for all products and cores:
 *   os   activations m * words * column folds, weights n * words * row folds, outputs m * n per k tile
 *   ws   activations m * words * column folds, weights n * words per m tile,  outputs m * n per fold along k
 *   is   weights n * words * column folds,     activations m * words per n tile, outputs m * n per fold along k
 * Outputs are read back to be added to in all but their first turn, and once more on their way to DRAM.
 * A core that others share a dimension with has its own copy of the operand that is not divided. Left out: reads of scales from the buffers.
 */
import { sideOf } from './native-mapping-space.js';
import { coresUsed, passesOf, tilingsOf, type Mapping, type NativeProblem, type Tiling } from './native-problem.js';

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

/** Counts of a mapping, all products and cores together. */
export function nativeCounts(problem: NativeProblem, mapping: Mapping): NativeCounts {
  const { dataflow, gemms, m, n, k, dotSize, step, dequantization } = problem;
  const tilings = tilingsOf(problem, mapping);
  const used = coresUsed(problem, mapping.split);
  const copies = { weight: mapping.split === 'm' ? used : 1, activation: mapping.split === 'n' ? used : 1 };
  const passes = passesOf(problem, mapping, { m: tilings.m.count, n: tilings.n.count, k: tilings.k.count });
  const words = pieces(tilings.k, dotSize);
  const folds = (dimension: 'm' | 'n' | 'k'): number => pieces(tilings[dimension], sideOf(problem, dimension));
  const outputs = m * n;
  const turns = dataflow === 'os' ? tilings.k.count : folds('k');
  const weightFills = n * k * passes.weight * copies.weight;
  const activePeCycles = outputs * words * step.cycles;
  const perProduct: NativeCounts = {
    weightLoads: n * k * passes.weight,
    activationLoads: m * k * passes.activation,
    weightFills,
    activationFills: m * k * passes.activation * copies.activation,
    outputs,
    weightWords: n * words * copies.weight * (dataflow === 'ws' ? tilings.m.count : folds('m')),
    activationWords: m * words * copies.activation * (dataflow === 'is' ? tilings.n.count : folds('n')),
    outputWrites: outputs * turns,
    outputReadBacks: outputs * (turns - 1),
    activePeCycles,
    dequantizations: dequantizations(dequantization, { outputs, weightFills, groups: pieces(tilings.k, dequantization?.group ?? k) }),
  };
  return Object.fromEntries(Object.entries(perProduct).map(([name, count]) => [name, count * gemms])) as unknown as NativeCounts;
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
