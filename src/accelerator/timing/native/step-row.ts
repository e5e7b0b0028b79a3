/**
 * Places in the row of numbers that says what a step asks of the machine, all in cycles but for the rows of the array.
 * Flat, for the pipeline reads them in its innermost loop.
 */

/** Places in a row. Streaming of one fold and of all folds, and from the start of the first fold to the end of the last. */
export const STREAM = 0;
export const COMPUTE = 1;
export const SPAN = 2;
/** From the end of streaming to the last result of the last fold, and of all folds. */
export const SKEW = 3;
export const TRAIL = 4;
/** Rows the last fold drains through the ports of os; 0 for ws, is. */
export const PORT_ROWS = 5;
/** Stationary rows to load before the first fold; 0 for os. */
export const STATIONARY_ROWS = 6;
/** Requests to the DRAM port; 0: nothing to move. */
export const LOAD_BOTH = 7;
export const LOAD_WEIGHT = 8;
export const LOAD_ACTIVATION = 9;
export const STORE_OUTPUT = 10;
/** Dequantization before the MAC, beside the stream, and after the last k tile. */
export const DEQUANT_BEFORE = 11;
export const DEQUANT_AFTER = 12;
export const DEQUANT_EPILOGUE = 13;
/** Numbers of a row. */
export const SHAPE = 14;

/** Rows of all kinds, one after another. */
export type StepShapes = Float64Array;
