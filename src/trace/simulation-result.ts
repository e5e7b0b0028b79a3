/**
 * The result of one design on one workload, as `lowbit simulate --json` prints it (without the envelope of tool and hash).
 * Layer rows cover all `count` identical layers of a row, so every column of the rows adds up to its total.
 */
import { z } from 'zod';
import { cyclesSchema, layerActivitySchema } from './layer-activity.js';
import { layerTraceSchema } from './layer-trace.js';

const energyPart = z.number().nonnegative().nullable();

/** Energy by part and in total. A part is null when it is excluded or unknown (see `omissions`); `total`, their sum, only when one is unknown. */
const energySchema = z.strictObject({
  total: z.number().nonnegative().nullable(),
  pe: energyPart,
  sram: energyPart,
  dram: energyPart,
  dequant: energyPart,
  vector: energyPart.default(null),
  static: energyPart,
});
export type Energy = z.infer<typeof energySchema>;
export const energyParts = ['pe', 'sram', 'dram', 'dequant', 'vector', 'static'] as const;
export type EnergyPart = (typeof energyParts)[number];

/** Why a part of the energy (or area) has no value. `excluded`: left out on purpose; `unknown`: no source gives it. */
const omissionSchema = z.strictObject({ part: z.string(), status: z.enum(['excluded', 'unknown']), reason: z.string() });
export type Omission = z.infer<typeof omissionSchema>;

/** One number the result rests on, with where it comes from. */
const constantSchema = z.strictObject({ name: z.string(), value: z.number(), unit: z.string(), source: z.string() });
export type Constant = z.infer<typeof constantSchema>;

/**
 * What a layer is bound by; `array`: loading the stationary operand, filling and draining it; `l2`: bandwidth of the shared cache of a GPU;
 * `latency`: loads of a GPU that nothing hides.
 */
export const bottlenecks = ['compute', 'dram', 'dequant', 'array', 'l2', 'latency', 'launch'] as const;

const layerResultSchema = z.strictObject({
  name: z.string(),
  kind: z.string(),
  m: z.number(),
  n: z.number(),
  k: z.number(),
  gemms: z.number(),
  count: z.number().describe('identical layers this row stands for'),
  phase: z.enum(['prefill', 'decode']).optional().describe('phase whose array the layer ran on; absent: the base array'),
  latency_cycles: z.number().nonnegative(),
  latency_s: z.number().nonnegative(),
  cycles: cyclesSchema,
  utilization: z.number().min(0).max(1),
  activity: layerActivitySchema,
  energy_pJ: energySchema,
  bottleneck: z.enum(bottlenecks),
  arithmeticIntensity_opsPerByte: z.number().nonnegative().describe('2 x MACs over DRAM bytes'),
  trace: layerTraceSchema,
});
export type LayerResult = z.infer<typeof layerResultSchema>;

const totalsSchema = z.strictObject({
  latency_cycles: z.number().nonnegative(),
  latency_s: z.number().nonnegative(),
  cycles: cyclesSchema,
  macs: z.number().nonnegative(),
  energy_pJ: z.number().nonnegative().nullable(),
  energyParts_pJ: energySchema,
  area_mm2: z.number().nonnegative().nullable(),
  areaParts_mm2: z.record(z.string(), z.number().nonnegative().nullable()),
  dram_bytes: z.number().nonnegative(),
  utilization: z.number().min(0).max(1),
  TOPS: z.number().nonnegative().describe('2 x useful MACs per second / 1e12'),
  TOPS_W: z.number().nonnegative().nullable(),
  TOPS_mm2: z.number().nonnegative().nullable(),
  edp_Js: z.number().nonnegative().nullable(),
  power_W: z.number().nonnegative().nullable(),
  model_bytes: z.number().nonnegative().nullable().describe('weights and KV cache that must fit the DRAM'),
  fitsDram: z.boolean().nullable(),
});
export type Totals = z.infer<typeof totalsSchema>;

export const simulationResultSchema = z.strictObject({
  hardware: z.record(z.string(), z.unknown()).describe('the resolved hardware configuration'),
  workload: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .describe('model, scheme, phase, batch, context, ... or trace file'),
  totals: totalsSchema,
  layers: z.array(layerResultSchema),
  constants: z.array(constantSchema),
  omissions: z.array(omissionSchema),
  notes: z.array(z.string()),
});
export type SimulationResult = z.infer<typeof simulationResultSchema>;
