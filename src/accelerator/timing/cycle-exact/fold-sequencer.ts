/**
 * Starts the folds of a product, one after another, each as soon as the machine is in a state that takes it: its tile is there, the array
 * takes the next vector, the ports of its results will be free (os) or its operand stands in the shadow registers (ws, is).
 * Asked once a cycle; it looks at the state the cycle before left, and never ahead of what it has started itself.
 */
import type { CycleCause } from '../../../trace/layer-activity.js';
import type { ExactMachine } from './exact-case.js';
import type { PeArray } from './pe-array.js';
import { portReservation } from './port-reservation.js';
import { rateUnit } from './rate-unit.js';
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

export function foldSequencer({ machine, folds, buffers, progress, array }: SequencerContext): FoldSequencer {
  const { termCycles, foldOverlap, dequantization, loadsInPlace } = machine;
  const ports = machine.dataflow === 'os' ? portReservation(longestFold(folds) * termCycles + machine.rows) : undefined;
  const afterGroup = dequantization?.placement === 'after-group' ? dequantization : undefined;
  const groupUnit = rateUnit<TileStep>(afterGroup?.perCycle ?? 1);
  let next = 0;
  let fold: Fold | undefined;
  let vector = 0;
  let digit = 0;
  /** Fold whose operand is on its way to the shadow registers, and the rows still to send. */
  let loading: { readonly fold: Fold; rows: number } | undefined;
  let loaded = 0;
  /** Last fold of a step whose vectors are all in, while its groups are still being dequantized. */
  let ending: Fold | undefined;
  let ended: Fold | undefined;
  /** Cycles since something last entered the array, and those after which nothing can be left in it. */
  let quiet = 0;
  const flush = 2 * machine.rows + machine.columns;

  const whyNot = (candidate: Fold): CycleCause | undefined => {
    const { step, firstOfStep } = candidate;
    if (ending !== undefined) return 'dequant';
    if (!progress.isLoaded(step)) return 'dramStall';
    if (!progress.isReady(step)) return 'dequant';
    if (firstOfStep && step.opensOutput && !buffers.output.isFree(step.outputTile & 1)) return 'dramStall';
    if (!foldOverlap && !progress.arrayEmpty) return 'fill';
    if (ports !== undefined) return ports.free(candidate.steps * termCycles, candidate.rows) ? undefined : 'fill';
    return loadsInPlace === true || loaded > candidate.number ? undefined : 'fill';
  };

  const start = (begun: Fold): void => {
    fold = begun;
    vector = 0;
    digit = 0;
    next++;
    ports?.reserve(begun.steps * termCycles, begun.rows);
    progress.expectResults(begun, machine);
    if (loadsInPlace === true) for (let row = 0; row < begun.rows; row++) array.load?.(begun, row);
    if (!begun.firstOfStep) return;
    usePlaces(buffers, begun.step);
    if (afterGroup === undefined) return;
    const { tm, tn, tk } = begun.step;
    groupUnit.begin(begun.step, tm * tn * Math.ceil(tk / afterGroup.group));
  };

  /** Sends a row of the operand that stays, of the fold after the one that streams. */
  const sendRow = (): void => {
    const candidate = folds[loaded];
    if (loading === undefined && candidate !== undefined) {
      const shadowFree = next >= candidate.number;
      const arrayFree = foldOverlap || (fold === undefined && ending === undefined && progress.arrayEmpty);
      if (shadowFree && arrayFree && progress.isReady(candidate.step)) loading = { fold: candidate, rows: candidate.rows };
    }
    if (loading === undefined) return;
    quiet = 0;
    array.load?.(loading.fold, --loading.rows);
    if (loading.rows > 0) return;
    loaded++;
    loading = undefined;
  };

  const feed = (streamed: Fold): void => {
    array.feed(streamed, vector, digit);
    if (++digit < termCycles) return;
    digit = 0;
    if (++vector < streamed.steps) return;
    if (streamed.lastOfStep) ending = streamed;
    fold = undefined;
  };

  const causeNow = (): CycleCause => {
    if (fold !== undefined) return 'compute';
    const candidate = folds[next];
    if (candidate === undefined) return ending === undefined ? 'drain' : 'dequant';
    const wait = whyNot(candidate);
    if (wait !== undefined) return next === 0 ? 'fill' : wait;
    start(candidate);
    return 'compute';
  };

  return {
    tick() {
      const cause = causeNow();
      if (ports === undefined && loadsInPlace !== true) sendRow();
      if (fold !== undefined) quiet = 0;
      // Registers without a vector need no clock.
      if (quiet++ <= flush) {
        array.begin();
        if (fold !== undefined) feed(fold);
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
      return quiet > flush && loading === undefined && !groupUnit.busy;
    },
    get dequant_operations() {
      return groupUnit.operations;
    },
  };
}

function longestFold(folds: readonly Fold[]): number {
  return folds.reduce((longest, { steps }) => Math.max(longest, steps), 0);
}
