/**
 * Published cells beside simulated ones. A published number is compared with, never copied into the simulated column.
 * relativeError = (simulated - published) / published, signed; the summary takes its magnitude.
 */
import { z } from 'zod';
import type { PublishedTable } from './published-table.js';

const cellSchema = z.strictObject({
  row: z.string(),
  column: z.string(),
  metric: z.string(),
  published: z.number().nullable(),
  simulated: z.number(),
  unit: z.string(),
  relativeError: z.number().nullable(),
  note: z.string(),
});
export type Cell = z.infer<typeof cellSchema>;

export const reproductionSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  source: z.string(),
  cells: z.array(cellSchema),
  summary: z.strictObject({
    cells: z.number().describe('cells with a published value'),
    exact: z.number().describe('equal to the published value as printed'),
    within1pct: z.number(),
    within10pct: z.number(),
    maxRelativeError: z.number(),
  }),
  notes: z.array(z.string()),
});
export type Reproduction = z.infer<typeof reproductionSchema>;

/** What a cell is called, so that a simulation can be asked for it. */
export interface CellKey {
  readonly row: string;
  readonly column: string;
  readonly metric: string;
}

/** Every cell of a published table beside what `simulate` gives for it; a note stands where the two differ as printed. */
export function compareWithPublished(
  published: PublishedTable,
  simulate: (key: CellKey) => number,
  noteOnDifference: (key: CellKey, difference: number) => string,
): Pick<Reproduction, 'cells' | 'summary'> {
  const cells: Cell[] = [];
  let exact = 0;
  for (const { metric, unit, decimals, columns, rows } of published.tables) {
    for (const [row, printed] of Object.entries(rows)) {
      for (const [i, column] of columns.entries()) {
        const key = { row, column, metric };
        const value = printed[i] ?? null;
        const simulated = simulate(key);
        const equal = value !== null && Number(simulated.toFixed(decimals)) === value;
        if (equal) exact++;
        const note = value === null || equal ? '' : noteOnDifference(key, simulated - value);
        cells.push({ ...key, published: value, simulated, unit, relativeError: relativeError(simulated, value), note });
      }
    }
  }
  return { cells, summary: { ...summaryOf(cells), exact } };
}

function relativeError(simulated: number, published: number | null): number | null {
  if (published === null || published === 0) return null;
  return (simulated - published) / published;
}

function summaryOf(cells: readonly Cell[]): Omit<Reproduction['summary'], 'exact'> {
  const compared = cells.filter((cell) => cell.published !== null);
  const errors = compared.map((cell) => Math.abs(cell.relativeError ?? 0));
  return {
    cells: compared.length,
    within1pct: errors.filter((error) => error <= 0.01).length,
    within10pct: errors.filter((error) => error <= 0.1).length,
    maxRelativeError: errors.reduce((max, error) => Math.max(max, error), 0),
  };
}
