/**
 * A mapping on the pipeline: the steps of a layer in order, from the shapes of the few kinds of tiles there are, and their cycles by cause.
 * A mapping that is seen to be hopeless is given up on the way: it streams all it has to, and what it waited so far it has waited.
 * Formulas: docs/timing/native.md.
 */
import { cyclesOf, type Cycles } from '../../../trace/layer-activity.js';
import { loadedOnce, residencyOf, tilingsOf, type Mapping, type NativeProblem } from './problem.js';
import { COMPUTED, END, finish, waitsOf, type Waits } from './recurrence.js';
import { COMPUTE, SHAPE, type StepShapes } from './step-row.js';
import { emptyShapes, fillShapes, tilesOfKind } from './step-shapes.js';
import { enter, takeProducts, tileLoops, type Steps } from './tile-loops.js';

/** Cuts a layer into steps; `shapes` where they are known from another order of the same tiles. */
export function stepsOf(problem: NativeProblem, mapping: Mapping, shapes?: StepShapes): Steps {
  const tilings = tilingsOf(problem, mapping);
  const { m, n, k } = tilings;
  const resident = residencyOf(problem, mapping.split);
  return {
    tilings,
    shapes: shapes ?? fillShapes(problem, tilings, emptyShapes()),
    once: loadedOnce(resident, mapping.order, { m: m.count, n: n.count, k: k.count }),
    resident,
  };
}

/** Whether a mapping that takes at least so many cycles is of no use. */
export type Hopeless = (atLeast_cycles: number) => boolean;

/** Of a mapping that was given up. */
const endless: Cycles = Object.freeze(cyclesOf({ dramStall: Infinity }));

const never: Hopeless = () => false;

/** Runs mappings of one problem, one after another, in one memory. A hopeless one is given up: its total is infinite. */
export function pipeline(problem: NativeProblem): (mapping: Mapping, steps: Steps, hopeless?: Hopeless) => Cycles {
  const { gemms, foldOverlap } = problem;
  const loops = tileLoops();
  const { state } = loops;
  let compute = 0;
  let isHopeless = never;
  // What is still to stream comes after all that has ended.
  loops.goesOn = () => !isHopeless(state[END]! + compute - state[COMPUTED]!);
  return (mapping, steps, hopeless = never) => {
    compute = computeCycles(steps) * gemms;
    isHopeless = hopeless;
    enter(loops, mapping, steps, foldOverlap);
    if (!takeProducts(loops, gemms)) return endless;
    const waits = waitsOf(state);
    return byCause(problem, compute, { ...waits, total: finish(state) });
  };
}

function byCause({ foldOverlap, step }: NativeProblem, compute: number, waits: Waits & { readonly total: number }): Cycles {
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
    drain: waits.total - waits.done,
  });
}

/** Streaming of all folds of one product: the closed sum over the kinds of steps. */
function computeCycles({ tilings, shapes }: Steps): number {
  let sum = 0;
  for (let kind = 0; kind < 8; kind++) {
    const count = tilesOfKind(tilings, kind);
    if (count > 0) sum += count * shapes[kind * SHAPE + COMPUTE]!;
  }
  return sum;
}
