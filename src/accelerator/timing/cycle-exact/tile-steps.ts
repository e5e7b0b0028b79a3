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
  /** Operands that are not in their buffers yet. */
  readonly loadsWeights: boolean;
  readonly loadsActivations: boolean;
  /** Places in the buffers its operands lie in. */
  readonly weightPlace: number;
  readonly activationPlace: number;
  /** Operands nothing after it needs where they lie. */
  readonly dropsWeights: boolean;
  readonly dropsActivations: boolean;
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
export function tileSteps(shape: Shape, mapping: ExactMapping): TileStep[] {
  const { tm, tn, tk, outer, resident } = mapping;
  const tilesAlong = (size: number, tile: number): number => Math.ceil(size / tile);
  const kTiles = tilesAlong(shape.k, tk);
  const weight = placement(resident.weight, tilesAlong(shape.n, tn) * kTiles);
  const activation = placement(resident.activation, tilesAlong(shape.m, tm) * kTiles);
  const steps: TileStep[] = [];
  let outputTile = -1;
  for (const { product, m0, n0, k0 } of origins(shape, { tm, tn, tk, outer })) {
    const kTile = k0 / tk;
    const weights = weight.next(product, (n0 / tn) * kTiles + kTile);
    const activations = activation.next(product, (m0 / tm) * kTiles + kTile);
    steps.push({
      index: steps.length,
      product,
      m0,
      tm: Math.min(tm, shape.m - m0),
      n0,
      tn: Math.min(tn, shape.n - n0),
      k0,
      tk: Math.min(tk, shape.k - k0),
      loadsWeights: weights.loads,
      loadsActivations: activations.loads,
      weightPlace: weights.place,
      activationPlace: activations.place,
      dropsWeights: false,
      dropsActivations: false,
      outputTile: k0 === 0 ? ++outputTile : outputTile,
      opensOutput: k0 === 0,
      closesOutput: k0 + tk >= shape.k,
    });
  }
  return withDrops(steps);
}

function* origins(
  shape: Shape,
  { tm, tn, tk, outer }: Pick<ExactMapping, 'tm' | 'tn' | 'tk' | 'outer'>,
): Generator<Pick<TileStep, 'product' | 'm0' | 'n0' | 'k0'>> {
  const m = { size: shape.m, tile: tm };
  const n = { size: shape.n, tile: tn };
  const [outside, inside] = outer === 'm' ? [m, n] : [n, m];
  for (let product = 0; product < shape.products; product++)
    for (let o = 0; o < outside.size; o += outside.tile)
      for (let i = 0; i < inside.size; i += inside.tile)
        for (let k0 = 0; k0 < shape.k; k0 += tk) yield outer === 'm' ? { product, m0: o, n0: i, k0 } : { product, m0: i, n0: o, k0 };
}

/** Where tiles of an operand go: in turn to two halves, or each to a place of its own, of which products have two sets in turn. */
function placement(resident: boolean, tiles: number) {
  const seen = new Set<string>();
  let last = '';
  let half = 1;
  return {
    next(product: number, tile: number): { loads: boolean; place: number } {
      const name = `${product} ${tile}`;
      const loads = resident ? !seen.has(name) : name !== last;
      seen.add(name);
      last = name;
      if (resident) return { loads, place: (product & 1) * tiles + tile };
      if (loads) half = 1 - half;
      return { loads, place: half };
    },
  };
}

/** An operand is dropped by the last step before its place is loaded again, and by the last step that uses it. */
function withDrops(steps: readonly TileStep[]): TileStep[] {
  const drops = steps.map(() => ({ dropsWeights: false, dropsActivations: false }));
  const user = { weight: new Map<number, number>(), activation: new Map<number, number>() };
  steps.forEach(({ index, loadsWeights, loadsActivations, weightPlace, activationPlace }) => {
    const before = { weight: user.weight.get(weightPlace), activation: user.activation.get(activationPlace) };
    if (loadsWeights && before.weight !== undefined) drops[before.weight]!.dropsWeights = true;
    if (loadsActivations && before.activation !== undefined) drops[before.activation]!.dropsActivations = true;
    user.weight.set(weightPlace, index);
    user.activation.set(activationPlace, index);
  });
  return steps.map((step, i) => ({ ...step, ...drops[i] }));
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
