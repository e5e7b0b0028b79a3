/**
 * Time of the steps of a tile pipeline as a max-plus recurrence over a few numbers; formulas: docs/timing/native.md, "Time of a step".
 * Runs of steps that repeat are jumped over: runs.ts.
 */

import {
  COMPUTE,
  DEQUANT_AFTER,
  DEQUANT_BEFORE,
  DEQUANT_EPILOGUE,
  LOAD_ACTIVATION,
  LOAD_BOTH,
  LOAD_WEIGHT,
  PORT_ROWS,
  SKEW,
  SPAN,
  STATIONARY_ROWS,
  STORE_OUTPUT,
  STREAM,
  TRAIL,
  type StepShapes,
} from './step-row.js';

/** What a step does besides streaming, as bits: the operands it loads; */
export const LOADS_WEIGHT = 1;
export const LOADS_ACTIVATION = 2;
const LOADS = LOADS_WEIGHT | LOADS_ACTIVATION;
/** it takes half of the output buffer, for its output tile or a panel of them; */
export const OPENS = 4;
/** it completes its output tile, and the last one of that half. */
export const COMPLETES = 8;
export const CLOSES = 16;
/** And what it runs on: folds overlap; each tile of an operand has a place of its own. */
export const FOLDS_OVERLAP = 32;
export const WEIGHT_STAYS = 64;
export const ACTIVATION_STAYS = 128;

/** Places of the state: times first, then what has to be the same for a run to repeat, then sums of waits. */
export const END = 0; // end of streaming of the last step
export const DRAM = 1; // DRAM port free
export const DEQUANT = 2; // dequantization before the MAC free
const WEIGHT_FREE = 3; // half of the weight buffer that the next load fills is free
const ACTIVATION_FREE = 4;
const PRODUCT_FREE = 5; // end of the product before the last
export const RESTING = 6; // times before this one change only where they are looked at
const PORT = 6; // os: the last fold's results are out of the column ports
const SHADOW = 7; // ws, is: the shadow registers are free
const DONE = 8; // last result so far
const EPILOGUE = 9; // end of the last epilogue
const READY = 10; // output of the last step ready to be stored
const READY_BEFORE = 11; // and of the step before it
const STORED = 12; // end of the last store that freed half of the output buffer
const STORED_READY = 13; // when what it stored was ready
export const TIMES = 14;
const STORE = 14; // length of those two stores; -1: none
const STORE_BEFORE = 15;
const FREES = 16; // whether they free half of the output buffer
const FREES_BEFORE = 17;
export const COMPARED = 18;
const SYNC = 18; // cycles waited for the array itself
const DEQUANT_WAIT = 19; // cycles waited for dequantization
const START = 20; // of the first fold
export const TIED = 21; // times loads and the array could wait for one another
export const COMPUTED = 22; // cycles streamed
export const SIZE = 23;

const NO_STORE = -1;
const NOT_STARTED = -1;

/** State of a pipeline, flat; one number a place. */
export type PipelineState = Float64Array;

/** The first cycle. */
export function resetState(t: PipelineState): void {
  t.fill(0);
  t[STORE] = NO_STORE;
  t[STORE_BEFORE] = NO_STORE;
  t[START] = NOT_STARTED;
}

/** Before the first step of a product: two products have room at a time. */
export function beginProduct(t: PipelineState): void {
  // The first request from here on is a load of the product; what is stored after it is ready later than this.
  t[DRAM] = Math.max(t[DRAM]!, t[PRODUCT_FREE]!);
  t[PRODUCT_FREE] = t[END]!;
  t[TIED]!++;
}

