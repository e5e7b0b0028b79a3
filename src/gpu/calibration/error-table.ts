/**
 * Errors of a model against measured rows by regime: relative error = simulated / measured - 1, per band of a size (rows of a GEMM, keys of an
 * attention), per bound of the model, for all rows and for rows of 20 us and more (below, what a harness adds is a large share).
 * mean, median and 90th percentile are of the absolute error, bias is the mean with its sign.
 */
import { z } from 'zod';
import type { GemmCost } from '../gemm/gemm-cost.js';
import type { Band } from './error-bands.js';

const bounds = ['compute', 'dram', 'l2', 'dequant', 'latency', 'launch'] as const satisfies readonly GemmCost['bound'][];
const LONG_us = 20;

/** Percentages of one regime. */
const errorFiguresSchema = z.strictObject({
  mean_pct: z.number().nonnegative(),
  median_pct: z.number().nonnegative(),
  p90_pct: z.number().nonnegative(),
  bias_pct: z.number(),
});
export type ErrorFigures = z.infer<typeof errorFiguresSchema>;

export const regimeErrorSchema = z.strictObject({
  regime: z.string().describe('all, a band of m (of keys, for attention), or what bounds the time in the model'),
  from_us: z.number().nonnegative().describe('measured rows below this are left out'),
  rows: z.int().positive(),
  inSample: errorFiguresSchema.describe('on rows the parameters were fitted to'),
  outOfSample: errorFiguresSchema
    .nullable()
    .describe('on (n,k) pairs (attention: on heads and queries) that the parameters were not fitted to; null: not cross-validated'),
});
export type RegimeError = z.infer<typeof regimeErrorSchema>;

/** What an error table needs of a row. */
export interface JudgedRow {
  /** The size that bands are of: m of a GEMM, keys of an attention. */
  readonly along: number;
  readonly latency_us: number;
  readonly bound: GemmCost['bound'];
  /** simulated / measured - 1, by parameters fitted to all rows. */
  readonly inSample: number;
  /** The same by parameters fitted without the configuration of the row; null: none are. */
  readonly outOfSample: number | null;
}

/** Percentages rounded to 0.01. @internal */
export function errorFigures(errors: readonly number[]): ErrorFigures {
  const sizes = Float64Array.from(errors, Math.abs).sort();
  const mean = (values: Iterable<number>): number => {
    let sum = 0;
    for (const value of values) sum += value;
    return sum / errors.length;
  };
  return {
    mean_pct: percent(mean(sizes)),
    median_pct: percent(quantile(sizes, 0.5)),
    p90_pct: percent(quantile(sizes, 0.9)),
    bias_pct: percent(mean(errors)),
  };
}

const percent = (share: number): number => Math.round(share * 1e4) / 100 + 0;

/** Quantile of sorted values, interpolated between neighbours. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const [low = 0, high = low] = [sorted[below], sorted[below + 1]];
  return low + (at - below) * (high - low);
}

/** Regimes with at least one row: all, bands, bounds; first of all rows, then of rows of 20 us and more. */
export function errorTable(rows: readonly JudgedRow[], bands: readonly Band[]): RegimeError[] {
  const regimes: readonly (readonly [string, (row: JudgedRow) => boolean])[] = [
    ['all', () => true],
    ...bands.map(({ name, low, high }) => [name, (row: JudgedRow) => row.along >= low && row.along <= high] as const),
    ...bounds.map((bound) => [`${bound} bound`, (row: JudgedRow) => row.bound === bound] as const),
  ];
  return [0, LONG_us].flatMap((from_us) =>
    regimes.flatMap(([regime, within]) => {
      const own = rows.filter((row) => row.latency_us >= from_us && within(row));
      if (own.length === 0) return [];
      const unseen = own.map(({ outOfSample }) => outOfSample).filter((error) => error !== null);
      return [
        {
          regime,
          from_us,
          rows: own.length,
          inSample: errorFigures(own.map(({ inSample }) => inSample)),
          outOfSample: unseen.length === own.length ? errorFigures(unseen) : null,
        },
      ];
    }),
  );
}
