/**
 * LayerActivity: what a timing model returns. Cycles by cause whose sum is the total, and counts of actions. No joule in it.
 */
import { z } from 'zod';

export const cycleCauses = ['compute', 'laneStall', 'dequant', 'dramStall', 'fill', 'drain', 'sync', 'launch'] as const;
export type CycleCause = (typeof cycleCauses)[number];

const count = z.number().nonnegative();

export const cyclesSchema = z.strictObject({
  total: count,
  compute: count,
  laneStall: count,
  dequant: count,
  dramStall: count,
  fill: count,
  drain: count,
  sync: count,
  launch: count,
});
/** Cycles by cause; `total` is the sum of the others. */
export type Cycles = z.infer<typeof cyclesSchema>;

const bufferAccessSchema = z.strictObject({
  read_accesses: count.describe('full-width reads of the buffer'),
  write_accesses: count.describe('writes in units of write_bits'),
  access_bits: count.describe('width of one read'),
  write_bits: count.describe('width of one write'),
});

export const layerActivitySchema = z.strictObject({
  cycles: cyclesSchema,
  macs: count.describe('useful multiply-accumulates'),
  peSteps: count.describe('PE-cycles charged: PEs of the array times compute cycles'),
  dequant_operations: count.default(0).describe('multiplications by a scale'),
  vector_operations: count.optional().describe('operations of the vector unit; absent: none'),
  sram: z.record(z.string(), bufferAccessSchema).describe('accesses per buffer'),
  dramRead_bytes: count,
  dramWrite_bytes: count,
  utilization: z.number().min(0).max(1).describe('useful MACs over what the array could do in the total cycles'),
});
export type LayerActivity = z.infer<typeof layerActivitySchema>;

/** Cycles from their causes; the total is their sum, by construction. Written out: mapping searches ask for millions of them. */
export function cyclesOf(causes: Partial<Record<CycleCause, number>>): Cycles {
  const { compute = 0, laneStall = 0, dequant = 0, dramStall = 0, fill = 0, drain = 0, sync = 0, launch = 0 } = causes;
  const total = compute + laneStall + dequant + dramStall + fill + drain + sync + launch;
  return { total, compute, laneStall, dequant, dramStall, fill, drain, sync, launch };
}
