/**
 * A mapping on the pipeline: the steps of a layer in order, from the shapes of the few kinds of tiles there are, and their cycles by cause.
 * Every dimension has full tiles and a last one, so a layer has at most eight kinds of steps.
 * Formulas: docs/timing/native.md.
 */
import { cyclesOf, type Cycles } from '../../../trace/layer-activity.js';
import { foldShape } from './fold-shape.js';
import {
  loadedOnce,
  loopsOf,
  residencyOf,
  tilingsOf,
  type Extent,
  type Mapping,
  type NativeProblem,
  type Residency,
  type Tiling,
} from './problem.js';
import { beginProduct, finish, resetState, takeStep, waitsOf, type Load, type StepShape } from './recurrence.js';
import { repeat, runsOf, type Runs } from './runs.js';

/** The steps of a mapping. */
export interface Steps {
  readonly tilings: Readonly<Record<'m' | 'n' | 'k', Tiling>>;
  /** One of the up to eight kinds: whether each dimension is at its last tile. */
  shape(mLast: boolean, nLast: boolean, kLast: boolean): StepShape;
  /** What a step has to load: whether it is at the first tile of m and of n. */
  load(mFirst: boolean, nFirst: boolean): Load;
  readonly resident: Residency;
}

/** Cuts a layer into steps. Shapes are made when they are first asked for. */
export function stepsOf(problem: NativeProblem, mapping: Mapping): Steps {
  const tilings = tilingsOf(problem, mapping);
  const { m, n, k } = tilings;
  const once = loadedOnce(problem, mapping, { m: m.count, n: n.count, k: k.count });
  const known: (StepShape | null)[] = [null, null, null, null, null, null, null, null];
  return {
    tilings,
    resident: residencyOf(problem, mapping.split),
    shape: (mLast, nLast, kLast) =>
      (known[(mLast ? 1 : 0) + (nLast ? 2 : 0) + (kLast ? 4 : 0)] ??= stepShape(
        problem,
        mLast ? m.last : m.full,
        nLast ? n.last : n.full,
        kLast ? k.last.size : k.full.size,
      )),
    load: (mFirst, nFirst) => {
      const weight = mFirst || !once.weight;
      const activation = nFirst || !once.activation;
      return weight ? (activation ? 'both' : 'weight') : activation ? 'activation' : 'none';
    },
  };
}

function stepShape(problem: NativeProblem, m: Extent, n: Extent, k: number): StepShape {
  const { dram_bits, dram_bitsPerCycle, dequantization } = problem;
  const folds = foldShape(problem, m.size, n.size, k);
  const beats = (bits: number): number => Math.ceil(bits / dram_bitsPerCycle);
  const weight_bits = n.all * k * dram_bits.weight;
  const activation_bits = m.all * k * dram_bits.activation;
  const rate = dequantization?.operationsPerCycle ?? 1;
  const placement = dequantization?.placement;
  const outputs = m.size * n.size;
  return {
    stream: folds.stream_cycles,
    compute: folds.folds * folds.stream_cycles,
    span: folds.span_cycles,
    skew: folds.skew_cycles,
    trail: folds.trail_cycles,
    portRows: folds.portRows,
    stationaryRows: folds.stationaryRows,
    loadBoth: beats(weight_bits + activation_bits),
    loadWeight: beats(weight_bits),
    loadActivation: beats(activation_bits),
    store: beats(m.all * n.all * dram_bits.output),
    dequantBefore: placement === 'before-mac' ? Math.ceil((n.size * k) / rate) : 0,
    dequantAfter: placement === 'after-group' ? Math.ceil((outputs * Math.ceil(k / (dequantization?.group ?? k))) / rate) : 0,
    epilogue: placement === 'epilogue' ? Math.ceil(outputs / rate) : 0,
  };
}

/** Runs mappings of one problem, one after another, in one memory. */
export function pipeline(problem: NativeProblem): (mapping: Mapping, steps: Steps) => Cycles {
  const { gemms, foldOverlap, step } = problem;
  const runs = runsOf();
  return (mapping, steps) => {
    resetState(runs.state);
    repeat(runs, 3, gemms, () => {
      runProduct(runs, { order: mapping.order, foldOverlap }, steps);
    });
    const waits = waitsOf(runs.state);
    const total_cycles = finish(runs.state);
    const compute = computeCycles(steps) * gemms;
    const ownWaits = foldOverlap ? { fill: 0, sync: waits.sync } : { fill: waits.sync, sync: 0 };
    // Lanes that wait for the slowest stream, but do not compute.
    const useful = Math.round(compute * (step.useful_cycles / step.cycles));
    return cyclesOf({
      compute: useful,
      laneStall: compute - useful,
      fill: waits.start + (waits.done - waits.end) + ownWaits.fill,
      sync: ownWaits.sync,
      dequant: waits.dequant,
      dramStall: waits.end - waits.start - compute - waits.sync - waits.dequant,
      drain: total_cycles - waits.done,
    });
  };
}

function runProduct(runs: Runs, { order, foldOverlap }: Pick<Mapping, 'order'> & Pick<NativeProblem, 'foldOverlap'>, steps: Steps): void {
  const [outer, middle, inner] = loopsOf[order];
  const at = { m: { first: true, last: true }, n: { first: true, last: true }, k: { first: true, last: true } };
  const { m, n, k } = at;
  // Sums of an output tile, or of all along the innermost loop, share half of the output buffer.
  const panel = inner === 'k' ? { first: true, last: true } : at[inner];
  const place = { opens: true, completes: true, closes: true, foldOverlap, resident: steps.resident };
  const step = (): void => {
    place.opens = k.first && panel.first;
    place.completes = k.last;
    place.closes = k.last && panel.last;
    takeStep(runs.state, steps.shape(m.last, n.last, k.last), steps.load(m.first, n.first), place);
  };
  const along = (depth: number, dimension: 'm' | 'n' | 'k', run: () => void): (() => void) => {
    const { count } = steps.tilings[dimension];
    return () => {
      alongTiles(runs, { depth, count, at: at[dimension] }, run);
    };
  };
  beginProduct(runs.state);
  along(2, outer, along(1, middle, along(0, inner, step)))();
}

/** The tiles of a dimension: the first and the last by themselves, those between as a run. */
function alongTiles(
  runs: Runs,
  { depth, count, at }: { readonly depth: number; readonly count: number; readonly at: { first: boolean; last: boolean } },
  run: () => void,
): void {
  at.first = true;
  at.last = count === 1;
  run();
  if (count === 1) return;
  at.first = false;
  repeat(runs, depth, count - 2, run);
  at.last = true;
  run();
}

/** Streaming of all folds of one product: the closed sum over the kinds of steps. */
function computeCycles(steps: Steps): number {
  const { m, n, k } = steps.tilings;
  let sum = 0;
  for (let kind = 0; kind < 8; kind++) {
    const mLast = (kind & 1) !== 0;
    const nLast = (kind & 2) !== 0;
    const kLast = (kind & 4) !== 0;
    const count = (mLast ? 1 : m.count - 1) * (nLast ? 1 : n.count - 1) * (kLast ? 1 : k.count - 1);
    if (count > 0) sum += count * steps.shape(mLast, nLast, kLast).compute;
  }
  return sum;
}
