/** Shape of reports/published/<paper>.yaml: the cells a paper prints, as data. Reading the file is left to the command line. */
import { z } from 'zod';

const metricTableSchema = z
  .strictObject({
    metric: z.string().min(1),
    unit: z.string(),
    decimals: z.int().nonnegative().describe('decimals the paper prints; a simulated value that rounds to the printed one is exact'),
    evidence: z.string().min(1).describe('where in the paper or its artefacts the numbers stand'),
    columns: z.array(z.string().min(1)).min(1),
    rows: z.record(z.string(), z.array(z.number().nullable())).describe('one number per column; null: not printed'),
  })
  .refine(
    ({ columns, rows }) => Object.values(rows).every((row) => row.length === columns.length),
    'every row needs one number per column',
  );

export const publishedTableSchema = z.strictObject({
  id: z.string().min(1),
  title: z.string().min(1),
  source: z.string().min(1),
  tables: z.array(metricTableSchema).min(1),
});
/** The printed cells of one paper, by metric. */
export type PublishedTable = z.infer<typeof publishedTableSchema>;
