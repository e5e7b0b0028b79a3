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
import { COMPUTE, PORT_ROWS, SKEW, SPAN, STATIONARY_ROWS, STREAM, TRAIL, type StepShapes } from './step-row.js';

/** Elements of a tile. */
interface Tile {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Writes the folds of a tile into the row of its step, at `s`. */
export function foldShape(problem: NativeProblem, shapes: StepShapes, s: number, { m, n, k }: Tile): void {
  const { dataflow, rows: R, columns: C, dotSize, step } = problem;
  const words = Math.ceil(k / dotSize);
  if (dataflow === 'os') {
    outputStationary(problem, shapes, s, { rows: m, columns: n, T: streamCycles(step, words, k) });
    return;
  }
  const columns = dataflow === 'ws' ? n : m;
  const T = streamCycles(step, dataflow === 'ws' ? m : n, k);
  const rowFolds = Math.ceil(words / R);
  const columnFolds = Math.ceil(columns / C);
  const lastRows = words - (rowFolds - 1) * R;
  const lastColumns = columns - (columnFolds - 1) * C;
  const skew = R + lastColumns - 2;
  const firstRows = problem.loadsInPlace ? 0 : rowFolds === 1 ? lastRows : R;
  const folds = rowFolds * columnFolds;
  shapes[s + STREAM] = T;
  shapes[s + COMPUTE] = folds * T;
  shapes[s + SKEW] = skew;
  shapes[s + TRAIL] = skew;
  shapes[s + PORT_ROWS] = 0;
  shapes[s + STATIONARY_ROWS] = firstRows;
  if (!problem.foldOverlap) {
    // Every fold but the last is followed by its skew and the load of the next one.
    const skews = folds * (R - 2) + columns * rowFolds - skew;
    const loads = problem.loadsInPlace ? 0 : columnFolds * words - firstRows;
    shapes[s + SPAN] = folds * T + skews + loads;
    return;
  }
  const column = problem.loadsInPlace ? rowFolds * T : (rowFolds - 1) * Math.max(T, R) + Math.max(T, lastRows);
  shapes[s + SPAN] = columnFolds * column - Math.max(T, firstRows) + T;
  // The last fold of the column before is a column earlier, but may be wider.
  if (columnFolds > 1) shapes[s + TRAIL] = Math.max(skew, R + C - 2 - column);
}

function outputStationary(
  { rows: R, columns: C, foldOverlap }: NativeProblem,
  shapes: StepShapes,
  s: number,
  { rows, columns, T }: { readonly rows: number; readonly columns: number; readonly T: number },
): void {
  const rowFolds = Math.ceil(rows / R);
  const columnFolds = Math.ceil(columns / C);
  const lastRows = rows - (rowFolds - 1) * R;
  const lastColumns = columns - (columnFolds - 1) * C;
  const skew = lastRows + lastColumns - 2;
  const folds = rowFolds * columnFolds;
  shapes[s + STREAM] = T;
  shapes[s + COMPUTE] = folds * T;
  shapes[s + SKEW] = skew;
  shapes[s + TRAIL] = skew;
  shapes[s + PORT_ROWS] = lastRows;
  shapes[s + STATIONARY_ROWS] = 0;
  if (!foldOverlap) {
    shapes[s + SPAN] = folds * (T - 2) + columnFolds * rows + columns * rowFolds - skew;
    return;
  }
  const lastInterval = Math.max(T, lastRows);
  const column = (rowFolds - 1) * Math.max(T, R) + lastInterval;
  shapes[s + SPAN] = columnFolds * column - lastInterval + T;
  if (columnFolds > 1) shapes[s + TRAIL] = Math.max(skew, lastRows + C - 2 - column);
}
