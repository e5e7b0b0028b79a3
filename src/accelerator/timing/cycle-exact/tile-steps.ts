/**
 * The order of work: tiles of a product one after another, k innermost, and the folds of each tile on the array.
 * Rule: docs/timing/native.md, "The machine". Nothing here knows a cycle.
 */
import type { ExactMachine, ExactMapping } from './exact-case.js';

/** One tile product: what the buffers hold at a time. */
export interface TileStep {
  readonly index: number;
  readonly product: number;
  readonly m0: number;
  readonly tm: number;
  readonly n0: number;
  readonly tn: number;
  readonly k0: number;
  readonly tk: number;
  /** Operands the step before did not have in its buffers. */
  readonly loadsWeights: boolean;
  readonly loadsActivations: boolean;
  /** Halves its operands lie in. */
  readonly weightHalf: number;
  readonly activationHalf: number;
  /** Number of its output tile; partial sums of all its k tiles meet there. */
  readonly outputTile: number;
  readonly opensOutput: boolean;
  readonly closesOutput: boolean;
}

/** One pass over the array; rows and columns count PEs in use. */
export interface Fold {
  readonly number: number;
  readonly step: TileStep;
  readonly firstOfStep: boolean;
  readonly lastOfStep: boolean;
  readonly row0: number;
  readonly rows: number;
  readonly column0: number;
  readonly columns: number;
  /** Steps of the stream. */
  readonly steps: number;
}

interface Shape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly products: number;
}

/** All steps in order. */
export function tileSteps(shape: Shape, { tm, tn, tk, outer }: ExactMapping): TileStep[] {
  const steps: TileStep[] = [];
  const outerLoop = outer === 'm' ? { size: shape.m, tile: tm } : { size: shape.n, tile: tn };
  const innerLoop = outer === 'm' ? { size: shape.n, tile: tn } : { size: shape.m, tile: tm };
  for (let product = 0; product < shape.products; product++)
    for (let o = 0; o < outerLoop.size; o += outerLoop.tile)
      for (let i = 0; i < innerLoop.size; i += innerLoop.tile)
        for (let k0 = 0; k0 < shape.k; k0 += tk) {
          const [m0, n0] = outer === 'm' ? [o, i] : [i, o];
          steps.push(stepAfter(steps.at(-1), { product, m0, n0, k0 }, shape, { tm, tn, tk }));
        }
  return steps;
}

function stepAfter(
  before: TileStep | undefined,
  at: Pick<TileStep, 'product' | 'm0' | 'n0' | 'k0'>,
  { m, n, k }: Shape,
  tile: { readonly tm: number; readonly tn: number; readonly tk: number },
): TileStep {
  const same = before !== undefined && before.product === at.product && before.k0 === at.k0;
  const loadsWeights = !(same && before.n0 === at.n0);
  const loadsActivations = !(same && before.m0 === at.m0);
  const opensOutput = at.k0 === 0;
  const otherHalf = (loads: boolean, half: number): number => (loads ? 1 - half : half);
  return {
    ...at,
    index: (before?.index ?? -1) + 1,
    tm: Math.min(tile.tm, m - at.m0),
    tn: Math.min(tile.tn, n - at.n0),
    tk: Math.min(tile.tk, k - at.k0),
    loadsWeights,
    loadsActivations,
    weightHalf: otherHalf(loadsWeights, before?.weightHalf ?? 1),
    activationHalf: otherHalf(loadsActivations, before?.activationHalf ?? 1),
    outputTile: (before?.outputTile ?? -1) + (opensOutput ? 1 : 0),
    opensOutput,
    closesOutput: at.k0 + tile.tk >= k,
  };
}

/** Folds of all steps in order: column folds outside, row folds inside. */
export function foldsOfSteps(steps: readonly TileStep[], machine: Pick<ExactMachine, 'rows' | 'columns' | 'dotSize' | 'dataflow'>): Fold[] {
  const folds: Fold[] = [];
  for (const step of steps) {
    const first = folds.length;
    const vectors = Math.ceil(step.tk / machine.dotSize);
    const [onRows, onColumns, streamed] = {
      os: [step.tm, step.tn, vectors] as const,
      ws: [vectors, step.tn, step.tm] as const,
      is: [vectors, step.tm, step.tn] as const,
    }[machine.dataflow];
    for (let column0 = 0; column0 < onColumns; column0 += machine.columns)
      for (let row0 = 0; row0 < onRows; row0 += machine.rows) {
        const rows = Math.min(machine.rows, onRows - row0);
        const columns = Math.min(machine.columns, onColumns - column0);
        const lastOfStep = column0 + columns === onColumns && row0 + rows === onRows;
        folds.push({
          number: folds.length,
          step,
          firstOfStep: folds.length === first,
          lastOfStep,
          row0,
          rows,
          column0,
          columns,
          steps: streamed,
        });
      }
  }
  return folds;
}
