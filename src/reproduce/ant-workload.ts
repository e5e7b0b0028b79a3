/**
 * The layers of ANT's comparison and the precision each machine runs them at, from reports/published/workloads/ant.yaml.
 * Source: ANT (MICRO 2022), lists of its released simulator; 64 images or sequences. Fully connected layers join the rows of an image with the batch.
 * As published the lists hold neither the products of attention nor, but for Bit Fusion, the patches of ViT; two corrections add them.
 */
import { z } from 'zod';
import type { LoopOrderLayer } from '../accelerator/timing/loop-order-search/machine.js';
import { LowbitError, unknownName } from '../lowbit-error.js';

const count = z.int().positive();
/** A layer as one line, which reads several times faster than a list: `conv` and six numbers, or `fc` and three (see the file). */
const layerRow = z.string().regex(/^(conv( [1-9]\d*){6}|fc( [1-9]\d*){3})$/);

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
  const rows: string[] = net.layers.flatMap((entry) =>
    typeof entry === 'string' ? [entry] : Array.from({ length: entry.repeat }, () => entry.layers).flat(),
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

function loopsOf(row: string, batch: number, p: number): LoopOrderLayer {
  const [kind, ...numbers] = row.split(' ');
  const number = (at: number): number => Number(numbers[at]);
  if (kind === 'fc') return { b: batch * number(0), ...point, ic: number(1), oc: number(2), p };
  const kernel = { kernelHeight: number(2), kernelWidth: number(3), strideHeight: number(5), strideWidth: number(5) };
  return { b: batch, o: number(4), ...kernel, ic: number(0), oc: number(1), p };
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
