/** Shape of a sweep file (docs/sweep-file.md). What one key says about another is checked when the plan is made of it (read-sweep.ts). */
import { z } from 'zod';
import { isoKinds } from '../../accelerator/iso.js';
import { refinementNames, workloadPhases } from '../../trace/workload/request.js';
import type { AxisValue } from './sweep-plan.js';

const value: z.ZodType<AxisValue> = z.json();
const path = z.string().min(1).describe('hardware, model, scheme or a path in one of them, workload.*, iso.value');
const name = z
  .string()
  .regex(/^[A-Za-z_]\w*$/, 'a word of letters, digits and underscores')
  .describe('in columns and expressions');
const count = z
  .int()
  .positive()
  .max(2 ** 31);
const length = z.int().min(1).max(1_000_000);
const settings = z.record(z.string(), value);

const rangeSchema = z
  .strictObject({ from: z.number(), to: z.number(), step: z.number().positive().optional(), count: length.optional() })
  .describe('from, from + step, ... up to `to`; or so many values at equal distances');
const logRangeSchema = z
  .strictObject({ from: z.number().positive(), to: z.number().positive(), factor: z.number().gt(1).optional(), count: length.optional() })
  .describe('from, from * factor, ... up to `to`; or so many values at equal ratios');

const axisKeys = {
  path: path.optional(),
  name: name.optional(),
  values: z.array(value).min(1).optional(),
  range: rangeSchema.optional(),
  logRange: logRangeSchema.optional(),
};
const axisSchema = z.strictObject(axisKeys);
const zipMemberSchema = z.strictObject({
  ...axisKeys,
  product: z.array(axisSchema).min(1).optional().describe('axes whose combinations, the last one moving fastest, are zipped'),
});
const dimensionSchema = z.strictObject({
  ...axisKeys,
  zip: z.array(zipMemberSchema).min(1).optional().describe('axes of equal length that move together'),
  when: z
    .record(z.string(), z.union([value, z.array(value)]))
    .optional()
    .describe('axis (path or name) before this one: the value or values with which this one is there'),
});

const refinement = z.enum(refinementNames.flatMap((refined) => [refined, `no-${refined}`])).meta({ title: 'refinement' });
export const workloadSchema = z.strictObject({
  phase: z.enum(workloadPhases).optional(),
  batch: count.optional().describe('sequences or images'),
  context: count.optional().describe('prompt tokens; keys a decode step attends to'),
  tokens: count.optional().describe('decode steps of phase generate'),
  refine: z
    .union([z.string(), z.array(refinement)])
    .optional()
    .describe('refinements by name, as --refine of simulate'),
});

const objectiveSchema = z.strictObject({
  minimize: z.string().min(1).optional(),
  maximize: z.string().min(1).optional(),
  name: name.optional(),
});

const strategySchema = z
  .looseObject({ name: z.string().min(1), evaluations: z.int().positive().optional().describe('points to simulate') })
  .describe('further keys: settings of the strategy');

export const sweepFileSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .regex(/^[\w.-]+$/, 'letters, digits, dot, dash and underscore only'),
  description: z.string().default(''),
  source: z.string().default('').describe('why this study'),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1),
  hardware: z.string().min(1).optional().describe('name or file; may be left out where an axis gives it, as model and scheme'),
  model: z.string().min(1).optional(),
  scheme: z.string().min(1).optional(),
  workload: workloadSchema.default({}),
  set: settings.default({}).describe('further fixed settings: path: value'),
  axes: z.array(dimensionSchema).default([]),
  constraints: z.array(z.string().min(1)).default([]).describe('expressions that are true or false'),
  objectives: z.array(objectiveSchema).default([]),
  columns: z.array(z.string()).optional().describe('result columns that rows store'),
  iso: z
    .strictObject({
      kind: z.enum(isoKinds),
      value: z.number().positive().optional().describe('mm2, mW or PEs; absent: that of the base'),
    })
    .optional()
    .describe('every array is resized to a budget'),
  strategy: z.union([z.string().min(1), strategySchema]).default('grid'),
  rungs: z
    .array(z.strictObject({ name: name.or(z.string().min(1)), set: settings.default({}) }))
    .default([])
    .describe('fidelity ladder of successive-halving, cheapest first'),
});
/** A sweep file with its defaults, every key checked by itself. */
export type SweepFile = z.infer<typeof sweepFileSchema>;
export type DimensionEntry = SweepFile['axes'][number];
export type AxisEntry = z.infer<typeof axisSchema>;
export type ZipMemberEntry = z.infer<typeof zipMemberSchema>;
