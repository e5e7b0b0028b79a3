/** Runs a compiled expression over columns: one pass per step, columns of intermediate values reused. */
import { binaryKernels, unaryKernels, type BinaryName, type UnaryName } from './column-kernels.js';
import type { ColumnProgram } from './column-program.js';

/** Rows worked on at once: intermediate values stay in the first-level cache. */
const BLOCK = 1024;

/**
 * Values of the expression for rows 0 to `length`. `columns` and `axes` give the column of a name, each asked for once.
 * Unknown (NaN) inputs give NaN, except where `and` and `or` are decided by the other side.
 */
export function runProgram(
  program: ColumnProgram,
  columns: (name: string) => Float64Array,
  axes: (name: string) => Float64Array,
  length: number,
): Float64Array {
  const inputs = new Map<string, Float64Array>([
    ...program.columns.map((name): [string, Float64Array] => [`column ${name}`, columns(name)]),
    ...program.axes.map((name): [string, Float64Array] => [`axis ${name}`, axes(name)]),
  ]);
  const steps = program.steps.map((step) =>
    'column' in step
      ? inputs.get(`column ${step.column}`)!
      : 'axis' in step
        ? inputs.get(`axis ${step.axis}`)!
        : 'number' in step
          ? step.number
          : step.operation,
  );
  const stack: Float64Array[] = [];
  const result = new Float64Array(length);
  for (let from = 0; from < length; from += BLOCK) {
    const rows = Math.min(BLOCK, length - from);
    let depth = 0;
    for (const step of steps) {
      if (typeof step === 'string') {
        const binary = Object.hasOwn(binaryKernels, step);
        if (binary) {
          depth--;
          binaryKernels[step as BinaryName](stack[depth - 1]!, stack[depth]!, rows);
        } else unaryKernels[step as UnaryName](stack[depth - 1]!, rows);
        continue;
      }
      const top = (stack[depth] ??= new Float64Array(BLOCK));
      depth++;
      if (typeof step === 'number') top.fill(step);
      else for (let i = 0; i < rows; i++) top[i] = step[from + i]!;
    }
    const value = stack[0]!;
    for (let i = 0; i < rows; i++) result[from + i] = value[i]!;
  }
  return result;
}
