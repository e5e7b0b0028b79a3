/**
 * Constraints over axes only, judged alike before the simulation (space.ts) and in the rows: where the answer is unknown because a condition keeps
 * one of its axes out, the constraint says nothing and the point stays. Unknown for another reason (the logarithm of a negative number) excludes.
 */
import type { ColumnProgram } from './column-program.js';
import { runProgram } from './run-program.js';

/** 1 where the constraint holds or says nothing, 0 where it does not hold, NaN where it has no answer. `axis`: values, NaN where an axis is kept out. */
export function judgeByAxes(program: ColumnProgram, axis: (name: string) => Float64Array, length: number): Float64Array {
  const noColumn = (name: string): never => {
    throw new Error(`constraint over axes reads the result column ${name}`);
  };
  const holds = runProgram(program, noColumn, axis, length);
  if (!holds.some(Number.isNaN)) return holds;
  const read = program.axes.map(axis);
  for (let row = 0; row < length; row++) {
    if (Number.isNaN(holds[row]) && read.some((values) => Number.isNaN(values[row]))) holds[row] = 1;
  }
  return holds;
}
