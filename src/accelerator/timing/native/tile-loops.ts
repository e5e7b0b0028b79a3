/**
 * The steps of a product in order: three loops over tiles, each with a first tile, a run of equal ones, and a last one.
 * Dimensions are bits, and so is what a step does (recurrence.ts): nothing is allocated on the way.
 */
import { loopsOf, type Mapping, type Residency, type Tilings } from './problem.js';
import {
  ACTIVATION_STAYS,
  beginProduct,
  CLOSES,
  COMPLETES,
  FOLDS_OVERLAP,
  LOADS_ACTIVATION,
  LOADS_WEIGHT,
  OPENS,
  takeStep,
  WEIGHT_STAYS,
} from './recurrence.js';
import { freshRuns, repeat, type Runs } from './runs.js';
import { SHAPE, type StepShapes } from './step-row.js';
import { bitOf, emptyShapes } from './step-shapes.js';

/** The steps of a mapping. */
export interface Steps {
  readonly tilings: Tilings;
  readonly shapes: StepShapes;
  /** Operands each tile of which is loaded once. */
  readonly once: Residency;
  readonly resident: Residency;
}

/** Depth of the nest of runs: 0 steps of the innermost loop, 1 the loop around it, the outermost loop, products. */
const OUTERMOST = 2;
const PRODUCTS = 3;

/** Loops over the tiles of a mapping, and where they stand. */
export interface TileLoops extends Runs {
  /** By depth: tiles, and the bit of the dimension. */
  readonly counts: Int32Array;
  readonly bits: Int32Array;
  shapes: StepShapes;
  /** Bits that hold for every step. */
  always: number;
  /** Dimensions whose first tile opens, and whose last one closes, half of the output buffer. */
  panel: number;
  /** Dimensions that stand at their first, at their last tile. */
  first: number;
  last: number;
  /** The step they stand at: its row in the shapes, and what it does. */
  row: number;
  flags: number;
  /** Asked after every run of steps; false: the rest is not taken. */
  goesOn: () => boolean;
}

/** Loops without a mapping yet. */
export function tileLoops(): TileLoops {
  return {
    ...freshRuns(),
    counts: new Int32Array(OUTERMOST + 1),
    bits: new Int32Array(OUTERMOST + 1),
    shapes: emptyShapes(),
    always: 0,
    panel: 0,
    first: 0,
    last: 0,
    row: 0,
    flags: 0,
    goesOn: () => true,
  };
}

/** Stands before the first step of a mapping. */
export function enter(loops: TileLoops, { order }: Mapping, steps: Steps, foldOverlap: boolean): void {
  const { once, resident, tilings, shapes } = steps;
  for (let depth = 0; depth <= OUTERMOST; depth++) {
    const dimension = loopsOf[order][OUTERMOST - depth]!;
    loops.counts[depth] = tilings[dimension].count;
    loops.bits[depth] = bitOf[dimension];
  }
  loops.shapes = shapes;
  loops.always =
    (foldOverlap ? FOLDS_OVERLAP : 0) |
    (once.weight ? 0 : LOADS_WEIGHT) |
    (once.activation ? 0 : LOADS_ACTIVATION) |
    (resident.weight ? WEIGHT_STAYS : 0) |
    (resident.activation ? ACTIVATION_STAYS : 0);
  // Sums of an output tile, or of all along the innermost loop, share half of the output buffer.
  loops.panel = bitOf.k | loops.bits[0]!;
  freshRuns();
}

/** Takes the steps of so many products; false: it was stopped. */
export function takeProducts(loops: TileLoops, gemms: number): boolean {
  return repeat(loops, PRODUCTS, gemms, take);
}

/** One run: a step, or all tiles of the loops inside. */
function take(loops: TileLoops, depth: number): boolean {
  if (depth === 0) {
    takeStep(loops.state, loops.shapes, loops.row, loops.flags);
    return true;
  }
  if (depth === PRODUCTS) beginProduct(loops.state);
  return alongTiles(loops, depth - 1) && loops.goesOn();
}

/** The tiles of a loop: the first and the last by themselves, those between as a run. */
function alongTiles(loops: TileLoops, depth: number): boolean {
  const count = loops.counts[depth]!;
  const bit = loops.bits[depth]!;
  loops.first |= bit;
  loops.last = count === 1 ? loops.last | bit : loops.last & ~bit;
  if (depth === 0) stand(loops);
  if (!take(loops, depth)) return false;
  if (count === 1) return true;
  loops.first &= ~bit;
  if (count > 2) {
    if (depth === 0) stand(loops);
    if (!repeat(loops, depth, count - 2, take)) return false;
  }
  loops.last |= bit;
  if (depth === 0) stand(loops);
  return take(loops, depth);
}

/** What the step at this place does. */
function stand(loops: TileLoops): void {
  const { first, last, panel } = loops;
  let flags = loops.always;
  if ((first & bitOf.m) !== 0) flags |= LOADS_WEIGHT;
  if ((first & bitOf.n) !== 0) flags |= LOADS_ACTIVATION;
  if ((first & panel) === panel) flags |= OPENS;
  if ((last & bitOf.k) !== 0) flags |= (last & panel) === panel ? COMPLETES | CLOSES : COMPLETES;
  loops.flags = flags;
  loops.row = last * SHAPE;
}
