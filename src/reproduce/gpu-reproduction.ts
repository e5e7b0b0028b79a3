/** A reproduction on GPUs: cells beside what a bench gives, and as notes what the table says, what it leaves out and where parameters come from. */
import { unknownName } from '../lowbit-error.js';
import type { PublishedTable } from './published-table.js';
import { compareWithPublished, type CellKey, type Reproduction } from './reproduction.js';

/** What gives the cells of one metric, by row and column. */
export type MetricSimulation = (row: string, column: string) => number;

/** Cells of every table by its metric. Differences without a stated reason are those of kernels that were not fitted to the paper. */
export function gpuReproduction(
  published: PublishedTable,
  metrics: Readonly<Record<string, MetricSimulation>>,
  notes: () => readonly string[],
): Reproduction {
  const simulate = ({ metric, row, column }: CellKey): number => {
    const known = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
    if (known === undefined) throw unknownName(`metric of ${published.id}`, metric, Object.keys(metrics));
    return known(row, column);
  };
  const { cells, summary } = compareWithPublished(published, simulate, () => null);
  const left = (published.notReproduced ?? []).map(
    ({ claim, values, unit, reason }) => `not reproduced: ${claim} (${values.join(', ')}${unit === '' ? '' : ` ${unit}`}): ${reason}`,
  );
  return {
    id: published.id,
    title: published.title,
    source: published.source,
    cells,
    summary,
    notes: [...(published.notes ?? []), ...notes(), ...left],
  };
}
