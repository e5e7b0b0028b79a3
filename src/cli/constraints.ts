/**
 * `--require EXPR`: constraints over the totals of a result, written with units: `latency_s < 2 ms and area_mm2 <= 12 mm^2`.
 * The expressions are those of sweep files (sweep/plan/expression.ts), over the columns that totals have.
 */
import { LowbitError } from '../lowbit-error.js';
import { compileExpression, notTruth, type Vocabulary } from '../sweep/plan/expression.js';
import { runProgram } from '../sweep/plan/run-program.js';
import { resultColumns } from '../sweep/rows/result-columns.js';
import { simulationResultSchema, type Totals } from '../trace/simulation-result.js';

/** Totals that are numbers (or null where unknown), with their units. */
const vocabulary: Vocabulary = {
  columns: new Map(
    Object.entries(simulationResultSchema.shape.totals.shape)
      .filter(([, schema]) => schema.safeParse(1).success)
      .map(([name]) => [name, resultColumns.find((column) => column.name === name)?.unit ?? '']),
  ),
  axes: new Map(),
};

/** Checks the totals of one design. Throws a LowbitError when the constraint is violated or has no answer, with the figures it was judged on. */
export type Constraint = (totals: Totals, design: string) => void;

/**
 * Reads constraints before anything is simulated. Throws a LowbitError for text that is no expression, for unknown columns and units, and
 * for units that do not fit together.
 */
export function readConstraints(expressions: readonly string[]): Constraint[] {
  return expressions.map((text) => {
    const written = { text, what: 'constraint', place: () => '--require' };
    const { program, gives } = compileExpression(written, vocabulary);
    if (gives !== 'truth') throw notTruth({ written }, 0);
    return (totals, design) => {
      const valueOf = (name: string): unknown => (totals as Readonly<Record<string, unknown>>)[name];
      const column = (name: string): Float64Array => Float64Array.of(Number(valueOf(name) ?? NaN));
      const [holds] = runProgram(program, column, column, 1);
      if (holds === 1) return;
      const figures = program.columns.map((name) => `${name} = ${String(valueOf(name))}`).join(', ');
      if (holds === 0) throw new LowbitError(`constraint violated by ${design}`, { value: text, remedy: `it has ${figures}` });
      const missing = program.columns.find((name) => typeof valueOf(name) !== 'number');
      if (missing === undefined)
        throw new LowbitError(`constraint has no answer for ${design}`, { value: text, remedy: `it has ${figures}` });
      throw new LowbitError('constraint on a column without a value', {
        value: missing,
        place: `--require ${text}`,
        remedy: 'it is excluded or unknown for this design; see the omissions of the result',
      });
    };
  });
}
