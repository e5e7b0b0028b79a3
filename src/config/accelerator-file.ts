/**
 * An accelerator file as users write it: the schema of the resolved accelerator, names checked against the mechanisms there are, and
 * `dram.preset` in place of energy and source (hw-configs/memories).
 */
import { z } from 'zod';
import { acceleratorSchema, dataflows, dramSchema, type AcceleratorConfig } from '../accelerator/accelerator-config.js';
import { timingNamed, timings } from '../accelerator/timing/index.js';
import type { OptionalPart } from '../accelerator/timing/timing-model.js';
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

/** What an accelerator file may say, each key by itself. */
const acceleratorFileKeys = z.strictObject({
  ...acceleratorSchema.shape,
  timing: z.enum(Object.keys(timings)).meta({ title: 'timing model' }),
  pe: z.strictObject({ ...acceleratorSchema.shape.pe.shape, model: z.enum(Object.keys(pes)).meta({ title: 'PE model' }) }),
  dram: dramFileSchema,
  defaults: z
    .strictObject({ activation: formatName, weight: formatName, output: formatName })
    .optional()
    .describe(acceleratorSchema.shape.defaults.description ?? ''),
});

/** What an accelerator file may say: parts and options the timing model does not know are refused, those it needs are asked for. */
export const acceleratorFileSchema = acceleratorFileKeys.superRefine((file, context) => {
  const timing = timingNamed(file.timing);
  const given: Readonly<Record<OptionalPart, boolean>> = {
    dataflow: file.dataflow !== undefined,
    'buffers.output': file.buffers.output !== undefined,
    cores: file.cores !== 1,
    dequantization: file.dequantization !== undefined,
  };
  for (const [part, present] of Object.entries(given) as [OptionalPart, boolean][]) {
    const path = part.split('.');
    if (!present && timing.needs.includes(part)) {
      context.addIssue({ code: 'custom', path, message: `${timing.name} needs ${part}`, params: { remedy: partRemedies[part] } });
    }
    if (present && !timing.needs.includes(part) && !timing.reads.includes(part)) {
      const readers = Object.values(timings).filter(({ needs, reads }) => needs.includes(part) || reads.includes(part));
      const remedy = `remove it, or use a timing model that reads it: ${readers.map(({ name }) => name).join(', ')}`;
      context.addIssue({ code: 'custom', path, message: `${timing.name} does not read ${part}`, params: { remedy } });
    }
  }
  const options = timing.options.safeParse(file.timingOptions);
  if (!options.success) for (const issue of options.error.issues) context.addIssue({ ...issue, path: ['timingOptions', ...issue.path] });
});
type AcceleratorFile = z.infer<typeof acceleratorFileSchema>;

const partRemedies: Readonly<Record<OptionalPart, string>> = {
  dataflow: `add dataflow: ${dataflows.join(', ')}`,
  'buffers.output': 'add buffers.output, like buffers.weight',
  cores: 'add cores',
  dequantization: 'add dequantization: { placement, operationsPerCycle, energy_pJPerOperation, source }',
};

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
