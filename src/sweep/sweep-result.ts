/** The result of a sweep: what `lowbit sweep --json` prints (without the envelope) and pareto.json holds. Rows are in rows.parquet beside it. */
import { z } from 'zod';
import type { AxisValue } from './plan/sweep-plan.js';

const axisValue: z.ZodType<AxisValue> = z.json();

const point = z.strictObject({
  point: z.number().describe('number of the point in the space; `lowbit sweep explain DIR --point N` takes it'),
  axes: z.record(z.string(), axisValue).describe('value of each axis; absent where a condition keeps the axis out'),
  columns: z.record(z.string(), z.number().nullable()).describe('stored result columns; null: unknown'),
  objectives: z.record(z.string(), z.number()),
  bounds: z
    .record(z.string(), z.tuple([z.number(), z.number()]))
    .optional()
    .describe('low and high end where the model states its error'),
  same: z.number().describe('points with the same objectives that this one stands for, itself included'),
  alike: z
    .array(z.string())
    .optional()
    .describe('axes in which those points differ, so that their values cost nothing there; absent where it is not followed'),
});
export type SweepPoint = z.infer<typeof point>;

const effect = z.strictObject({
  axes: z.array(z.string()).min(1).max(2),
  together: z.array(z.string()).optional().describe('axes of a zip that always move with the axis: what it explains, they explain as well'),
  share: z
    .number()
    .describe('share of the variance of the objective over feasible rows that the axis (or the pair beyond its two axes) explains'),
});

export const sweepResultSchema = z.strictObject({
  name: z.string(),
  description: z.string(),
  source: z.string(),
  complete: z.boolean().describe('false: stopped before the end; `--resume` goes on'),
  seed: z.number(),
  strategy: z.strictObject({
    name: z.string(),
    settings: z.record(z.string(), z.number()),
    evaluations: z.number().nullable().describe('evaluations asked for; null: every point of the space'),
    rungs: z
      .array(z.strictObject({ name: z.string(), points: z.number().describe('points that were simulated at it') }))
      .describe('fidelity ladder of successive halving, cheapest first: results are those of the last one; empty: no ladder'),
  }),
  axes: z.array(z.strictObject({ name: z.string(), path: z.string(), values: z.array(axisValue) })),
  columns: z.array(z.strictObject({ name: z.string(), unit: z.string() })),
  counts: z.strictObject({
    space: z.number().describe('points of the space: product of the axes without those that conditions keep out'),
    excluded: z
      .number()
      .nullable()
      .describe('points that constraints over axes exclude before simulation; null: the strategy did not visit all'),
    rows: z.number(),
    feasible: z.number(),
    unknown: z.number().describe('feasible rows that are not compared, because some objective of theirs is unknown (no finite number)'),
    failed: z.number(),
    front: z.number().describe('points on the front, of those with equal objectives one'),
  }),
  constraints: z.array(
    z.strictObject({
      text: z.string(),
      violated: z.number().describe('rows (or, over axes only, points) that violate it'),
      violatedAlone: z.number().describe('of those, the ones that no other constraint rules out'),
      unknown: z.number().describe('rows it rules out because its value is unknown; they are not among the violated'),
    }),
  ),
  unknowns: z
    .array(
      z.strictObject({
        of: z.string().describe('constraint as written, or name of an objective'),
        kind: z.enum(['constraint', 'objective']),
        count: z.number().describe('rows that have no value for it; of an objective: feasible ones'),
        point: z.number().describe('the lowest of them'),
        why: z.array(z.string()).describe('what is unknown at that point, as `lowbit simulate` says of it'),
      }),
    )
    .describe('constraints and objectives that some rows have no value for'),
  objectives: z.array(
    z.strictObject({ name: z.string(), text: z.string(), direction: z.enum(['minimize', 'maximize']), unit: z.string() }),
  ),
  front: z
    .array(point)
    .describe(
      'feasible points that no other dominates, by the first objective; of more than 10,000 some, evenly chosen, with both ends and the knees',
    ),
  withinError: z
    .strictObject({ count: z.number(), points: z.array(point) })
    .nullable()
    .describe('points that only the stated errors of the models tell apart from the front; null: no design states one'),
  hypervolume: z
    .strictObject({ value: z.number(), reference: z.array(z.number()), ideal: z.array(z.number()), exact: z.boolean() })
    .nullable()
    .describe('share of the box between ideal and reference that the front dominates'),
  knees: z.array(z.number()).describe('points of the front farthest from the line (plane) through its ends, best first'),
  epsilonFront: z
    .strictObject({ epsilon: z.number(), points: z.array(z.number()) })
    .nullable()
    .describe('fewest points found that come within a factor 1 + epsilon of every point of the front'),
  sensitivity: z.record(z.string(), z.strictObject({ main: z.array(effect), pairs: z.array(effect) })).describe('by objective'),
  mainEffects: z
    .record(
      z.string(),
      z.array(z.strictObject({ axis: z.string(), mean: z.array(z.number().nullable()), best: z.array(z.number().nullable()) })),
    )
    .describe('by objective and axis of at most 1,000 values: mean and best of the feasible rows for each value'),
  sample: z.array(z.strictObject({ point: z.number(), objectives: z.array(z.number()) })).describe('feasible rows for charts'),
  failures: z.array(z.strictObject({ message: z.string(), count: z.number(), point: z.number() })),
  notes: z.array(z.string()),
});
export type SweepResult = z.infer<typeof sweepResultSchema>;
