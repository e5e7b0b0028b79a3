/**
 * Time of the steps of a tile pipeline as a max-plus recurrence over a few numbers; formulas: docs/timing/native.md, "Time of a step".
 * Runs of steps that repeat are jumped over: runs.ts.
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
export const SIZE = 22;

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

/** Where a step stands, and the machine it runs on. */
export interface StepPlace {
  /** It takes half of the output buffer, for its output tile or a panel of them. */
  readonly opens: boolean;
  /** It completes its output tile, and the last one of that half. */
  readonly completes: boolean;
  readonly closes: boolean;
  /** As in the machine's description. */
  readonly foldOverlap: boolean;
  /** Operands each tile of which has a place of its own. */
  readonly resident: { readonly weight: boolean; readonly activation: boolean };
}

/** Before the first step of a product: two products have room at a time. */
export function beginProduct(t: PipelineState): void {
  // The first request from here on is a load of the product; what is stored after it is ready later than this.
  t[DRAM] = Math.max(t[DRAM]!, t[PRODUCT_FREE]!);
  t[PRODUCT_FREE] = t[END]!;
  t[TIED]!++;
}

/** Takes one step. */
export function takeStep(
  t: PipelineState,
  shape: StepShape,
  load: Load,
  { opens, completes, closes, foldOverlap, resident }: StepPlace,
): void {
  const end = t[END]!;
  const loaded = loadedAt(t, shape, load, resident);
  storeBefore(t);
  const ready = dequantizedAt(t, shape, load, loaded);
  // What the array waits for, cause by cause: itself, the tile, its dequantization, the output buffer.
  const rows = shape.stationaryRows;
  const idle = arrayFree(t, shape, foldOverlap);
  const array = foldOverlap && shape.portRows > 0 ? Math.max(idle, t[PORT]! - shape.stream) : idle;
  const fetched = Math.max(array, loaded + rows);
  const dequantized = Math.max(fetched, ready + rows);
  const outputReady = opens ? Math.max(dequantized, t[STORED_READY]!) : dequantized;
  const begin = opens ? Math.max(outputReady, t[STORED]!) : outputReady;
  if (dequantized > array) t[TIED]!++;
  // The groups of a tile have their turn when it has, though its fold may wait for the result ports of the one before.
  const turn = begin > array ? begin : Math.max(idle, loaded + rows, ready + rows, opens ? Math.max(t[STORED_READY]!, t[STORED]!) : 0);
  const streamed = Math.max(begin + shape.span, turn + shape.dequantAfter);
  if (t[START] === NOT_STARTED) {
    t[START] = begin;
  } else {
    t[SYNC]! += array - end;
    t[DEQUANT_WAIT]! += outputReady - fetched;
  }
  t[SYNC]! += shape.span - shape.compute;
  t[DEQUANT_WAIT]! += streamed - begin - shape.span;
  t[END] = streamed;
  t[PORT] = begin + shape.span + shape.portRows;
  t[SHADOW] = begin + shape.span - shape.stream;
  t[DONE] = Math.max(t[DONE]!, begin + shape.span + shape.trail, streamed + shape.skew);
  t[READY_BEFORE] = t[READY]!;
  t[STORE_BEFORE] = t[STORE]!;
  t[FREES_BEFORE] = t[FREES]!;
  t[STORE] = NO_STORE;
  t[FREES] = 0;
  if (!completes) return;
  t[EPILOGUE] = Math.max(t[EPILOGUE]!, t[DONE]) + shape.epilogue;
  t[READY] = t[EPILOGUE]!;
  t[STORE] = shape.store;
  t[FREES] = closes ? 1 : 0;
}

/** Cycle in which the operands of a step are there; they come as soon as the port and their places are free. */
function loadedAt(t: PipelineState, shape: StepShape, load: Load, resident: StepPlace['resident']): number {
  let free = 0;
  if ((load === 'both' || load === 'weight') && !resident.weight) {
    free = t[WEIGHT_FREE]!;
    t[WEIGHT_FREE] = t[END]!;
    t[TIED]!++;
  }
  if ((load === 'both' || load === 'activation') && !resident.activation) {
    free = Math.max(free, t[ACTIVATION_FREE]!);
    t[ACTIVATION_FREE] = t[END]!;
    t[TIED]!++;
  }
  const length = load === 'both' ? shape.loadBoth : load === 'weight' ? shape.loadWeight : load === 'activation' ? shape.loadActivation : 0;
  if (length === 0) return 0;
  const loaded = Math.max(t[DRAM]!, free) + length;
  t[DRAM] = loaded;
  return loaded;
}

/** Cycle in which its weights are dequantized, where that comes before the MAC. */
function dequantizedAt(t: PipelineState, shape: StepShape, load: Load, loaded: number): number {
  if (shape.dequantBefore === 0 || load === 'activation' || load === 'none') return loaded;
  const ready = Math.max(loaded, t[DEQUANT]!) + shape.dequantBefore;
  t[DEQUANT] = ready;
  return ready;
}

/** Cycle in which the array could take the first fold of a step whose operands had always been there, but for its result ports. */
function arrayFree(t: PipelineState, { stationaryRows }: StepShape, foldOverlap: boolean): number {
  if (!foldOverlap) return Math.max(t[END]!, t[DONE]! + stationaryRows);
  return Math.max(t[END]!, stationaryRows > 0 ? t[SHADOW]! + stationaryRows : 0);
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
