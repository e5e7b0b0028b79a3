/**
 * Folds of one tile on the array in closed form: how long they stream, and how far the last result trails behind.
 * Folds run column folds outer, row folds inner. T = cycles a fold streams, ru, cu = rows and columns in use.
 *   os       next fold after max(T, ru of this fold): outputs leave a column one per cycle       skew = ru + cu - 2
 *   ws, is   next fold after max(T, ru of the next): its stationary rows load one per cycle      skew = R + cu - 2
 *   foldOverlap none: after T + skew (os), T + skew + ru of the next (ws, is)
 * Source: docs/timing/native.md, held against cycle-exact.
 */
import { streamCycles } from './native-step-cycles.js';
import type { NativeProblem } from './native-problem.js';

export interface FoldShape {
  readonly folds: number;
  /** Cycles one fold streams. */
  readonly stream_cycles: number;
  /** From the start of the first fold to the end of the last one's streaming. */
  readonly span_cycles: number;
  /** From there until the last result of the last fold has left, and of all folds. */
  readonly skew_cycles: number;
  readonly trail_cycles: number;
  /** Rows in use by the first and the last fold. */
  readonly firstRows: number;
  readonly lastRows: number;
}

/** What is mapped to rows, columns and time for a tile of m x n x k elements. */
export function spatial(problem: NativeProblem, m: number, n: number, k: number): { rows: number; columns: number; steps: number } {
  const words = Math.ceil(k / problem.dotSize);
  if (problem.dataflow === 'os') return { rows: m, columns: n, steps: words };
  return problem.dataflow === 'ws' ? { rows: words, columns: n, steps: m } : { rows: words, columns: m, steps: n };
}

/** The folds of a tile of m x n x k elements. */
export function foldShape(problem: NativeProblem, m: number, n: number, k: number): FoldShape {
  const { rows, columns, steps } = spatial(problem, m, n, k);
  const { rows: R, columns: C } = problem;
  const T = streamCycles(problem.step, steps, k);
  const rowFolds = Math.ceil(rows / R);
  const columnFolds = Math.ceil(columns / C);
  const lastRows = rows - (rowFolds - 1) * R;
  const lastColumns = columns - (columnFolds - 1) * C;
  const firstRows = rowFolds === 1 ? lastRows : R;
  const stationary = problem.dataflow !== 'os';
  const skew = (stationary ? R : lastRows) + lastColumns - 2;
  const shape = { folds: rowFolds * columnFolds, stream_cycles: T, skew_cycles: skew, firstRows, lastRows };
  if (!problem.foldOverlap) {
    // Every interval is T, the skew of the fold, and the load of the next one; the last fold leaves last.
    const skewRows = stationary ? rowFolds * R : rows;
    const skews = columnFolds * (skewRows - 2 * rowFolds) + columns * rowFolds;
    const loads = stationary ? columnFolds * rows - firstRows : 0;
    return { ...shape, span_cycles: shape.folds * T + skews - skew + loads, trail_cycles: skew };
  }
  const whole = Math.max(T, R);
  const lastInterval = Math.max(T, lastRows);
  // A column of folds, as os waits after each fold and ws, is before each: the same sum.
  const column = (rowFolds - 1) * whole + lastInterval;
  const edgeInterval = stationary ? Math.max(T, firstRows) : lastInterval;
  // The last fold of the column before is a column earlier, but may be wider.
  const before = columnFolds === 1 ? 0 : skew + C - lastColumns - column;
  return { ...shape, span_cycles: columnFolds * column - edgeInterval + T, trail_cycles: Math.max(skew, before) };
}
