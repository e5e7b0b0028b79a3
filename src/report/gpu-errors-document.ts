/** The document of `lowbit list gpus --errors` and its tables. */
import { z } from 'zod';
import { regimeErrorSchema, type ErrorFigures } from '../gpu/calibration/error-table.js';
import { SCHEMA_VERSION } from './schema-version.js';
import { tableOf, type Table } from './table.js';

const count = z.int().nonnegative();

export const gpuErrorsDocumentSchema = z.strictObject({
  schemaVersion: z.literal(SCHEMA_VERSION),
  tool: z.strictObject({ name: z.literal('lowbit'), version: z.string() }),
  configHash: z.string(),
  command: z.literal('gpu-errors'),
  fits: z.array(
    z.strictObject({
      device: z.string(),
      kernel: z.string(),
      profile: z.string().nullable().describe('machine that was measured; null: kernel time on a healthy card'),
      fitted: z.enum(['kernel', 'source']).describe('source: launch time, clock and board power only'),
      sources: z.array(z.string()),
      dtypes: z.array(z.string()),
      rows: count,
      pairs: count,
      refused: count,
      folds: count,
      stale: z.boolean().describe('the model, the kernel or the card has changed since the fit'),
      errors: z.array(regimeErrorSchema),
    }),
  ),
  unmeasured: z
    .array(
      z.strictObject({
        device: z.string(),
        parametersOf: z.array(z.string()).describe('similar cards, the first that has a fit of a kernel; none: defaults of the kernel'),
      }),
    )
    .describe('cards without measurements of their own'),
});
export type GpuErrorsDocument = z.infer<typeof gpuErrorsDocumentSchema>;

type Fit = GpuErrorsDocument['fits'][number];
const right = { align: 'right' as const };

const columns: readonly (readonly [title: string, regime: string, from_us: number, name: keyof ErrorFigures])[] = [
  ['mean', 'all', 0, 'mean_pct'],
  ['median', 'all', 0, 'median_pct'],
  ['p90', 'all', 0, 'p90_pct'],
  ['bias', 'all', 0, 'bias_pct'],
  ['>= 20 us', 'all', 20, 'mean_pct'],
  ['m 1-16', 'm 1-16', 0, 'mean_pct'],
  ['17-64', 'm 17-64', 0, 'mean_pct'],
  ['65-256', 'm 65-256', 0, 'mean_pct'],
  ['257-1024', 'm 257-1024', 0, 'mean_pct'],
  ['more', 'm > 1024', 0, 'mean_pct'],
];

/** What a fit is of, e.g. `a100-80gb-sxm dense`, with the machine when it is not a healthy card. */
const subject = ({ device, kernel, profile }: Fit): string => `${device} ${kernel}${profile === null ? '' : ` (${profile})`}`;

export function gpuErrorsTables({ fits, unmeasured }: GpuErrorsDocument): Table[] {
  const caption = 'Mean absolute relative error in %, on (n,k) pairs not fitted to (cross validation in folds of pairs)';
  return [
    tableOf(
      caption,
      [
        { title: 'fit', text: (fit: Fit) => `${subject(fit)}${fit.stale ? ' STALE' : ''}` },
        { title: 'type', text: (fit) => fit.dtypes.join(' ') },
        { title: 'rows', ...right, text: (fit) => String(fit.rows) },
        { title: 'pairs', ...right, text: (fit) => String(fit.pairs) },
        { title: 'folds', ...right, text: (fit) => (fit.folds === 0 ? 'in-sample' : String(fit.folds)) },
        ...columns.map(([title, regime, from_us, name]) => ({ title, ...right, text: (fit: Fit) => figureOf(fit, regime, from_us, name) })),
      ],
      fits,
    ),
    tableOf(
      'Without measurements of their own',
      [
        { title: 'GPU', text: (card: GpuErrorsDocument['unmeasured'][number]) => card.device },
        {
          title: 'parameters',
          text: (card) => [...card.parametersOf.map((name) => `fit of ${name}`), 'defaults of the kernel'].join(', else '),
        },
      ],
      unmeasured,
    ),
  ].filter((table) => table.rows.length > 0);
}

function figureOf({ errors }: Fit, regime: string, from_us: number, name: keyof ErrorFigures): string {
  const found = errors.find((error) => error.regime === regime && error.from_us === from_us);
  const figures = found?.outOfSample ?? found?.inSample;
  return figures === undefined ? '-' : figures[name].toFixed(1);
}
