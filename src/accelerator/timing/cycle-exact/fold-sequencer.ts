/**
 * Starts the folds of a product, one after another, each as soon as the machine is in a state that takes it: its tile is there, the array
 * takes the next vector, the ports of its results will be free (os) or its operand stands in the shadow registers (ws, is).
 * Asked once a cycle; it looks at the state the cycle before left, and never ahead of what it has started itself.
 */
import type { CycleCause } from '../../../trace/layer-activity.js';
import type { ExactMachine } from './exact-case.js';
import { foldFeeder } from './fold-feeder.js';
import { operandLoader } from './operand-loader.js';
import type { PeArray } from './pe-array.js';
import { portReservation, type PortReservation } from './port-reservation.js';
import { rateUnit, type RateUnit } from './rate-unit.js';
import { usePlaces, type TileBuffers } from './tile-buffers.js';
import type { TileProgress } from './tile-progress.js';
import type { Fold, TileStep } from './tile-steps.js';

export interface FoldSequencer {
  /** One cycle of the array; what it did or waited for. */
  tick(): CycleCause;
  /** The step whose stream ended with this cycle, with its last fold. */
  readonly ended: Fold | undefined;
  /** Nothing moves in the array, and nothing will until an operand or a place in the output buffer comes: its clock may rest. */
  readonly asleep: boolean;
  readonly dequant_operations: number;
}

export interface SequencerContext {
  readonly machine: ExactMachine;
  readonly folds: readonly Fold[];
  readonly buffers: TileBuffers;
  readonly progress: TileProgress;
  readonly array: PeArray;
}

export function foldSequencer(context: SequencerContext): FoldSequencer {
  const { machine, folds, progress, array } = context;
  const { foldOverlap, loadsInPlace, rows, columns, dataflow } = machine;
  const feeder = foldFeeder(array, machine.termCycles);
  const loader = dataflow !== 'os' && loadsInPlace !== true ? operandLoader(folds, progress, array) : undefined;
  const ports = dataflow === 'os' ? portReservation(longestFold(folds) * machine.termCycles + rows) : undefined;
  const groupUnit = rateUnit<TileStep>(machine.dequantization?.perCycle ?? 1);
  let next = 0;
  /** Last fold of a step whose vectors are all in, while its groups are still being dequantized. */
  let ending: Fold | undefined;
  let ended: Fold | undefined;
  /** Cycles since something last entered the array, and those after which nothing can be left in it. */
  let quiet = 0;
  const flush = 2 * rows + columns;

  const causeNow = (): CycleCause => {
    if (feeder.busy) return 'compute';
    const candidate = folds[next];
    if (candidate === undefined) return ending === undefined ? 'drain' : 'dequant';
    const wait = ending === undefined ? whyNot(context, candidate, { ports, loaded: loader?.loaded }) : 'dequant';
    if (wait !== undefined) return next === 0 ? 'fill' : wait;
    feeder.begin(candidate);
    next++;
    begin(context, candidate, { ports, groupUnit });
    return 'compute';
  };

  return {
    tick() {
      const cause = causeNow();
      const sent = loader?.tick(next, foldOverlap || (!feeder.busy && ending === undefined && progress.arrayEmpty));
      if (feeder.busy || sent === true) quiet = 0;
      // Registers without a vector need no clock.
      if (quiet++ <= flush) {
        array.begin();
        const fed = feeder.feed();
        if (fed?.lastOfStep === true) ending = fed;
        array.work();
      }
      ports?.tick();
      groupUnit.tick();
      ended = groupUnit.busy ? undefined : ending;
      if (ended !== undefined) {
        ending = undefined;
        quiet = 0;
      }
      return cause;
    },
    get ended() {
      return ended;
    },
    get asleep() {
      return quiet > flush && loader?.busy !== true && !groupUnit.busy;
    },
    get dequant_operations() {
      return groupUnit.operations;
    },
  };
}

/** What keeps a fold from starting in this cycle; undefined: nothing. */
function whyNot(
  { machine, buffers, progress }: SequencerContext,
  { step, firstOfStep, number, steps, rows }: Fold,
  { ports, loaded }: { readonly ports: PortReservation | undefined; readonly loaded: number | undefined },
): CycleCause | undefined {
  if (!progress.isLoaded(step)) return 'dramStall';
  if (!progress.isReady(step)) return 'dequant';
  if (firstOfStep && step.opensPanel && !buffers.output.isFree(step.panel & 1)) return 'dramStall';
  if (!machine.foldOverlap && !progress.arrayEmpty) return 'fill';
  if (ports?.free(steps * machine.termCycles, rows) === false) return 'fill';
  return loaded !== undefined && loaded <= number ? 'fill' : undefined;
}

/** What the start of a fold takes: ports for its results, its places in the buffers, the unit for its groups. */
function begin(
  { machine, buffers, progress, array }: SequencerContext,
  fold: Fold,
  { ports, groupUnit }: { readonly ports: PortReservation | undefined; readonly groupUnit: RateUnit<TileStep> },
): void {
  const { step, steps, rows, firstOfStep } = fold;
  ports?.reserve(steps * machine.termCycles, rows);
  progress.expectResults(fold, machine);
  if (machine.loadsInPlace === true) for (let row = 0; row < rows; row++) array.load?.(fold, row);
  if (!firstOfStep) return;
  usePlaces(buffers, step);
  const { placement, group = 1 } = machine.dequantization ?? {};
  if (placement === 'after-group') groupUnit.begin(step, step.tm * step.tn * Math.ceil(step.tk / group));
}

function longestFold(folds: readonly Fold[]): number {
  return folds.reduce((longest, { steps }) => Math.max(longest, steps), 0);
}
