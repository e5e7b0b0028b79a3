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
  const groups = groupTurns(machine);
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
    const wait = ending === undefined ? whyNot(context, candidate, loader?.loaded) : 'dequant';
    if (wait === undefined) groups.claim(candidate.step);
    const held = wait ?? (ports?.free(candidate.steps * machine.termCycles, candidate.rows) === false ? 'fill' : undefined);
    if (held !== undefined) return next === 0 ? 'fill' : held;
    feeder.begin(candidate);
    next++;
    begin(context, candidate, ports);
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
      groups.unit.tick();
      ended = groups.unit.busy ? undefined : ending;
      if (ended !== undefined) [ending, quiet] = [undefined, 0];
      return cause;
    },
    get ended() {
      return ended;
    },
    get asleep() {
      return quiet > flush && loader?.busy !== true && !groups.unit.busy;
    },
    get dequant_operations() {
      return groups.unit.operations;
    },
  };
}

/** What keeps a fold from starting in this cycle, the ports for its results apart; undefined: nothing. */
function whyNot(
  { machine, buffers, progress }: SequencerContext,
  { step, firstOfStep, number }: Fold,
  loaded: number | undefined,
): CycleCause | undefined {
  if (!progress.isLoaded(step)) return 'dramStall';
  if (!progress.isReady(step)) return 'dequant';
  if (firstOfStep && step.opensPanel && !buffers.output.isFree(step.panel & 1)) return 'dramStall';
  if (!machine.foldOverlap && !progress.arrayEmpty) return 'fill';
  return loaded !== undefined && loaded <= number ? 'fill' : undefined;
}

/** The unit for groups beside the stream: they have their turn when the step could start, though its fold may wait for ports. */
function groupTurns({ dequantization }: ExactMachine): { readonly unit: RateUnit<TileStep>; claim(step: TileStep): void } {
  const unit = rateUnit<TileStep>(dequantization?.perCycle ?? 1);
  let claimed: TileStep | undefined;
  return {
    unit,
    claim(step) {
      if (claimed === step) return;
      claimed = step;
      if (dequantization?.placement === 'after-group') unit.begin(step, step.tm * step.tn * Math.ceil(step.tk / dequantization.group));
    },
  };
}

/** What the start of a fold takes: ports for its results, its places in the buffers. */
function begin({ machine, buffers, progress, array }: SequencerContext, fold: Fold, ports: PortReservation | undefined): void {
  const { step, steps, rows, firstOfStep } = fold;
  ports?.reserve(steps * machine.termCycles, rows);
  progress.expectResults(fold, machine);
  if (machine.loadsInPlace === true) for (let row = 0; row < rows; row++) array.load?.(fold, row);
  if (firstOfStep) usePlaces(buffers, step);
}

function longestFold(folds: readonly Fold[]): number {
  return folds.reduce((longest, { steps }) => Math.max(longest, steps), 0);
}
