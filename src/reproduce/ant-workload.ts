/**
 * The layers of ANT's comparison and the precision each machine runs them at, from reports/published/workloads/ant.yaml.
 * Source: ANT (MICRO 2022), lists of its released simulator; 64 images or sequences. Fully connected layers join the rows of an image with the batch.
 * As published the lists hold neither the products of attention nor, but for Bit Fusion, the patches of ViT; two corrections add them.
 */
import { z } from 'zod';
import type { LoopOrderLayer } from '../accelerator/timing/loop-order-search-machine.js';
import { LowbitError, unknownName } from '../lowbit-error.js';

const count = z.int().positive();
const layerRow = z.union([
  z.tuple([z.literal('conv'), count, count, count, count, count, count]),
  z.tuple([z.literal('fc'), count, count, count]),
]);
type LayerRow = z.infer<typeof layerRow>;

const networkSchema = z.strictObject({
  layers: z.array(z.union([layerRow, z.strictObject({ repeat: count, layers: z.array(layerRow).min(1) })])).min(1),
  firstLayer: z.strictObject({ machines: z.array(z.string()), layer: layerRow }).optional(),
  attention: z.strictObject({ blocks: count, heads: count, headDim: count, tokens: count }).optional(),
  precision_bits: z
    .record(z.string(), z.union([count, z.string().regex(/^[1-9]+$/)]))
    .describe('one number for all layers, or one digit per layer'),
});

export const antWorkloadSchema = z.strictObject({
  source: z.string().min(1),
  batch: count,
  networks: z.record(z.string(), networkSchema),
});
export type AntWorkload = z.infer<typeof antWorkloadSchema>;

/** What the lists leave out and a correction adds. */
export interface WorkloadAdditions {
  readonly patches: boolean;
  readonly attention: boolean;
}

/** A layer, how many such products it has, and how many such layers there are next to each other. */
export interface AntLayer {
  readonly loops: LoopOrderLayer;
  readonly count: number;
}

/** Layers of a network on a machine. Throws LowbitError for an unknown name, or a precision list of another length than the layers. */
export function antLayers(workload: AntWorkload, network: string, machine: string, additions: WorkloadAdditions): AntLayer[] {
  const net = own(workload.networks, network, 'network of ANT');
  const precision = own(net.precision_bits, machine, 'machine of ANT');
  const rows: LayerRow[] = net.layers.flatMap((entry) =>
    Array.isArray(entry) ? [entry] : Array.from({ length: entry.repeat }, () => entry.layers).flat(),
  );
  const listed = net.firstLayer?.machines.includes(machine) === true;
  if (net.firstLayer !== undefined && listed) rows.unshift(net.firstLayer.layer);
  if (typeof precision === 'string' && precision.length !== rows.length) {
    throw new LowbitError('one digit of precision per layer is needed', {
      value: `${precision.length} digits for ${rows.length} layers`,
      place: `${network} ${machine}`,
    });
  }
  const layers = rows.map((row, i) => ({
    loops: loopsOf(row, workload.batch, typeof precision === 'number' ? precision : Number(precision[i])),
    count: 1,
  }));
  const widest = layers.reduce((most, { loops }) => Math.max(most, loops.p), 0);
  if (additions.patches && net.firstLayer !== undefined && !listed)
    layers.unshift({ loops: loopsOf(net.firstLayer.layer, workload.batch, widest), count: 1 });
  return additions.attention && net.attention !== undefined
    ? [...layers, ...attentionLayers(net.attention, workload.batch, widest)]
    : layers;
}

function own<T>(record: Readonly<Record<string, T>>, name: string, what: string): T {
  const entry = Object.hasOwn(record, name) ? record[name] : undefined;
  if (entry === undefined) throw unknownName(what, name, Object.keys(record));
  return entry;
}

const point = { o: 1, kernelHeight: 1, kernelWidth: 1, strideHeight: 1, strideWidth: 1 };

function loopsOf(row: LayerRow, batch: number, p: number): LoopOrderLayer {
  if (row[0] === 'fc') return { b: batch * row[1], ...point, ic: row[2], oc: row[3], p };
  const [, ic, oc, kernelHeight, kernelWidth, o, stride] = row;
  return { b: batch, o, kernelHeight, kernelWidth, strideHeight: stride, strideWidth: stride, ic, oc, p };
}

/** QK and PV of every block, head and sequence, at the widest precision the machine uses on the network. */
function attentionLayers(
  { blocks, heads, headDim, tokens }: NonNullable<z.infer<typeof networkSchema>['attention']>,
  batch: number,
  p: number,
): AntLayer[] {
  const count = blocks * heads * batch;
  return [
    { loops: { b: tokens, ...point, ic: headDim, oc: tokens, p }, count },
    { loops: { b: tokens, ...point, ic: tokens, oc: headDim, p }, count },
  ];
}
