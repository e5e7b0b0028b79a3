/**
 * An accelerator file as users write it: the schema of the resolved accelerator, names checked against the mechanisms there are, and
 * `dram.preset` in place of bandwidth, energy and source (hw-configs/memories).
 */
import { z } from 'zod';
import { acceleratorSchema, dataflows, type AcceleratorConfig } from '../accelerator/accelerator-config.js';
import { timingNamed, timings } from '../accelerator/timing/index.js';
import type { OptionalPart } from '../accelerator/timing/timing-model.js';
import { operandFormat } from '../formats/index.js';
import { LowbitError } from '../lowbit-error.js';
import { pes } from '../pe/index.js';
import { problemsAt } from './check-value.js';
import { dramFileSchema, resolveDram } from './dram-file.js';

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
  const options = z.object({ timingOptions: timing.options });
  for (const { path, problem } of problemsAt({ timingOptions: file.timingOptions }, options)) {
    context.addIssue({
      code: 'custom',
      path: [...path],
      message: problem.what,
      params: { ...problem.details, shown: problem.details.value },
    });
  }
});
export type AcceleratorFile = z.infer<typeof acceleratorFileSchema>;

const partRemedies: Readonly<Record<OptionalPart, string>> = {
  dataflow: `add dataflow: ${dataflows.join(', ')}`,
  'buffers.output': 'add buffers.output, like buffers.weight',
  cores: 'add cores',
  dequantization: 'add dequantization: { placement, operationsPerCycle, energy_pJPerOperation, source }',
};

/** The accelerator a checked file describes, its DRAM resolved. Throws LowbitError for bandwidth of a memory whose timing is unknown. */
export function resolveAccelerator(file: AcceleratorFile): AcceleratorConfig {
  return { ...file, dram: resolveDram(file.dram, file.clock_MHz) };
}
