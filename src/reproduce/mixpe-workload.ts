/**
 * Contenders and layers of MixPE's comparison, from reports/published/workloads/mixpe.yaml.
 * Source: MixPE (arXiv 2411.16158) and the configuration of its released simulator. Mixes of precisions are random there, by an unknown seed;
 * here every layer counts with the share of layers that have each precision, which is what the random mix averages to.
 */
import { z } from 'zod';
import type { LoopOrderLayer } from '../accelerator/timing/loop-order-search/machine.js';

const count = z.int().positive();
const positive = z.number().positive();
const role = z.enum(['linear', 'attention-output']);

const contenderSchema = z.strictObject({
  array: z.strictObject({ rows: count, columns: count }),
  highest_bits: count,
  lowest_bits: count,
  energy_pJ: positive,
  leakage_pJPerCycle: positive,
  dequantization: z.enum(['first', 'after-group']).describe('first: weights before the product; after-group: sums of a group'),
  precision_bits: count,
  narrow: z.strictObject({ precision_bits: count, share: positive.max(1), roles: z.array(role) }).optional(),
});
export type MixpeContender = z.infer<typeof contenderSchema>;

const networkSchema = z.strictObject({
  patches: z.tuple([count, count, count, count]).optional(),
  blocks: count,
  block: z.array(z.tuple([count, count, role])).min(1),
  head: z.tuple([count, count]).optional(),
});
export type MixpeNetwork = z.infer<typeof networkSchema>;

export const mixpeWorkloadSchema = z.strictObject({
  source: z.string().min(1),
  batch: count,
  group: count,
  pseudoProduct_divisor: positive,
  contenders: z.record(z.string(), contenderSchema),
  networks: z.record(z.string(), networkSchema),
});
export type MixpeWorkload = z.infer<typeof mixpeWorkloadSchema>;

/** A product, how many such ones there are, and whether its weights are dequantized. */
export interface MixpeLayer {
  readonly loops: LoopOrderLayer;
  readonly count: number;
  readonly dequantized: boolean;
}

const point = { o: 1, kernelHeight: 1, kernelWidth: 1, strideHeight: 1, strideWidth: 1 };

/** Products of a network on a contender, without those that stand for a dequantization. */
export function mixpeLayers({ batch }: MixpeWorkload, network: MixpeNetwork, contender: MixpeContender): MixpeLayer[] {
  const { narrow } = contender;
  const linear = ([ic, oc, role]: MixpeNetwork['block'][number], layers: number): MixpeLayer[] => {
    const loops = (p: number): LoopOrderLayer => ({ b: batch, ...point, ic, oc, p });
    const share = narrow?.roles.includes(role) === true ? narrow.share : 0;
    const wide = { loops: loops(contender.precision_bits), count: layers * (1 - share), dequantized: true };
    return narrow === undefined || share === 0
      ? [wide]
      : [wide, { loops: loops(narrow.precision_bits), count: layers * share, dequantized: true }];
  };
  return [
    ...(network.patches === undefined ? [] : [patchLayer(network.patches, batch, contender.highest_bits)]),
    ...network.block.flatMap((layer) => linear(layer, network.blocks)),
    ...(network.head === undefined ? [] : linear([...network.head, 'linear'], 1)),
  ];
}

function patchLayer([ic, oc, kernel, o]: NonNullable<MixpeNetwork['patches']>, batch: number, p: number): MixpeLayer {
  const loops = { b: batch, o, kernelHeight: kernel, kernelWidth: kernel, strideHeight: kernel, strideWidth: kernel, ic, oc, p };
  return { loops, count: 1, dequantized: false };
}

/** The product charged for the dequantization of a layer: K x N/8 for weights before it, K/8 x N/128 for the sums of its groups. */
export function pseudoProduct(workload: MixpeWorkload, { loops }: MixpeLayer, contender: MixpeContender): LoopOrderLayer {
  const { pseudoProduct_divisor: divisor, group } = workload;
  const whole = (value: number): number => Math.max(1, Math.floor(value));
  const shape =
    contender.dequantization === 'first'
      ? { ic: loops.ic, oc: whole(loops.oc / divisor) }
      : { ic: whole(loops.ic / divisor), oc: whole(loops.oc / group) };
  return { ...loops, ...shape, p: contender.highest_bits };
}
