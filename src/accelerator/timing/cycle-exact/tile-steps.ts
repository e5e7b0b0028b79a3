/**
 * The order of work: tiles of a product one after another, and the folds of each tile on the array.
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
  /** Number of its output tile, in the order they are complete; partial sums of all its k tiles meet there. */
  readonly outputTile: number;
  /** First and last of the steps of its output tile. */
  readonly opensOutput: boolean;
  readonly closesOutput: boolean;
  /** Number of the panel of output tiles that share half of the output buffer, and where in it its output tile begins. */
  readonly panel: number;
  readonly outputOffset: number;
  /** First and last of the steps of the panel. */
  readonly opensPanel: boolean;
  readonly closesPanel: boolean;
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
  const { tm, tn, tk, resident } = mapping;
  const tilesAlong = (size: number, tile: number): number => Math.ceil(size / tile);
  const kTiles = tilesAlong(shape.k, tk);
  const weight = placement(resident.weight, tilesAlong(shape.n, tn) * kTiles);
  const activation = placement(resident.activation, tilesAlong(shape.m, tm) * kTiles);
  const outputs = outputPlacement(shape, mapping);
  const steps: TileStep[] = [];
  for (const origin of origins(shape, mapping)) {
    const { product, m0, n0, k0 } = origin;
    const kTile = k0 / tk;
    const weights = weight.next(product, (n0 / tn) * kTiles + kTile);
    const activations = activation.next(product, (m0 / tm) * kTiles + kTile);
    steps.push({
      index: steps.length,
      ...origin,
      tm: Math.min(tm, shape.m - m0),
      tn: Math.min(tn, shape.n - n0),
      tk: Math.min(tk, shape.k - k0),
      loadsWeights: weights.loads,
      loadsActivations: activations.loads,
      weightPlace: weights.place,
      activationPlace: activations.place,
      dropsWeights: false,
      dropsActivations: false,
      ...outputs.next(origin),
    });
  }
  return withDrops(steps);
}

type Origin = Pick<TileStep, 'product' | 'm0' | 'n0' | 'k0'>;

const loops = {
  mn: ['m', 'n', 'k'],
  nm: ['n', 'm', 'k'],
  nkm: ['n', 'k', 'm'],
  mkn: ['m', 'k', 'n'],
} as const;

function* origins(shape: Shape, { tm, tn, tk, order }: ExactMapping): Generator<Origin> {
  const tile = { m: tm, n: tn, k: tk };
  const at = { m: 0, n: 0, k: 0 };
  const [outer, middle, inner] = loops[order];
  for (let product = 0; product < shape.products; product++)
    for (at[outer] = 0; at[outer] < shape[outer]; at[outer] += tile[outer])
      for (at[middle] = 0; at[middle] < shape[middle]; at[middle] += tile[middle])
        for (at[inner] = 0; at[inner] < shape[inner]; at[inner] += tile[inner]) yield { product, m0: at.m, n0: at.n, k0: at.k };
}

type OutputPlace = Pick<TileStep, 'outputTile' | 'opensOutput' | 'closesOutput' | 'panel' | 'outputOffset' | 'opensPanel' | 'closesPanel'>;

/** Where sums go: a panel takes half of the output buffer, its tiles lie one after another. With k innermost a panel is one tile. */
function outputPlacement(shape: Shape, { tm, tn, tk, order }: ExactMapping): { next(origin: Origin): OutputPlace } {
  let panel = -1;
  let tilesBefore = 0;
  let tilesInside = 1;
  return {
    next({ m0, n0, k0 }) {
      const along = order === 'nkm' ? { from: m0, tile: tm, size: shape.m } : { from: n0, tile: tn, size: shape.n };
      const { from, tile, size } = order === 'mn' || order === 'nm' ? { from: 0, tile: 1, size: 1 } : along;
      const opensOutput = k0 === 0;
      const closesOutput = k0 + tk >= shape.k;
      const opensPanel = opensOutput && from === 0;
      if (opensPanel) {
        panel++;
        if (panel > 0) tilesBefore += tilesInside;
        tilesInside = Math.ceil(size / tile);
      }
      const across = order === 'nkm' ? Math.min(tn, shape.n - n0) : Math.min(tm, shape.m - m0);
      return {
        outputTile: tilesBefore + from / tile,
        opensOutput,
        closesOutput,
        panel,
        outputOffset: from * across,
        opensPanel,
        closesPanel: closesOutput && from + tile >= size,
      };
    },
  };
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
