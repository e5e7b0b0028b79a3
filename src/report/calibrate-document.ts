/** The document of `lowbit calibrate` and its tables. */
import { z } from 'zod';
import { regimeErrorSchema, type ErrorFigures, type RegimeError } from '../gpu/calibration/error-table.js';
import { SCHEMA_VERSION } from './schema-version.js';
import { tableOf, type Table } from './table.js';

const count = z.int().nonnegative();

export const calibrateDocumentSchema = z.strictObject({
  schemaVersion: z.literal(SCHEMA_VERSION),
  tool: z.strictObject({ name: z.literal('lowbit'), version: z.string() }),
  configHash: z.string(),
  command: z.literal('calibrate'),
  device: z.string(),
  kernel: z.string(),
  profile: z.string().nullable().describe('machine that was measured; null: kernel time on a healthy card'),
  fitted: z
    .enum(['kernel', 'kernel of source', 'source', 'nothing'])
    .describe('what the parameters below belong to; nothing: they were checked as they are'),
  measured: z.strictObject({
    file: z.string(),
    sha256: z.string(),
    sources: z.array(z.string()),
    dtypes: z.array(z.string()),
    rows: count.describe('fitted'),
    pairs: count.describe('configurations of the rows, which folds are over'),
    configurations: z.string().describe('what they are: (n,k) pairs, numbers of heads'),
    otherRows: count.describe('of other cards, types and operators'),
  }),
  folds: count,
  seed: count,
  parameters: z.array(
    z.strictObject({
      name: z.string(),
      value: z.number(),
      unit: z.string(),
      low: z.number(),
      high: z.number(),
      meaning: z.string(),
      atBound: z.boolean().describe('stands at an end of what is physically possible: the form of the model is short of something'),
    }),
  ),
  loss: z.number().nullable().describe('mean |ln(simulated / measured)| over the fitted rows'),
  errors: z.array(regimeErrorSchema),
  refused: z
    .array(
      z.strictObject({
        line: count,
        sizes: z.record(z.string(), z.number()).describe('of the call, by the names of the columns'),
        latency_us: z.number(),
        reason: z.enum(['unit', 'tensor peak', 'DRAM peak']),
        why: z.string(),
      }),
    )
    .describe('rows that cannot be true of the card, left out of the fit'),
  wrote: z.string().nullable(),
});
export type CalibrateDocument = z.infer<typeof calibrateDocumentSchema>;

/** Refused rows that are printed; the document has all. */
const MOST_REFUSED = 20;
const right = { align: 'right' as const };

export function calibrateTables(document: CalibrateDocument): Table[] {
  const { refused, parameters, measured } = document;
  const shown = refused.slice(0, MOST_REFUSED);
  const more = refused.length > shown.length ? `, the first ${shown.length}; all with --json` : '';
  return [
    tableOf(
      `Parameters of ${document.fitted === 'source' ? `${document.profile ?? ''} on ${document.device}` : `${document.kernel} on ${document.device}`}`,
      [
        { title: 'parameter', text: (p: CalibrateDocument['parameters'][number]) => p.name },
        { title: 'value', ...right, text: (p) => String(p.value) },
        { title: 'unit', text: (p) => p.unit },
        { title: 'possible', text: (p) => `${p.low} to ${p.high}${p.atBound ? ' (at its end)' : ''}` },
        { title: 'meaning', text: (p) => p.meaning },
      ],
      parameters,
    ),
    errorsTable(`Errors in % on ${measured.rows} rows of ${measured.pairs} ${measured.configurations}`, document.errors),
    tableOf(
      `Left out: ${refused.length} rows that cannot be true${more}`,
      [
        { title: 'row', text: (r: CalibrateDocument['refused'][number]) => `${measured.file}:${r.line}` },
        {
          title: 'sizes',
          text: (r) =>
            Object.entries(r.sizes)
              .map((size) => size.join(' '))
              .join(', '),
        },
        { title: 'reason', text: (r) => r.reason },
        { title: 'why', text: (r) => r.why },
      ],
      shown,
    ),
  ].filter((table) => table.rows.length > 0);
}

const figure = (figures: ErrorFigures | null, name: keyof ErrorFigures): string => (figures === null ? '-' : figures[name].toFixed(1));

/** A table of errors by regime. */
function errorsTable(caption: string, errors: readonly RegimeError[]): Table {
  const columns = (
    [
      ['unseen mean', 'mean_pct', 'outOfSample'],
      ['median', 'median_pct', 'outOfSample'],
      ['p90', 'p90_pct', 'outOfSample'],
      ['bias', 'bias_pct', 'outOfSample'],
      ['in-sample mean', 'mean_pct', 'inSample'],
      ['p90', 'p90_pct', 'inSample'],
    ] as const
  ).map(([title, name, sample]) => ({ title, ...right, text: (error: RegimeError) => figure(error[sample], name) }));
  return tableOf(
    caption,
    [
      { title: 'regime', text: (error: RegimeError) => (error.from_us === 0 ? error.regime : `${error.regime}, from ${error.from_us} us`) },
      { title: 'rows', ...right, text: (error) => String(error.rows) },
      ...columns,
    ],
    errors,
  );
}