/** Takes one step: its shape is the row at `s` of the shapes, `flags` are the bits above. */
export function takeStep(t: PipelineState, shapes: StepShapes, s: number, flags: number): void {
  const foldOverlap = (flags & FOLDS_OVERLAP) !== 0;
  const opens = (flags & OPENS) !== 0;
  const end = t[END]!;
  const rows = shapes[s + STATIONARY_ROWS]!;
  const stream = shapes[s + STREAM]!;
  const span = shapes[s + SPAN]!;
  const loaded = loadedAt(t, shapes, s, flags);
  storeBefore(t);
  const ready = (flags & LOADS_WEIGHT) === 0 ? loaded : dequantizedAt(t, shapes[s + DEQUANT_BEFORE]!, loaded);
  // What the array waits for, cause by cause: itself, the tile, its dequantization, the output buffer.
  const idle = foldOverlap ? Math.max(end, rows > 0 ? t[SHADOW]! + rows : 0) : Math.max(end, t[DONE]! + rows);
  const portRows = shapes[s + PORT_ROWS]!;
  const array = foldOverlap && portRows > 0 ? Math.max(idle, t[PORT]! - stream) : idle;
  const fetched = Math.max(array, loaded + rows);
  const dequantized = Math.max(fetched, ready + rows);
  const outputReady = opens ? Math.max(dequantized, t[STORED_READY]!) : dequantized;
  const begin = opens ? Math.max(outputReady, t[STORED]!) : outputReady;
  if (dequantized > array) t[TIED]!++;
  // The groups of a tile have their turn when it has, though its fold may wait for the result ports of the one before.
  const turn = begin > array ? begin : Math.max(idle, loaded + rows, ready + rows, opens ? Math.max(t[STORED_READY]!, t[STORED]!) : 0);
  const streamed = Math.max(begin + span, turn + shapes[s + DEQUANT_AFTER]!);
  if (t[START] === NOT_STARTED) {
    t[START] = begin;
  } else {
    t[SYNC]! += array - end;
    t[DEQUANT_WAIT]! += outputReady - fetched;
  }
  t[SYNC]! += span - shapes[s + COMPUTE]!;
  t[COMPUTED]! += shapes[s + COMPUTE]!;
  t[DEQUANT_WAIT]! += streamed - begin - span;
  t[END] = streamed;
  t[PORT] = begin + span + portRows;
  t[SHADOW] = begin + span - stream;
  t[DONE] = Math.max(t[DONE]!, begin + span + shapes[s + TRAIL]!, streamed + shapes[s + SKEW]!);
  t[READY_BEFORE] = t[READY]!;
  t[STORE_BEFORE] = t[STORE]!;
  t[FREES_BEFORE] = t[FREES]!;
  t[STORE] = NO_STORE;
  t[FREES] = 0;
  if ((flags & COMPLETES) === 0) return;
  t[EPILOGUE] = Math.max(t[EPILOGUE]!, t[DONE]) + shapes[s + DEQUANT_EPILOGUE]!;
  t[READY] = t[EPILOGUE]!;
  t[STORE] = shapes[s + STORE_OUTPUT]!;
  t[FREES] = (flags & CLOSES) === 0 ? 0 : 1;
}

/** Cycle in which the operands of a step are there; they come as soon as the port and their places are free. */
function loadedAt(t: PipelineState, shapes: StepShapes, s: number, flags: number): number {
  const loads = flags & LOADS;
  if (loads === 0) return 0;
  let free = 0;
  if ((flags & (LOADS_WEIGHT | WEIGHT_STAYS)) === LOADS_WEIGHT) {
    free = t[WEIGHT_FREE]!;
    t[WEIGHT_FREE] = t[END]!;
    t[TIED]!++;
  }
  if ((flags & (LOADS_ACTIVATION | ACTIVATION_STAYS)) === LOADS_ACTIVATION) {
    free = Math.max(free, t[ACTIVATION_FREE]!);
    t[ACTIVATION_FREE] = t[END]!;
    t[TIED]!++;
  }
  const length = shapes[s + (loads === LOADS ? LOAD_BOTH : loads === LOADS_WEIGHT ? LOAD_WEIGHT : LOAD_ACTIVATION)]!;
  if (length === 0) return 0;
  const loaded = Math.max(t[DRAM]!, free) + length;
  t[DRAM] = loaded;
  return loaded;
}

/** Cycle in which its weights are dequantized, where that comes before the MAC. */
function dequantizedAt(t: PipelineState, cycles: number, loaded: number): number {
  if (cycles === 0) return loaded;
  const ready = Math.max(loaded, t[DEQUANT]!) + cycles;
  t[DEQUANT] = ready;
  return ready;
}

/** The store of the step two before, if it has one. */
function storeBefore(t: PipelineState): void {
  const length = t[STORE_BEFORE]!;
  if (length === NO_STORE) return;
  const ready = t[READY_BEFORE]!;
  const end = (length === 0 ? ready : Math.max(t[DRAM]!, ready)) + length;
  if (length > 0) t[DRAM] = end;
  t[TIED]!++;
  if (t[FREES_BEFORE] === 0) return;
  t[STORED] = end;
  t[STORED_READY] = ready;
}

/** Raises times that can no longer matter to the earliest that can, so that equal futures look equal. */
export function settle(t: PipelineState): void {
  const end = t[END]!;
  if (t[STORE] === NO_STORE) t[READY] = end;
  if (t[STORE_BEFORE] === NO_STORE) t[READY_BEFORE] = end;
  if (t[EPILOGUE]! < end) t[EPILOGUE] = end;
  if (t[STORED]! < end) t[STORED] = end;
  if (t[STORED_READY]! < end) t[STORED_READY] = end;
}

/** Waits of a pipeline, in cycles: start of the first fold, end of all streaming, last result, waits for the array and for dequantization. */
export interface Waits {
  readonly start: number;
  readonly end: number;
  readonly done: number;
  readonly sync: number;
  readonly dequant: number;
}

/** What was waited for so far. */
export function waitsOf(t: PipelineState): Waits {
  return { start: t[START]!, end: t[END]!, done: t[DONE]!, sync: t[SYNC]!, dequant: t[DEQUANT_WAIT]! };
}

/** Takes the stores that are left; the cycle in which the last one ends. */
export function finish(t: PipelineState): number {
  storeBefore(t);
  t[STORE_BEFORE] = t[STORE]!;
  t[READY_BEFORE] = t[READY]!;
  t[FREES_BEFORE] = t[FREES]!;
  storeBefore(t);
  return Math.max(t[STORED]!, t[DONE]!);
}
