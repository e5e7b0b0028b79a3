/**
 * An accelerator file as users write it: the schema of the resolved accelerator, names checked against the mechanisms there are, and
 * `dram.preset` in place of energy and source (hw-configs/memories).
 */
import { z } from 'zod';
import { acceleratorSchema, dramSchema, type AcceleratorConfig } from '../accelerator/accelerator-config.js';
import { timings } from '../accelerator/timing/index.js';
import { operandFormat } from '../formats/index.js';
import { LowbitError } from '../lowbit-error.js';
import { pes } from '../pe/index.js';
import { catalogueFile, catalogueNames, readText, shownFile } from './files.js';
import { parseConfig } from './parse-config.js';

/** A memory type: hw-configs/memories/*.yaml. */
export const memorySchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().min(1),
  energy_pJPerBit: z.number().positive().nullable().describe('device and its interface; null: unknown, the source says why'),
  source: z.string().min(1),
});

const dramFileSchema = z
  .strictObject({
    ...dramSchema.shape,
    preset: z
      .enum(catalogueNames('memories'))
      .meta({ title: 'memory' })
      .optional()
      .describe('its energy and source hold unless given here'),
    energy_pJPerBit: dramSchema.shape.energy_pJPerBit.optional(),
    source: dramSchema.shape.source.optional(),
  })
  .superRefine((dram, context) => {
    if (dram.preset !== undefined) return;
    for (const key of ['energy_pJPerBit', 'source'] as const) {
      if (dram[key] === undefined) context.addIssue({ code: 'invalid_type', expected: 'nonoptional', path: [key], input: undefined });
    }
  });

const formatName = z.string().superRefine((name, context) => {
  try {
    operandFormat(name);
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    context.addIssue({ code: 'custom', message: error.what, params: error.details });
  }
});

/** What an accelerator file may say. */
export const acceleratorFileSchema = z.strictObject({
  ...acceleratorSchema.shape,
  timing: z.enum(Object.keys(timings)).meta({ title: 'timing model' }),
  pe: z.strictObject({ ...acceleratorSchema.shape.pe.shape, model: z.enum(Object.keys(pes)).meta({ title: 'PE model' }) }),
  dram: dramFileSchema,
  defaults: z
    .strictObject({ activation: formatName, weight: formatName, output: formatName })
    .optional()
    .describe(acceleratorSchema.shape.defaults.description ?? ''),
});
type AcceleratorFile = z.infer<typeof acceleratorFileSchema>;

/** The accelerator a checked file describes: the preset of its DRAM resolved. Keys given beside the preset win. */
export function resolveAccelerator(file: AcceleratorFile): AcceleratorConfig {
  const { preset, energy_pJPerBit, source, ...dram } = file.dram;
  const memory = preset === undefined ? undefined : loadMemory(preset);
  if (memory === undefined) return { ...file, dram: { ...dram, energy_pJPerBit: energy_pJPerBit ?? null, source: source ?? '' } };
  const own = energy_pJPerBit !== undefined;
  const origin = source ?? (own ? `energy_pJPerBit given beside preset ${memory.name}` : memory.source);
  return { ...file, dram: { ...dram, energy_pJPerBit: own ? energy_pJPerBit : memory.energy_pJPerBit, source: origin } };
}

function loadMemory(name: string): z.infer<typeof memorySchema> {
  const file = catalogueFile('memories', name);
  return parseConfig(readText(file), shownFile(file), memorySchema);
}
