/**
 * Folds of one tile on the array in closed form: how long they stream, and how far the last result trails behind.
 * Folds run column folds outer, row folds inner. T = cycles a fold streams, ru, cu = rows and columns in use.
 *   os       next fold after max(T, ru of this fold): outputs leave a column one per cycle       skew = ru + cu - 2
 *   ws, is   next fold after max(T, ru of the next): its stationary rows load one per cycle      skew = R + cu - 2
 *   loadsInPlace: ws, is load no rows
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
  /** Stationary rows to load before the first fold; rows the last fold of os drains through its column ports. */
  readonly stationaryRows: number;
  readonly portRows: number;
}

/** The folds of a tile of m x n x k elements. */
export function foldShape(problem: NativeProblem, m: number, n: number, k: number): FoldShape {
  const { rows: R, columns: C, dataflow } = problem;
  const words = Math.ceil(k / problem.dotSize);
  const stationary = dataflow !== 'os';
  const inPlace = stationary && problem.loadsInPlace;
  const rows = stationary ? words : m;
  const columns = dataflow === 'is' ? m : n;
  const T = streamCycles(problem.step, dataflow === 'os' ? words : dataflow === 'ws' ? m : n, k);
  const rowFolds = Math.ceil(rows / R);
  const columnFolds = Math.ceil(columns / C);
  const lastRows = rows - (rowFolds - 1) * R;
  const firstRows = inPlace ? 0 : rowFolds === 1 ? lastRows : R;
  const lastColumns = columns - (columnFolds - 1) * C;
  const skew = (stationary ? R : lastRows) + lastColumns - 2;
  let span: number;
  let trail: number;
  if (problem.foldOverlap) {
    // A column of folds, as os waits after each fold and ws, is before each: the same sum.
    const column = inPlace ? rowFolds * T : (rowFolds - 1) * Math.max(T, R) + Math.max(T, lastRows);
    span = columnFolds * column - Math.max(T, stationary ? firstRows : lastRows) + T;
    // The last fold of the column before is a column earlier, but may be wider.
    trail = Math.max(skew, columnFolds === 1 ? 0 : skew + C - lastColumns - column);
  } else {
    // Every interval is T, the skew of the fold, and the load of the next one; the last fold leaves last.
    const skews = columnFolds * ((stationary ? rowFolds * R : rows) - 2 * rowFolds) + columns * rowFolds;
    const loads = stationary && !inPlace ? columnFolds * rows - firstRows : 0;
    span = rowFolds * columnFolds * T + skews - skew + loads;
    trail = skew;
  }
  return {
    folds: rowFolds * columnFolds,
    stream_cycles: T,
    span_cycles: span,
    skew_cycles: skew,
    trail_cycles: trail,
    stationaryRows: stationary ? firstRows : 0,
    portRows: stationary ? 0 : lastRows,
  };
}
