/**
 * Shape of an accelerator description (hw-configs/accelerators/*.yaml). Units stand in the keys; every block can carry its source.
 */
import { z } from 'zod';

const positive = z.number().positive();
const positiveInt = z.int().positive();
const source = z.string().min(1);

const arraySchema = z.strictObject({ rows: positiveInt, columns: positiveInt });

const peSchema = z.strictObject({
  model: z.string().min(1).describe('a key of the PE models'),
  dotSize: positiveInt.default(1).describe('weights multiplied per PE step'),
  energy_pJ: positive.nullable().describe('per PE and cycle; null: unknown'),
  area_um2: positive.nullable(),
  layoutFactor: positive.default(1).describe('place-and-route overhead on PE energy'),
  source: source.optional(),
});

const bufferSchema = z.strictObject({
  size_KiB: positive,
  banks: positiveInt,
  ports: z.enum(['1r1w', '1rw']),
  source: source.optional(),
});

export const dramSchema = z.strictObject({
  bandwidth_bitsPerCycle: positive,
  energy_pJPerBit: positive.nullable().describe('null: unknown'),
  capacity_GiB: positive.optional().describe('absent: whether the model fits is not judged'),
  source,
});

export const acceleratorSchema = z.strictObject({
  name: z.string().min(1),
  kind: z.enum(['pe-array']),
  timing: z.string().min(1).describe('a key of the timing models'),
  description: z.string().optional(),
  source,
  technology_nm: positive,
  clock_MHz: positive,
  array: arraySchema,
  arrayByPhase: z.strictObject({ prefill: arraySchema.optional(), decode: arraySchema.optional() }).optional(),
  pe: peSchema,
  buffers: z.strictObject({ weight: bufferSchema, activation: bufferSchema }),
  dram: dramSchema,
  staticEnergy: z.enum(['excluded', 'sram-leakage']).default('excluded').describe('sram-leakage: leakage of the buffers times the latency'),
  defaults: z
    .strictObject({ activation: z.string(), weight: z.string(), output: z.string() })
    .optional()
    .describe('operand formats of --layers rows that name none'),
});
/** A resolved accelerator: validated, defaults filled in. */
export type AcceleratorConfig = z.infer<typeof acceleratorSchema>;
