/**
 * Time of the steps of a tile pipeline as a max-plus recurrence over a few numbers; formulas: docs/timing/native.md, "Time of a step".
 * Where the numbers stand to each other as they stood some runs before, all the runs in between repeat: whole runs of identical steps, rows of
 * tiles and products are jumped over exactly, so that the cost does not grow with the number of tiles.
 * Times that can no longer matter are raised to the earliest time that can, so that equal futures look equal.
 */

/** What one step asks of the machine; all in cycles. */
export interface StepShape {
  /** Streaming of one fold and of all folds, and from the start of the first fold to the end of the last. */
  readonly stream: number;
  readonly compute: number;
  readonly span: number;
  /** From the end of streaming to the last result of the last fold, and of all folds. */
  readonly skew: number;
  readonly trail: number;
  /** Rows the last fold drains through the ports of os; 0 for ws, is. */
  readonly portRows: number;
  /** Stationary rows to load before the first fold; 0 for os. */
  readonly stationaryRows: number;
  /** Requests to the DRAM port; 0: nothing to move. */
  readonly loadBoth: number;
  readonly loadWeight: number;
  readonly loadActivation: number;
  readonly store: number;
  /** Dequantization before the MAC, beside the stream, and after the last k tile. */
  readonly dequantBefore: number;
  readonly dequantAfter: number;
  readonly epilogue: number;
}

/** Operands a step has to load. */
export type Load = 'both' | 'weight' | 'activation' | 'none';

// Places of the state. Times first, then what is not a time.
const END = 0; // end of streaming of the last step
const END_BEFORE = 1; // and of the step before it
const DRAM = 2; // DRAM port free
const DEQUANT = 3; // dequantization before the MAC free
const PORT = 4; // os: the last fold's results are out of the column ports
const SHADOW = 5; // ws, is: the shadow registers are free
const DONE = 6; // last result so far
const EPILOGUE = 7; // end of the last epilogue
const READY = 8; // output of the last step ready to be stored
const READY_BEFORE = 9; // and of the step before it
const STORED = 10; // end of the last store
const STORED_READY = 11; // when what it stored was ready
const STORE = 12; // length of those two stores; -1: none
const STORE_BEFORE = 13;
const SYNC = 14; // cycles waited for the array itself
const DEQUANT_WAIT = 15; // cycles waited for dequantization
const SIZE = 16;
const TIMES = 12;
const COMPARED = 14;
const NO_STORE = -1;

/** States kept to compare with: the longest period that is recognised. */
const MEMORY = 12;
/** Fewer runs than this are simply taken. */
const WORTH_COMPARING = 3;
/** Nested runs: steps along k, tiles, rows of tiles, products. */
const DEPTH = 4;

export interface Recurrence {
  /** Back to the first cycle. */
  reset(): void;
  /** One step. `first` and `last`: of the k tiles of an output tile. */
  step(shape: StepShape, load: Load, first: boolean, last: boolean): void;
  /** A run `count` times. Runs nest up to DEPTH deep; `depth` counts from the innermost. */
  repeat(depth: number, count: number, run: () => void): void;
  /** The stores that are left; the cycle in which the last one ends. */
  finish(): number;
  /** Since the reset, before `finish`. */
  waits(): { readonly start: number; readonly end: number; readonly done: number; readonly sync: number; readonly dequant: number };
}

