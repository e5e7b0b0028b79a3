/**
 * Published cells beside simulated ones. A published number is compared with, never copied into the simulated column.
 * relativeError = (simulated - published) / published, signed; the summary takes its magnitude. Beside a published 0 there is none: such a
 * cell is within a band only if it is exact.
 */
import { z } from 'zod';
import type { AcceleratorConfig } from '../accelerator/accelerator-config.js';
import type { SramTable } from '../energy/sram.js';
import type { GpuSetup } from '../gpu/gpu-machine.js';
import type { KernelConfig } from '../gpu/kernels/kernel-schema.js';
import type { ModelConfig } from '../trace/model/model-config.js';
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
    // Of the cells that have one.
    maxRelativeError: z.number(),
  }),
  notes: z.array(z.string()),
});
export type Reproduction = z.infer<typeof reproductionSchema>;

/** What a reproduction runs on; accelerators and models by name. */
export interface ReproductionInputs {
  readonly hardware: Readonly<Record<string, AcceleratorConfig>>;
  readonly models: Readonly<Record<string, ModelConfig>>;
  readonly sramTable: SramTable;
  /** GPUs by name: card, fitted parameters, kernels to choose from by formats. */
  readonly gpus?: Readonly<Record<string, GpuSetup>>;
  /** Kernels by name, beside those chosen by formats. */
  readonly kernels?: Readonly<Record<string, KernelConfig>>;
  /** What stands in reports/published/workloads for it, not checked yet. */
  readonly workload?: unknown;
  /** Show what the known defects of the published model are worth. */
  readonly corrected?: boolean;
}

type PublishedMetric = PublishedTable['tables'][number];

/** What a cell is called, so that a simulation can be asked for it. */
export interface CellKey {
  readonly row: string;
  readonly column: string;
  readonly metric: string;
}

/**
 * Every cell of a published table beside what `simulate` gives for it. Where the two differ as printed a note says why: the reason the table
 * states for just that difference, else what `reasonOf` finds; null from it means that nobody knows.
 */
export function compareWithPublished(
  published: PublishedTable,
  simulate: (key: CellKey) => number,
  reasonOf: (key: CellKey, difference: number) => string | null,
): Pick<Reproduction, 'cells' | 'summary'> {
  const cells: Cell[] = [];
  const noteOn = (key: CellKey, difference: number, { unit, decimals, reason: ofTable, rowReasons }: PublishedMetric): string => {
    const known = statedReason(published, key, difference) ?? reasonOf(key, difference);
    const reason = known ?? rowReasons?.[key.row] ?? ofTable ?? 'not explained';
    return `${difference.toFixed(Math.max(2, decimals))}${unit === 'uJ' ? ' uJ' : ''}: ${reason}`;
  };
  for (const table of published.tables) {
    const { metric, unit, decimals, columns, rows } = table;
    for (const [row, printed] of Object.entries(rows)) {
      for (const [i, column] of columns.entries()) {
        const key = { row, column, metric };
        const value = printed[i] ?? null;
        const simulated = simulate(key);
        const equal = value !== null && Number(simulated.toFixed(decimals)) === value;
        const note = value === null || equal ? '' : noteOn(key, simulated - value, table);
        cells.push({ ...key, published: value, simulated, unit, relativeError: relativeError(simulated, value), note });
      }
    }
  }
  return { cells, summary: summaryOf(cells) };
}

/** The reason a table states for the difference of a cell, if it is the one stated, to three decimals. */
function statedReason({ differences = [] }: PublishedTable, { row, column, metric }: CellKey, difference: number): string | undefined {
  return differences.find(
    (stated) =>
      stated.metric === metric &&
      stated.row === row &&
      stated.column === column &&
      Number(difference.toFixed(3)) === Number(stated.difference.toFixed(3)),
  )?.reason;
}

function relativeError(simulated: number, published: number | null): number | null {
  if (published === null || published === 0) return null;
  return (simulated - published) / published;
}

function summaryOf(cells: readonly Cell[]): Reproduction['summary'] {
  const compared = cells.filter((cell) => cell.published !== null);
  // A cell with a published value carries a note unless it is met as printed.
  const exact = (cell: Cell): boolean => cell.note === '';
  const within = (band: number): number =>
    compared.filter((cell) => (cell.relativeError === null ? exact(cell) : Math.abs(cell.relativeError) <= band)).length;
  return {
    cells: compared.length,
    exact: compared.filter(exact).length,
    within1pct: within(0.01),
    within10pct: within(0.1),
    maxRelativeError: compared.reduce((max, { relativeError }) => Math.max(max, Math.abs(relativeError ?? 0)), 0),
  };
}
