/**
 * Folds of one tile on the array in closed form: how long they stream, and how far the last result trails behind.
 * Folds run column folds outer, row folds inner. T = cycles a fold streams, ru, cu = rows and columns in use.
 *   os       next fold after max(T, ru of this fold): outputs leave a column one per cycle       skew = ru + cu - 2
 *   ws, is   next fold after max(T, ru of the next): its stationary rows load one per cycle      skew = R + cu - 2
 *   loadsInPlace: ws, is load no rows
 *   foldOverlap none: after T + skew (os), T + skew + ru of the next (ws, is)
 * Source: docs/timing/native.md, held against cycle-exact.
 */
import { streamCycles } from './step-cycles.js';
import type { NativeProblem } from './problem.js';

export interface FoldShape {
  readonly folds: number;
  /** Cycles one fold streams. */
  readonly stream_cycles: number;
  /** From the start of the first fold to the end of the last one's streaming. */
  readonly span_cycles: number;
  /** From there until the last result of the last fold has left, and of all folds. */
  readonly skew_cycles: number;
  readonly trail_cycles: number;
  /** Stationary rows to load before the first fold; rows the last fold of os drains through its column ports. */
  readonly stationaryRows: number;
  readonly portRows: number;
}

/** The folds of a tile of m x n x k elements. */
export function foldShape(problem: NativeProblem, m: number, n: number, k: number): FoldShape {
  const { dataflow, rows: R, columns: C, dotSize, step } = problem;
  const words = Math.ceil(k / dotSize);
  if (dataflow === 'os') return outputStationary(problem, m, n, streamCycles(step, words, k));
  const [columns, steps] = dataflow === 'ws' ? [n, m] : [m, n];
  const T = streamCycles(step, steps, k);
  const rowFolds = Math.ceil(words / R);
  const columnFolds = Math.ceil(columns / C);
  const lastRows = words - (rowFolds - 1) * R;
  const lastColumns = columns - (columnFolds - 1) * C;
  const skew = R + lastColumns - 2;
  const firstRows = problem.loadsInPlace ? 0 : rowFolds === 1 ? lastRows : R;
  const folds = rowFolds * columnFolds;
  const shape = { folds, stream_cycles: T, skew_cycles: skew, stationaryRows: firstRows, portRows: 0, span_cycles: 0, trail_cycles: skew };
  if (!problem.foldOverlap) {
    // Every fold but the last is followed by its skew and the load of the next one.
    const skews = folds * (R - 2) + columns * rowFolds - skew;
    const loads = problem.loadsInPlace ? 0 : columnFolds * words - firstRows;
    shape.span_cycles = folds * T + skews + loads;
    return shape;
  }
  const column = problem.loadsInPlace ? rowFolds * T : (rowFolds - 1) * Math.max(T, R) + Math.max(T, lastRows);
  shape.span_cycles = columnFolds * column - Math.max(T, firstRows) + T;
  // The last fold of the column before is a column earlier, but may be wider.
  if (columnFolds > 1) shape.trail_cycles = Math.max(skew, R + C - 2 - column);
  return shape;
}

function outputStationary({ rows: R, columns: C, foldOverlap }: NativeProblem, rows: number, columns: number, T: number): FoldShape {
  const rowFolds = Math.ceil(rows / R);
  const columnFolds = Math.ceil(columns / C);
  const lastRows = rows - (rowFolds - 1) * R;
  const lastColumns = columns - (columnFolds - 1) * C;
  const skew = lastRows + lastColumns - 2;
  const folds = rowFolds * columnFolds;
  const shape = { folds, stream_cycles: T, skew_cycles: skew, stationaryRows: 0, portRows: lastRows, span_cycles: 0, trail_cycles: skew };
  if (!foldOverlap) {
    shape.span_cycles = folds * (T - 2) + columnFolds * rows + columns * rowFolds - skew;
    return shape;
  }
  const lastInterval = Math.max(T, lastRows);
  const column = (rowFolds - 1) * Math.max(T, R) + lastInterval;
  shape.span_cycles = columnFolds * column - lastInterval + T;
  if (columnFolds > 1) shape.trail_cycles = Math.max(skew, lastRows + C - 2 - column);
  return shape;
}
