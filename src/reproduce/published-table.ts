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
    reason: z.string().min(1).optional().describe('why simulated values of this table differ, whatever the difference'),
    rowReasons: z.record(z.string(), z.string().min(1)).optional().describe('the same, of single rows; wins'),
  })
  .refine(({ columns, rows }) => Object.values(rows).every((row) => row.length === columns.length), 'every row needs one number per column')
  .refine(({ rows, rowReasons = {} }) => Object.keys(rowReasons).every((row) => row in rows), 'rowReasons names a row that there is not');

const notReproducedSchema = z.strictObject({
  claim: z.string().min(1),
  values: z.array(z.number()).min(1).describe('as printed'),
  unit: z.string(),
  reason: z.string().min(1).describe('what it would take'),
});

const workloadSchema = z.strictObject({
  source: z.string().min(1).describe('where the paper or its artefacts give these numbers, or what implies them'),
  systems: z.record(
    z.string(),
    z.strictObject({
      accelerator: z.string().min(1),
      kv_bits: z.number().positive(),
      weight_bits: z
        .record(z.string(), z.union([z.number().positive(), z.record(z.string(), z.number().positive())]))
        .describe('by task; one number, or one per model'),
    }),
  ),
});
/** What the systems of a table run on, and at which precision. */
export type PublishedWorkload = z.infer<typeof workloadSchema>;

const differenceSchema = z.strictObject({
  metric: z.string(),
  row: z.string(),
  column: z.string(),
  difference: z.number().describe('simulated - published, to three decimals; the reason is given for this difference and no other'),
  reason: z.string().min(1),
});

export const publishedTableSchema = z.strictObject({
  id: z.string().min(1),
  title: z.string().min(1),
  source: z.string().min(1),
  workload: workloadSchema.optional().describe('published inputs that no model or accelerator file holds'),
  tables: z.array(metricTableSchema).min(1),
  differences: z.array(differenceSchema).optional().describe('cells known not to follow from the rest of the paper'),
  notReproduced: z.array(notReproducedSchema).optional().describe('claims of the paper without a cell, each with its reason'),
  notes: z.array(z.string().min(1)).optional().describe('what is printed but cannot be compared with, and why'),
});
/** The printed cells of one paper, by metric. */
export type PublishedTable = z.infer<typeof publishedTableSchema>;
