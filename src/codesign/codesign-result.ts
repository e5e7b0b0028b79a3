/**
 * What `lowbit codesign --json` prints and codesign.json holds (without the envelope): the tables a study chose from, the front, and what its points
 * come to when they are evaluated and simulated whole. Tables are [item][option]. Every figure is of the whole model and workload unless it says item.
 */
import { z } from 'zod';

const number = z.number();
const unknown = z.number().nullable();
const table = z.array(z.array(unknown));

const interval = z.strictObject({
  mean: number.describe('nats per token, first minus second'),
  low: unknown.describe('95 % interval of the paired bootstrap over windows; null: a single window'),
  high: unknown,
  resolved: z.boolean().describe('the interval leaves 0 out'),
});

const costsSchema = z.strictObject({
  bits: number.describe('stored bits per weight over the items, all side data'),
  latency_s: number,
  energy_pJ: unknown,
  memory_bytes: number.describe('weights and KV cache'),
  area_mm2: unknown,
});

const measuredSchema = z.strictObject({
  perplexity: unknown,
  logPerplexityDifference: interval.describe('against the model in float32'),
  bitsPerWeight: number,
  windowLosses_nats: z
    .array(unknown)
    .optional()
    .describe('mean loss of every window, nats per token: what a paired difference to another point needs; absent in older documents'),
});

/** A list per column, an entry per candidate: names once, and few digits, so that thousands stay small. */
const keptSchema = z.strictObject({
  rule: z.string().describe('which of the evaluated candidates these are'),
  methods: z.array(z.string()),
  method: z.array(z.int()).describe('that found it first: index into methods'),
  hardware: z.array(z.int()).describe('index into hardware'),
  error: z.array(number).describe('sum of the table of errors; this and the costs to six digits'),
  bits: z.array(number),
  latency_s: z.array(number),
  energy_pJ: z.array(unknown),
  memory_bytes: z.array(number),
});

const promisedSchema = z.strictObject({
  mean: number.describe('nats per token'),
  low: number.describe('95 % interval'),
  high: number,
});

/** Which features they are stands in the scheme of a point. */
const featureCounts = z
  .array(z.array(z.int()))
  .optional()
  .describe('of output features: how many of every item take each option, [item][option]');

const promiseSchema = z.strictObject({
  windows: z.int().describe('of the calibration text'),
  curve: z
    .strictObject({ base: number, slope: number, growth: number })
    .describe('divergence of a sum S: base + slope S (1 + growth S), or base + slope S / (1 - growth S) where growth is below 0'),
  ratio: promisedSchema.describe(
    'loss difference for one nat of divergence, measured on those windows; 1 of a model whose probabilities are true',
  ),
  anchors: z.array(
    z.strictObject({
      choice: z.array(z.int()),
      features: featureCounts,
      sum: number,
      divergence_nats: number,
      lossDifference_nats: number,
      leftOut: number.describe('its divergence over what the others promise for it, less 1'),
    }),
  ),
});

const pointSchema = z.strictObject({
  id: z.string().describe('p1, p2, ... along the front'),
  hardware: z.string(),
  method: z.string().describe('that found it first'),
  budget: z.strictObject({ resource: z.string(), value: number }).nullable().describe('null: a random sample without a budget'),
  choice: z.array(z.int()).describe('option of every item; of output features: none'),
  features: featureCounts,
  predictedError: number.describe('sum of the table of errors'),
  costs: costsSchema.describe('of the whole simulation where the point was verified, else sums of the tables'),
  promise: promisedSchema
    .extend({
      withinInterval: z.boolean().nullable().describe('whether its mean lies in the measured interval; null: not measured'),
      holds: z
        .boolean()
        .nullable()
        .describe('whether promised and measured mean are no farther apart than both half intervals, added as squares'),
    })
    .nullable()
    .optional()
    .describe(
      'difference of the log-perplexity from the model in float32 that the sum promises; null: nothing is; absent in older documents',
    ),
  measured: measuredSchema.nullable().describe('null: not among the points that were verified'),
  errorWithinInterval: z
    .boolean()
    .nullable()
    .describe('whether the sum of single errors itself lies in the measured interval; null: not measured, no loss, or none against floats'),
  tableDeviation: unknown.describe('largest relative difference between sums of the tables and the whole simulation; null: not simulated'),
  scheme: z.string().nullable().describe('file in the output folder, for simulate and evaluate'),
});

