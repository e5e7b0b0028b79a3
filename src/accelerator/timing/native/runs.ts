/**
 * Runs of a pipeline that repeat, jumped over exactly: where the numbers of the state stand to each other as they did some runs before, every run
 * from there on moves them by the same cycles. Runs nest (steps along k, tiles, rows of tiles, products), so that the cost does not grow with
 * the number of tiles. Source: cyclicity of max-plus linear systems. A period beyond the memory is not seen; such runs are taken one by one.
 */
import { COMPARED, DEQUANT, DRAM, END, RESTING, settle, SIZE, TIED, TIMES, type PipelineState } from './recurrence.js';

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

/** Room for a state and its memory, to be used for one mapping after another. */
export function runsOf(): Runs {
  return { state: new Float64Array(SIZE), memories: Array.from({ length: DEPTH }, () => new Float64Array(SIZE * MEMORY)) };
}

/** Takes a run `count` times. Runs nest; `depth` counts from the innermost. */
export function repeat({ state, memories }: Runs, depth: number, count: number, run: () => void): void {
  const memory = memories[depth]!;
  for (let taken = 0; taken < count;) {
    run();
    taken++;
    if (count - taken < WORTH_COMPARING) continue;
    settle(state);
    const period = periodOf(state, memory, taken);
    if (period > 0) {
      const periods = Math.floor((count - taken) / period);
      advance(state, memory, slot(taken - period), periods);
      taken += periods * period;
      for (; taken < count; taken++) run();
      return;
    }
    memory.set(state, slot(taken));
  }
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
  const since = (i: number): number => state[i]! - memory[at + i]!;
  const moved = since(END);
  for (let i = RESTING; i < TIMES; i++) if (since(i) !== moved) return false;
  const ahead = since(TIED) === 0 && since(DRAM) < moved ? since(DRAM) : moved;
  for (let i = 1; i < RESTING; i++) {
    const by = since(i);
    if (by !== moved && by !== 0 && !(i <= DEQUANT && by === ahead)) return false;
  }
  for (let i = TIMES; i < COMPARED; i++) if (state[i] !== memory[at + i]) return false;
  return true;
}

/** Moves the times, and lets the sums grow, as the last period did, so many times. */
function advance(state: PipelineState, memory: Float64Array, at: number, periods: number): void {
  for (let i = 0; i < SIZE; i++) state[i]! += (state[i]! - memory[at + i]!) * periods;
}
