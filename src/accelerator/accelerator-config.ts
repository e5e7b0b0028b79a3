/**
 * Shape of an accelerator description (hw-configs/accelerators/*.yaml). Units stand in the keys; every block can carry its source.
 */
import { z } from 'zod';

// Wide enough for any machine in these units, narrow enough that sums and products of them stay numbers.
const positive = z.number().min(1e-6).max(1e12);
const positiveInt = z
  .int()
  .positive()
  .max(2 ** 20);
const source = z.string().min(1);

const arraySchema = z.strictObject({ rows: positiveInt, columns: positiveInt });

const peSchema = z.strictObject({
  model: z.string().min(1).describe('a key of the PE models'),
  dotSize: positiveInt.default(1).describe('weights multiplied per PE step'),
  energy_pJ: positive.nullable().describe('per PE and cycle; null: unknown'),
  leakage_pJPerCycle: positive.optional().describe('standing energy per PE and cycle; absent: part of energy_pJ or not stated'),
  idleShare: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('energy of a PE without work relative to one with; 0: gated. Timing models that know idle PEs apply it'),
  area_um2: positive.nullable(),
  technology_nm: positive
    .optional()
    .describe(
      'node its energy and area were published for, scaled when it is not that of the accelerator; absent: that of the accelerator',
    ),
  layoutFactor: positive.default(1).describe('place-and-route overhead on PE energy'),
  source: source.optional(),
});

const bufferSchema = z.strictObject({
  size_KiB: positive,
  banks: positiveInt,
  ports: z.enum(['1r1w', '1rw']),
  read_pJPerBit: z
    .number()
    .nonnegative()
    .optional()
    .describe('absent: from the CACTI table at the width of the access; 0: charged elsewhere, the source says where'),
  write_pJPerBit: z.number().nonnegative().optional(),
  leakage_mW: positive.optional(),
  area_mm2: positive.optional(),
  source: source.optional(),
});

const decoderSchema = z.strictObject({
  name: z.string().min(1),
  perBorderLane: positive.describe('decoders for each row and each column of the array'),
  area_um2: positive.nullable(),
  source,
});

export const dramSchema = z.strictObject({
  bandwidth_bitsPerCycle: positive,
  energy_pJPerBit: positive.nullable().describe('reads, and writes unless writeEnergy_pJPerBit is given; null: unknown'),
  writeEnergy_pJPerBit: positive.optional(),
  static_pJPerCycle: positive.optional().describe('standing energy of the DRAM per cycle of the accelerator; absent: not stated'),
  latency_ns: positive.optional().describe('one read that finds the memory idle and the row closed; absent: not stated'),
  capacity_GiB: positive.optional().describe('absent: whether the model fits is not judged'),
  source,
});

const unitNode = positive
  .optional()
  .describe('node its numbers are of, scaled when it is not that of the accelerator; absent: that of the accelerator');

const dequantizationSchema = z.strictObject({
  placement: z
    .enum(['before-mac', 'after-group', 'epilogue'])
    .describe('before-mac: every weight of a tile that is loaded; after-group: every group of every output; epilogue: every output once'),
  operationsPerCycle: positive.describe('multiplications by a scale per cycle'),
  energy_pJPerOperation: positive.nullable().describe('null: unknown'),
  area_um2: positive
    .nullable()
    .optional()
    .describe('one multiplier, of which there are operationsPerCycle; null: unknown; absent: not counted'),
  technology_nm: unitNode,
  source,
});
export type Dequantization = z.infer<typeof dequantizationSchema>;

const operationCount = z.number().nonnegative();

const vectorUnitSchema = z.strictObject({
  lanes: positiveInt.describe('operations per cycle'),
  energy_pJPerOperation: positive.nullable().describe('null: unknown'),
  area_um2: positive.nullable().describe('one lane; null: unknown'),
  technology_nm: unitNode,
  operationsPerElement: z
    .strictObject({
      softmax: operationCount,
      norm: operationCount,
      elementwise: operationCount,
      quantize: operationCount.describe('online quantization: largest magnitude, scale, round'),
      move: operationCount.default(1).describe('rearranging elements without changing them'),
    })
    .describe('operations of a lane for each element of a row of that kind'),
  source,
});
export type VectorUnit = z.infer<typeof vectorUnitSchema>;
export type VectorOperation = keyof VectorUnit['operationsPerElement'];

/** The operand that stays in the PEs while the others move: outputs, weights or inputs. */
export const dataflows = ['os', 'ws', 'is'] as const;
export type Dataflow = (typeof dataflows)[number];

const relativeError = z.number().min(0).max(0.99).default(0);

export const acceleratorSchema = z.strictObject({
  name: z.string().min(1),
  kind: z.enum(['pe-array', 'systolic-array']),
  timing: z.string().min(1).describe('a key of the timing models'),
  timingOptions: z.record(z.string(), z.unknown()).default({}).describe('named options of the timing model, see `lowbit list timings`'),
  dataflow: z.enum(dataflows).optional().describe('operand that stays in the PEs: output, weight or input'),
  description: z.string().optional(),
  source,
  technology_nm: positive,
  clock_MHz: positive,
  array: arraySchema,
  arrayByPhase: z.strictObject({ prefill: arraySchema.optional(), decode: arraySchema.optional() }).optional(),
  cores: positiveInt.default(1).describe('arrays with buffers of their own that share one DRAM'),
  pe: peSchema,
  decoders: z.array(decoderSchema).optional().describe('decoders on the borders of the array'),
  buffers: z.strictObject({ weight: bufferSchema, activation: bufferSchema, output: bufferSchema.optional() }),
  dram: dramSchema,
  dequantization: dequantizationSchema.optional(),
  vectorUnit: vectorUnitSchema
    .optional()
    .describe('what softmax, norms, elementwise work and online quantization run on; absent: they are not charged'),
  staticEnergy: z.enum(['excluded', 'sram-leakage']).default('excluded').describe('sram-leakage: leakage of the buffers times the latency'),
  errorBars: z
    .strictObject({
      latency: relativeError.describe('of cycles and seconds'),
      energy: relativeError,
      area: relativeError,
      source,
    })
    .optional()
    .describe(
      'how far this model of the design was off against measurements, relative: 0.05 is 5 %; absent: not known. Sweeps carry it into the front',
    ),
  defaults: z
    .strictObject({ activation: z.string(), weight: z.string(), output: z.string() })
    .optional()
    .describe('operand formats of --layers rows that name none'),
});
/** A resolved accelerator: validated, defaults filled in. */
export type AcceleratorConfig = z.infer<typeof acceleratorSchema>;
export type ArrayShape = z.infer<typeof arraySchema>;
export type BufferName = keyof AcceleratorConfig['buffers'];