/** A recurrence for one machine: `foldOverlap` as in the machine's description. Its memory is reused by every `reset`. */
export function recurrence(foldOverlap: boolean): Recurrence {
  const t = new Float64Array(SIZE);
  const memories = Array.from({ length: DEPTH }, () => new Float64Array(SIZE * MEMORY));
  let started = false;
  let start = 0;

  function reset(): void {
    t.fill(0);
    t[STORE] = NO_STORE;
    t[STORE_BEFORE] = NO_STORE;
    started = false;
    start = 0;
  }

  function store(ready: number, length: number): void {
    const begin = length === 0 ? ready : Math.max(t[DRAM]!, ready);
    t[STORED] = begin + length;
    t[STORED_READY] = ready;
    if (length > 0) t[DRAM] = begin + length;
  }

  function step(shape: StepShape, load: Load, first: boolean, last: boolean): void {
    const end = t[END]!;
    const loaded = loadStep(shape, load);
    if (t[STORE_BEFORE] !== NO_STORE) store(t[READY_BEFORE]!, t[STORE_BEFORE]!);
    let ready = loaded;
    if ((load === 'both' || load === 'weight') && shape.dequantBefore > 0) {
      ready = Math.max(loaded, t[DEQUANT]!) + shape.dequantBefore;
      t[DEQUANT] = ready;
    }
    // What the array waits for, cause by cause: itself, the tile, its dequantization, the output buffer.
    const left = foldOverlap ? end : Math.max(end, t[DONE]!);
    const shadow = foldOverlap ? t[SHADOW]! : t[DONE]!;
    const rows = shape.stationaryRows;
    const array = Math.max(left, shape.portRows > 0 && foldOverlap ? t[PORT]! - shape.stream : 0, rows > 0 ? shadow + rows : 0);
    const fetched = Math.max(array, loaded + rows);
    const dequantized = Math.max(fetched, ready + rows);
    const outputReady = first ? Math.max(dequantized, t[STORED_READY]!) : dequantized;
    const begin = first ? Math.max(outputReady, t[STORED]!) : outputReady;
    const streamed = begin + Math.max(shape.span, shape.dequantAfter);
    if (started) {
      t[SYNC]! += array - end;
      t[DEQUANT_WAIT]! += outputReady - fetched;
    } else {
      started = true;
      start = begin;
    }
    t[SYNC]! += shape.span - shape.compute;
    t[DEQUANT_WAIT]! += streamed - begin - shape.span;
    t[END_BEFORE] = end;
    t[END] = streamed;
    t[PORT] = begin + shape.span + shape.portRows;
    t[SHADOW] = begin + shape.span - shape.stream;
    t[DONE] = Math.max(t[DONE]!, begin + shape.span + shape.trail, streamed + shape.skew);
    t[READY_BEFORE] = t[READY]!;
    t[STORE_BEFORE] = t[STORE]!;
    if (last) {
      t[EPILOGUE] = Math.max(t[EPILOGUE]!, t[DONE]!) + shape.epilogue;
      t[READY] = t[EPILOGUE]!;
      t[STORE] = shape.store;
    } else {
      t[STORE] = NO_STORE;
    }
  }

  /** Cycle in which the operands of the step are there. */
  function loadStep(shape: StepShape, load: Load): number {
    const length = load === 'both' ? shape.loadBoth : load === 'weight' ? shape.loadWeight : load === 'activation' ? shape.loadActivation : 0;
    if (length === 0) return t[END_BEFORE]!;
    const loaded = Math.max(t[DRAM]!, t[END_BEFORE]!) + length;
    t[DRAM] = loaded;
    return loaded;
  }

  /** Raises times that no longer matter to the earliest that could. */
  function settle(): void {
    const end = t[END]!;
    const before = t[END_BEFORE]!;
    if (t[DRAM]! < before) t[DRAM] = before;
    if (t[DEQUANT]! < before) t[DEQUANT] = before;
    if (t[READY]! < before || t[STORE] === NO_STORE) t[READY] = before;
    if (t[READY_BEFORE]! < before || t[STORE_BEFORE] === NO_STORE) t[READY_BEFORE] = before;
    if (t[EPILOGUE]! < end) t[EPILOGUE] = end;
    if (t[STORED]! < end) t[STORED] = end;
    if (t[STORED_READY]! < end) t[STORED_READY] = end;
  }

  function repeat(depth: number, count: number, run: () => void): void {
    const memory = memories[depth]!;
    for (let taken = 0; taken < count; ) {
      run();
      taken++;
      if (count - taken < WORTH_COMPARING) continue;
      settle();
      const period = periodOf(memory, taken);
      if (period > 0) {
        const periods = Math.floor((count - taken) / period);
        advance(memory, slot(taken - period), periods);
        taken += periods * period;
        for (; taken < count; taken++) run();
        return;
      }
      memory.set(t, slot(taken));
    }
  }

  /** Runs since the state stood as it stands now; 0: it did not within the memory. */
  function periodOf(memory: Float64Array, taken: number): number {
    for (let period = 1; period <= MEMORY && period < taken; period++) {
      if (sameShape(memory, slot(taken - period))) return period;
    }
    return 0;
  }

  function sameShape(memory: Float64Array, at: number): boolean {
    const moved = t[END]! - memory[at + END]!;
    for (let i = 1; i < TIMES; i++) if (t[i]! - memory[at + i]! !== moved) return false;
    for (let i = TIMES; i < COMPARED; i++) if (t[i] !== memory[at + i]) return false;
    return true;
  }

  function advance(memory: Float64Array, at: number, periods: number): void {
    const moved = (t[END]! - memory[at + END]!) * periods;
    for (let i = 0; i < TIMES; i++) t[i]! += moved;
    for (let i = COMPARED; i < SIZE; i++) t[i]! += (t[i]! - memory[at + i]!) * periods;
  }

  function finish(): number {
    if (t[STORE_BEFORE] !== NO_STORE) store(t[READY_BEFORE]!, t[STORE_BEFORE]!);
    if (t[STORE] !== NO_STORE) store(t[READY]!, t[STORE]!);
    return Math.max(t[STORED]!, t[DONE]!);
  }

  function waits(): ReturnType<Recurrence['waits']> {
    return { start, end: t[END]!, done: t[DONE]!, sync: t[SYNC]!, dequant: t[DEQUANT_WAIT]! };
  }

  reset();
  return { reset, step, repeat, finish, waits };
}

function slot(taken: number): number {
  return (taken % MEMORY) * SIZE;
}
