/**
 * The JSON documents lowbit prints (`--json`) and reads back (`explain`, `diff`, `report`). One schema each; the types follow from them.
 * Every document carries an envelope: schemaVersion, tool, command, configHash.
 */
import { z } from 'zod';
import type { QuantizerOption } from '../quantizers/quantize-options.js';
import { SCHEMA_VERSION } from './schema-version.js';
import type { AxisValue } from '../sweep/plan/sweep-plan.js';
import { codesignResultSchema } from '../codesign/codesign-result.js';
import { sweepResultSchema } from '../sweep/sweep-result.js';
import { reproductionSchema } from '../reproduce/reproduction.js';
import { simulationResultSchema } from '../trace/simulation-result.js';
import { bitPartsSchema, tensorStatisticsSchema } from '../trace/layer-trace.js';
import { termSchema } from '../trace/term.js';

export const envelope = {
  schemaVersion: z.literal(SCHEMA_VERSION),
  tool: z.strictObject({ name: z.literal('lowbit'), version: z.string() }),
  configHash: z.string().describe('SHA-256 over the resolved configuration and the versions of every mechanism used'),
};

export const simulateDocumentSchema = z.strictObject({ ...envelope, command: z.literal('simulate'), ...simulationResultSchema.shape });
export type SimulateDocument = z.infer<typeof simulateDocumentSchema>;

/** What every document says of a quantized matrix. */
export const quantizedMatrix = {
  name: z.string(),
  rows: z.number(),
  cols: z.number(),
  format: z.string(),
  bitsPerWeight: z.number(),
  bits: bitPartsSchema,
  mse: z.number(),
  sqnr_dB: z.number().nullable().describe('null: the error or the signal is zero'),
};

const quantizedTensorRowSchema = z.strictObject({
  ...quantizedMatrix,
  maxAbsError: z.number(),
  choices: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  statistics: tensorStatisticsSchema,
  histogram: z
    .strictObject({ low: z.number(), high: z.number(), counts: z.array(z.number()) })
    .optional()
    .describe('weights before quantization, in units of their standard deviation'),
});
export type QuantizedTensorRow = z.infer<typeof quantizedTensorRowSchema>;

export const quantizeDocumentSchema = z.strictObject({
  ...envelope,
  command: z.literal('quantize'),
  input: z.string(),
  quantizer: z.string(),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  tensors: z.array(quantizedTensorRowSchema),
  totals: z.strictObject({
    tensors: z.number(),
    weights: z.number(),
    bitsPerWeight: z.number(),
    mse: z.number(),
    sqnr_dB: z.number().nullable(),
  }),
  skipped: z.array(z.strictObject({ name: z.string(), reason: z.string() })),
});
export type QuantizeDocument = z.infer<typeof quantizeDocumentSchema>;

const compareRowSchema = z.strictObject({
  hardware: z.string(),
  scheme: z.string(),
  latency_cycles: z.number(),
  latency_s: z.number(),
  speedup: z.number().describe('latency of the first row over this one'),
  energy_pJ: z.number().nullable(),
  energyEfficiency: z.number().nullable().describe('energy of the first row over this one'),
  area_mm2: z.number().nullable(),
  TOPS: z.number(),
  TOPS_W: z.number().nullable(),
  TOPS_mm2: z.number().nullable(),
  edp_Js: z.number().nullable(),
  utilization: z.number(),
  fitsDram: z.boolean().nullable(),
});
export type CompareRow = z.infer<typeof compareRowSchema>;

export const compareDocumentSchema = z.strictObject({
  ...envelope,
  command: z.literal('compare'),
  rows: z.array(compareRowSchema),
  results: z.array(simulationResultSchema),
});
export type CompareDocument = z.infer<typeof compareDocumentSchema>;

export const reproduceDocumentSchema = z.strictObject({ ...envelope, command: z.literal('reproduce'), ...reproductionSchema.shape });
export type ReproduceDocument = z.infer<typeof reproduceDocumentSchema>;