const comparisonSchema = z.strictObject({
  method: z.string(),
  budget: z.strictObject({ resource: z.string(), value: number }),
  hardware: z.string().describe('whose costs the budget is in'),
  draws: z.int().describe('random assignments that the figures are the mean of; 1 for a single choice'),
  choice: z.array(z.int()).describe('of several draws the first'),
  features: featureCounts,
  bits: number,
  predictedError: number,
  measured: measuredSchema.describe('of several draws the mean loss, and the perplexity that it makes'),
  againstUniform: interval.nullable().describe('method minus the best uniform choice that the budget holds'),
  againstRandom: interval.nullable().describe('method minus the mean of the random assignments'),
});

export const codesignResultSchema = z.strictObject({
  name: z.string(),
  description: z.string(),
  source: z.string(),
  model: z.string(),
  scheme: z.string().describe('what everything but the weights of the items takes'),
  seed: number,
  workload: z.record(z.string(), z.union([z.string(), z.number()])),
  objectives: z.array(z.string()),
  items: z.array(
    z.strictObject({
      name: z.string(),
      products: z.array(z.string()),
      layer: z.int(),
      matrix: z.string().describe('of a block: block'),
      weights: number,
      features: z.int().optional().describe('output features that are chosen for, each by itself; absent: the item takes one option'),
    }),
  ),
  options: z.array(
    z.strictObject({
      name: z.string(),
      format: z.string(),
      weight: z.record(z.string(), z.unknown()),
      activation: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
  hardware: z.array(
    z.strictObject({
      name: z.string(),
      design: z.string(),
      settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      area_mm2: unknown,
      fixed: z
        .strictObject({ latency_s: number, energy_pJ: unknown })
        .describe('what does not depend on the choice: attention, head, vector work'),
      tables: z.strictObject({ latency_s: table, energy_pJ: table }),
    }),
  ),
  methods: z.array(z.strictObject({ name: z.string(), method: z.string(), source: z.string() })),
  errors: z.strictObject({
    measure: z.enum(['divergence', 'loss', 'output', 'weight', 'fisher', 'salience']),
    unit: z.string(),
    windows: z.int().describe('of the calibration text that divergence or loss is measured on; 0: none'),
    error: table,
    bits: table.describe('stored bits per weight of the item'),
    mse: table.describe('of the weights of the item'),
    outputError: table.describe('relative error of the outputs on calibration inputs'),
  }),
  memory: z.strictObject({ fixed_bytes: number, bytes: table }),
  reference: z
    .strictObject({
      perplexity: number,
      window: number,
      windows: number,
      text: z.string().optional().describe('start of the SHA-256 of the tokens of the text that points are evaluated on'),
      windowLosses_nats: z
        .array(unknown)
        .optional()
        .describe('mean loss of every window, nats per token; this and text absent in older documents'),
    })
    .nullable()
    .describe('the model in float32; null: nothing was evaluated'),
  candidates: z.strictObject({
    assignments: z.int().describe('different ones'),
    evaluated: z.int().describe('assignments times hardware'),
    kept: keptSchema.optional().describe('candidates as columns; absent in older documents'),
  }),
  promise: promiseSchema
    .nullable()
    .optional()
    .describe('what sums of errors were held to; null: they promise nothing; absent in older documents'),
  front: z.array(pointSchema).describe('by the first objective, then the others'),
  comparisons: z.array(comparisonSchema),
  notes: z.array(z.string()),
});
export type CodesignResult = z.infer<typeof codesignResultSchema>;
export type FrontPoint = CodesignResult['front'][number];
export type Comparison = CodesignResult['comparisons'][number];
export type MeasuredPoint = z.infer<typeof measuredSchema>;
export type KeptCandidates = z.infer<typeof keptSchema>;
export type PointCosts = z.infer<typeof costsSchema>;
