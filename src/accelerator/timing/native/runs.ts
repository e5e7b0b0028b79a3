/**
 * Runs of a pipeline that repeat, jumped over exactly: where the numbers of the state stand to each other as they did some runs before, every run
 * from there on moves them by the same cycles. Runs nest (steps along k, tiles, rows of tiles, products), so that the cost does not grow with
 * the number of tiles. Source: cyclicity of max-plus linear systems. A period beyond the memory is not seen; such runs are taken one by one.
 */
import { COMPARED, DEQUANT, DRAM, END, RESTING, resetState, settle, SIZE, TIED, TIMES, type PipelineState } from './recurrence.js';

/** States kept to compare with: the longest period that is recognised. */
const MEMORY = 12;
/** Fewer runs than this are simply taken. */
const WORTH_COMPARING = 3;
/** Depth of the nest. */
const DEPTH = 4;

/** A state with the memory of its runs. */
export interface Runs {
  readonly state: PipelineState;
  /** By depth; MEMORY states each. */
  readonly memories: readonly Float64Array[];
}

/** Room for a state and its memory, to be used for one mapping after another: taken once, for no pipeline runs within another. */
const room: Runs = { state: new Float64Array(SIZE), memories: Array.from({ length: DEPTH }, () => new Float64Array(SIZE * MEMORY)) };

/** The state as it stands before the first step. */
export function freshRuns(): Runs {
  resetState(room.state);
  return room;
}

/** Takes a run `count` times. Runs nest; `depth` counts from the innermost, and tells `run` which it is. False: `run` gave up. */
export function repeat<R extends Runs>(runs: R, depth: number, count: number, run: (runs: R, depth: number) => boolean): boolean {
  const { state, memories } = runs;
  const memory = memories[depth]!;
  for (let taken = 0; taken < count;) {
    if (!run(runs, depth)) return false;
    taken++;
    if (count - taken < WORTH_COMPARING) continue;
    settle(state);
    const period = periodOf(state, memory, taken);
    if (period > 0) {
      const periods = Math.floor((count - taken) / period);
      advance(state, memory, slot(taken - period), periods);
      taken += periods * period;
      for (; taken < count; taken++) if (!run(runs, depth)) return false;
      return true;
    }
    // A loop: for so few numbers faster than `set`.
    const at = slot(taken);
    for (let i = 0; i < SIZE; i++) memory[at + i] = state[i]!;
  }
  return true;
}

function slot(taken: number): number {
  return (taken % MEMORY) * SIZE;
}

/** Runs since the state stood as it stands now; 0: it did not within the memory. */
function periodOf(state: PipelineState, memory: Float64Array, taken: number): number {
  for (let period = 1; period <= MEMORY && period < taken; period++) if (standsAs(state, memory, slot(taken - period))) return period;
  return 0;
}

/**
 * Whether the times stand to each other as they did. A time nobody looked at may rest. Where neither loads nor the array waited for the other,
 * loads may run ahead: they move by fewer cycles, and the array waits for them the less.
 */
function standsAs(state: PipelineState, memory: Float64Array, at: number): boolean {
  const moved = state[END]! - memory[at + END]!;
  for (let i = RESTING; i < TIMES; i++) if (state[i]! - memory[at + i]! !== moved) return false;
  const loads = state[DRAM]! - memory[at + DRAM]!;
  const ahead = state[TIED] === memory[at + TIED] && loads < moved ? loads : moved;
  for (let i = 1; i < RESTING; i++) {
    const by = state[i]! - memory[at + i]!;
    if (by !== moved && by !== 0 && !(i <= DEQUANT && by === ahead)) return false;
  }
  for (let i = TIMES; i < COMPARED; i++) if (state[i] !== memory[at + i]) return false;
  return true;
}

/** Moves the times, and lets the sums grow, as the last period did, so many times. */
function advance(state: PipelineState, memory: Float64Array, at: number, periods: number): void {
  for (let i = 0; i < SIZE; i++) state[i]! += (state[i]! - memory[at + i]!) * periods;
}