export const codesignDocumentSchema = z.strictObject({ ...envelope, command: z.literal('codesign'), ...codesignResultSchema.shape });
export type CodesignDocument = z.infer<typeof codesignDocumentSchema>;

export const sweepDocumentSchema = z.strictObject({ ...envelope, command: z.literal('sweep'), ...sweepResultSchema.shape });
export type SweepDocument = z.infer<typeof sweepDocumentSchema>;

const axisValue: z.ZodType<AxisValue> = z.json();

export const sweepExplainDocumentSchema = z.strictObject({
  ...envelope,
  command: z.literal('sweep-explain'),
  sweep: z.string(),
  point: z.number(),
  axes: z.record(z.string(), axisValue).describe('value of each axis; absent where a condition keeps the axis out'),
  columns: z.record(z.string(), z.number().nullable()).describe('stored result columns; null: unknown'),
  objectives: z.record(
    z.string(),
    z.strictObject({
      value: z.number().nullable(),
      bounds: z.tuple([z.number(), z.number()]).nullable(),
      place: z.number().nullable().describe('feasible rows that are better in this objective, plus 1'),
    }),
  ),
  error: z.string().nullable().describe('why the point failed'),
  violated: z.array(z.string()).describe('constraints that rule it out'),
  unknown: z.array(z.string()).describe('those of them whose value is unknown'),
  feasibleRows: z.number(),
  dominatedBy: z.number().nullable().describe('feasible rows as good in every objective and better in one; null: the point has no values'),
  dominators: z
    .array(
      z.strictObject({
        point: z.number(),
        axes: z.record(z.string(), axisValue),
        objectives: z.record(z.string(), z.number()),
        gains: z.record(z.string(), z.number().nullable()).describe('by how much it is better, over the value of the point'),
      }),
    )
    .describe('those that gain most on average, at most five'),
  simulate: z.array(z.string()).describe('words of the command that simulates the point alone'),
});
export type SweepExplainDocument = z.infer<typeof sweepExplainDocumentSchema>;

export const explainDocumentSchema = z.strictObject({
  ...envelope,
  command: z.literal('explain'),
  terms: z.array(termSchema.extend({ layer: z.string() })),
});
export type ExplainDocument = z.infer<typeof explainDocumentSchema>;

const settingValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const diffDocumentSchema = z.strictObject({
  ...envelope,
  command: z.literal('diff'),
  settings: z.array(z.strictObject({ path: z.string(), a: settingValue, b: settingValue })).describe('null: absent on that side'),
  totals: z.array(z.strictObject({ name: z.string(), a: z.number().nullable(), b: z.number().nullable(), ratio: z.number().nullable() })),
  terms: z
    .array(z.strictObject({ layer: z.string(), name: z.string(), unit: z.string(), a: termSchema.nullable(), b: termSchema.nullable() }))
    .describe('terms whose value or formula changed; null: the layer or term is absent on that side'),
  accuracy: z
    .strictObject({
      difference: z
        .strictObject({
          mean: z.number(),
          low: z.number().nullable().describe('95 % interval of the paired bootstrap over windows; null: a single window'),
          high: z.number().nullable(),
          resolved: z.boolean().describe('the interval leaves 0 out'),
        })
        .nullable()
        .describe('log-perplexity of b minus that of a, nats per token'),
      windows: z.int().nullable().describe('that both were evaluated on'),
      unknown: z.string().nullable().describe('why there is no difference'),
    })
    .optional()
    .describe('of two points of co-design fronts'),
});
export type DiffDocument = z.infer<typeof diffDocumentSchema>;

/** One entry of `lowbit list --json`. */
export interface ListRow {
  readonly name: string;
  readonly kind: string;
  readonly source: string;
  readonly description: string;
  /** Of quantizers: what `--option` and the weight of a scheme take. */
  readonly options?: readonly QuantizerOption[];
  /** Of quantizers: what they look at of the inputs of a matrix, e.g. `needs hessian`; `none`. */
  readonly calibration?: string;
}
