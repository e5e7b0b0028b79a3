/** Shape of a study file (docs/codesign.md). What one key says about another is checked when the plan is made of it (read-study.ts). */
import { z } from 'zod';
import { activationSchema, weightSchema } from '../../trace/scheme-config.js';
import { workloadSchema } from '../../sweep/plan/sweep-file.js';

/** Resources a budget can be in. */
const resources = ['bits', 'latency_s', 'energy_pJ', 'memory_bytes'] as const;
export type Resource = (typeof resources)[number];

/** What a point of the front is good at; all are minimised. */
const objectives = ['error', ...resources, 'area_mm2'] as const;
export type Objective = (typeof objectives)[number];

const name = z
  .string()
  .min(1)
  .regex(/^[\w.-]+$/, 'letters, digits, dot, dash and underscore only');
const setting = z.union([z.string(), z.number(), z.boolean()]);
const count = z.int().positive();

const budgetSchema = z.strictObject({
  resource: z
    .enum(resources)
    .describe('bits: stored bits per weight, the mean over the items; the others are of the whole model and workload'),
  values: z.array(z.number().positive()).min(1).optional(),
  count: z
    .int()
    .min(2)
    .max(1000)
    .optional()
    .describe('so many values at equal distances from the cheapest to the dearest choice, on each hardware'),
});

const axes = z.record(z.string(), z.union([setting, z.array(setting).min(1)])).default({});

const hardwareSchema = z.union([
  z.string().min(1),
  z.strictObject({
    hw: z.string().min(1).describe('name or file of an accelerator or GPU'),
    name: name.optional(),
    set: axes.describe('settings as --set; a list is an axis'),
  }),
]);

export const studyFileSchema = z.strictObject({
  name,
  description: z.string().default(''),
  source: z.string().default('').describe('why this study'),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1),
  model: z.string().min(1).describe('tiny, tiny-outlier, tiny-moe, or a folder with config.json and weights'),
  scheme: z.string().min(1).describe('what everything but the weights of the items takes: activations, cache, lm_head, rewrites'),
  items: z
    .enum(['product', 'input', 'block', 'output-feature'])
    .default('product')
    .describe(
      'what takes one option: a weight matrix, all matrices that read one input, all of a layer, or an output feature (row) of a matrix',
    ),
  products: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('names of products that are chosen for, as in `layers` of a scheme; default: all'),
  options: z
    .array(
      z.strictObject({
        name: name.optional(),
        weight: weightSchema,
        activation: activationSchema
          .optional()
          .describe('of the inputs; default: that of the scheme. Items are then whole inputs: input or block'),
        set: axes.describe('further keys of the entry; a list is an axis: one option for every combination'),
      }),
    )
    .min(1)
    .describe('entries of weights, and of their inputs, to choose from'),
  error: z
    .enum(['divergence', 'loss', 'output', 'weight', 'fisher', 'salience'])
    .optional()
    .describe(
      'divergence (default): of the predictions from float32, with one item quantized minus without (with `beside`: from the model in which all items take that option); loss: its loss minus that without; output: squared error of its outputs; weight: of its weights. Of output features, from a reverse pass: fisher (default there): second order of the divergence; salience: of the loss, as MixLLM has it',
    ),
  beside: z
    .string()
    .min(1)
    .optional()
    .describe('option that all other items take while the divergence or loss of one is measured; default: none, they are floats'),
  errorWindows: count.default(4).describe('windows of the calibration text, spread evenly, that divergence or loss is measured on'),
  promise: z
    .union([
      z.literal(false),
      z.strictObject({
        windows: z.int().min(2).default(32).describe('of the calibration text'),
        assignments: z.int().min(4).max(1000).default(12).describe('so many beside the uniform ones: half from the front, half random'),
      }),
    ])
    .optional()
    .describe(
      'what sums of errors promise of the loss: assignments measured whole on calibration windows; default: with divergence and loss, where points are verified',
    ),
  text: z.string().min(1).optional().describe('text that chosen points are evaluated on; default: the shipped one'),
  calibration: z.string().min(1).optional(),
  windows: count.optional().describe('evaluate only so many windows, from the start of the text'),
  hardware: z.array(hardwareSchema).min(1),
  iso: z
    .string()
    .min(1)
    .optional()
    .describe(
      'resize every array as `simulate --iso` does: area, power or pes, to the budget of the first design, or area=N to N (mm2, mW, PEs)',
    ),
  workload: workloadSchema.default({}),
  budgets: z.array(budgetSchema).min(1),
  methods: z
    .array(z.union([z.string().min(1), z.looseObject({ method: z.string().min(1) }).describe('further keys: options of the method')]))
    .min(1)
    .default(['ilp', 'uniform', 'random']),
  samples: z.int().min(0).max(1_000_000).default(0).describe('random assignments beside those of the methods'),
  objectives: z.array(z.enum(objectives)).min(1).default(['error', 'latency_s', 'energy_pJ']),
  verify: z.int().min(0).max(1000).default(8).describe('points of the front that are evaluated and simulated whole'),
  draws: count.default(5).describe('random assignments for each budget in bits that methods are compared with: the mean of their losses'),
  compare: z.boolean().default(true).describe('evaluate what every method chooses for every budget in bits, against uniform and random'),
});
type CheckedFile = z.infer<typeof studyFileSchema>;
/** A study file with its defaults, every key checked by itself. */
export type StudyFile = Omit<CheckedFile, 'error'> & { readonly error: NonNullable<CheckedFile['error']> };
