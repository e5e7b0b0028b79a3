/**
 * The layers of OliVe's systolic-array comparison: those of the workload generator, at one precision per system.
 * Charged: linear layers. Left out as in the simulator it is said to build on (ANT's, MICRO 2022): attention products, vector operations; and
 * lm_head, which OliVe does not quantize. Which precision, tokens and batch are assumed stands in reports/published/workloads/olive.yaml.
 */
import { z } from 'zod';
import { loopedLayer } from '../accelerator/timing/loop-order-search/layer.js';
import { unknownName } from '../lowbit-error.js';
import type { LayerTrace } from '../trace/layer-trace.js';
import type { ModelConfig } from '../trace/model/model-config.js';
import { schemeSchema } from '../trace/scheme-config.js';
import { workload } from '../trace/workload/workload.js';
import type { AntLayer } from './ant-workload.js';

const count = z.int().positive();
const bits = z.union([z.literal(4), z.literal(8)]);
const bitsBySystem = z.record(z.string(), bits);

const assumptionSchema = z.strictObject({
  phase: z.enum(['prefill', 'decode']),
  batch: count,
  tokens: count.describe('per sequence; in decode those it attends to'),
  precision_bits: bitsBySystem.describe('of every charged layer, by system'),
  edge_bits: bitsBySystem.default({}).describe('of the first and the last layer, where it differs'),
  head: z.boolean().default(false).describe('charge lm_head'),
  attention_bits: bits.optional().describe('charge the products of attention at this precision on every system; absent: not charged'),
  models: z.array(z.string()).optional().describe('absent: all'),
});
export type OliveAssumption = z.infer<typeof assumptionSchema>;

export const oliveWorkloadSchema = z.strictObject({
  source: z.string().min(1),
  accelerators: z.record(z.string(), z.string()),
  assumption: assumptionSchema,
  others: z.array(
    z.strictObject({
      name: z.string().min(1),
      ...assumptionSchema.partial().shape,
      precision_bits: bitsBySystem.optional(),
      edge_bits: bitsBySystem.optional(),
      head: z.boolean().optional(),
    }),
  ),
});
export type OliveWorkload = z.infer<typeof oliveWorkloadSchema>;

/** The assumption with another choice in force. */
export function changedAssumption(
  assumption: OliveAssumption,
  { name: _name, ...change }: OliveWorkload['others'][number],
): OliveAssumption {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<OliveAssumption>;
  return { ...assumption, ...given, precision_bits: { ...assumption.precision_bits, ...change.precision_bits } };
}

/** Shapes do not depend on it; precisions are set per system. */
const anyScheme = schemeSchema.parse({
  name: 'shapes',
  weight: { format: 'int8' },
  activation: { format: 'int8' },
  kv: { format: 'int8' },
});

/** Layers of a model on a system. Throws LowbitError for a system without a precision. */
export function oliveLayers(model: ModelConfig, system: string, assumption: OliveAssumption): AntLayer[] {
  const { phase, batch, tokens, precision_bits, edge_bits, attention_bits, head } = assumption;
  const p = precision_bits[system];
  if (p === undefined) throw unknownName('system of OliVe', system, Object.keys(precision_bits));
  const rows = workload(model, anyScheme, { phase, batch, context: tokens }).segments.flatMap(({ layers }) => layers);
  const linear = rows.filter(({ kind, name }) => kind === 'gemm' && (head || name !== 'lm_head'));
  const edge = edge_bits[system] ?? p;
  return [
    ...linear.flatMap((row, i) => atPrecision(row, p, i === 0 || i === linear.length - 1 ? edge : p)),
    ...(attention_bits === undefined
      ? []
      : rows.filter(({ kind }) => kind.startsWith('attention')).flatMap((row) => atPrecision(row, attention_bits, attention_bits))),
  ];
}

/** The instances of a row at a precision, one of them at that of an edge. */
function atPrecision(row: LayerTrace, p: number, edge: number): AntLayer[] {
  const { loops, instances } = loopedLayer(row);
  const all = instances * row.repeat;
  if (edge === p) return [{ loops: { ...loops, p }, count: all }];
  return [
    { loops: { ...loops, p: edge }, count: 1 },
    { loops: { ...loops, p }, count: all - 1 },
  ];
}
