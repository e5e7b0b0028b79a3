/**
 * A layer on a systolic array in plain numbers: folds, elements read and written, DRAM time (formulas: systolic-folds-counts.ts, -traffic.ts).
 *   cycles = products * F * P + max(0, DRAM time - products * F * P)
 * DRAM time is that of all traffic over the shared interface, or that of the busiest of three ports of their own; the ports fill
 * the first half buffer before the layer and empty both halves of the output buffer after it, as SCALE-Sim's do.
 */
import { z } from 'zod';
import { operandBits, type LayerTrace } from '../../../trace/layer-trace.js';
import type { ArrayShape, Dataflow } from '../../accelerator-config.js';
import { conventionNames, conventions } from './conventions.js';
import { foldsOf, sramElements, stallFreeCycles, type CountingConvention, type Folds, type Product, type SramElements } from './counts.js';
import { dramElements, type DramElements } from './traffic.js';

const rate = z.number().positive().optional().describe('with bandwidth: ports');
const portKeys = ['activationPort_elementsPerCycle', 'weightPort_elementsPerCycle', 'outputPort_elementsPerCycle'] as const;

export const foldOptionsSchema = z
  .strictObject({
    convention: z
      .enum(conventionNames)
      .default('lowbit')
      .describe('scale-sim: with the counting habits of SCALE-Sim v3, to compare with its reports'),
    bandwidth: z
      .enum(['shared', 'ports', 'unlimited'])
      .default('shared')
      .describe('shared: all traffic over dram.bandwidth_bitsPerCycle; ports: a DRAM port for each operand; unlimited: no stalls'),
    activationPort_elementsPerCycle: rate,
    weightPort_elementsPerCycle: rate,
    outputPort_elementsPerCycle: rate,
  })
  .superRefine((options, context) => {
    for (const key of portKeys) {
      if ((options.bandwidth === 'ports') === (options[key] !== undefined)) continue;
      const message = options.bandwidth === 'ports' ? `bandwidth: ports needs ${key}` : `${key} needs bandwidth: ports`;
      context.addIssue({ code: 'custom', message, path: [key] });
    }
  });
export type FoldOptions = z.infer<typeof foldOptionsSchema>;

/** A number for each operand. */
export type Elements = Readonly<Record<'activation' | 'weight' | 'output', number>>;

/** What systolic-folds depends on. */
export interface FoldHardware {
  readonly array: ArrayShape;
  readonly dataflow: Dataflow;
  readonly dotSize: number;
  readonly buffers_bytes: Elements;
  readonly dram_bitsPerCycle: number;
  readonly options: FoldOptions;
}

/** One instance of a layer; counts of all its products unless said otherwise. */
export interface FoldedLayer {
  readonly product: Product;
  readonly products: number;
  readonly convention: CountingConvention;
  /** Of one product. */
  readonly folds: Folds;
  /** Of one product. */
  readonly sram: SramElements;
  /** Of one product. */
  readonly dram: DramElements;
  /** Times the weights of one product are fetched: once when the products share them and they stay in the buffer. */
  readonly weightCopies: number;
  readonly bits: Elements;
  /** Elements the half of each buffer holds. */
  readonly half: Elements;
  readonly distinctActivations: number;
  readonly stallFree_cycles: number;
  readonly dram_cycles: number;
  readonly dramStall_cycles: number;
}

/** Folds, traffic and cycles of a layer. */
export function foldedLayer(hardware: FoldHardware, layer: LayerTrace): FoldedLayer {
  const { array, dataflow, dotSize, options } = hardware;
  const product: Product = { m: layer.m, n: layer.n, k: layer.k, dotSize };
  const convention = conventions[options.convention];
  const folds = foldsOf(array, dataflow, product);
  const bits = { activation: operandBits(layer.activation), weight: operandBits(layer.weight), output: operandBits(layer.output) };
  const half = halfBuffers(hardware, bits, convention);
  const distinctActivations = distinctElements(layer);
  const dram = dramElements(folds, product, { half, distinctActivations, convention });
  const stays = layer.sharedOperand === 'weight' && product.n * product.k <= half.weight;
  const counted = {
    product,
    products: layer.gemms,
    convention,
    folds,
    sram: sramElements(folds, product, convention),
    dram,
    weightCopies: stays ? 1 : layer.gemms,
    bits,
    half,
    distinctActivations,
    stallFree_cycles: stallFreeCycles(folds) * layer.gemms,
  };
  const dram_cycles = dramCycles(hardware, counted);
  return { ...counted, dram_cycles, dramStall_cycles: Math.max(0, dram_cycles - counted.stallFree_cycles) };
}

function halfBuffers({ buffers_bytes, options }: FoldHardware, bits: Elements, convention: CountingConvention): Elements {
  const unlimited = options.bandwidth === 'unlimited';
  // An operand of no bits (an input that stays on the array) always fits.
  const half = (bytes: number, element_bits: number): number =>
    element_bits === 0 ? Infinity : convention.halfBuffer(Math.floor((bytes * 8) / element_bits), unlimited);
  return {
    activation: half(buffers_bytes.activation, bits.activation),
    weight: half(buffers_bytes.weight, bits.weight),
    output: half(buffers_bytes.output, bits.output),
  };
}

/** Different activation elements of one product: the input window of a convolution that was lowered to it, else m x k. */
function distinctElements({ m, k, conv }: Pick<LayerTrace, 'm' | 'k' | 'conv'>): number {
  if (conv === undefined) return m * k;
  const { outputHeight, outputWidth, kernelHeight, kernelWidth, strideHeight, strideWidth } = conv;
  const channels = k / (kernelHeight * kernelWidth);
  const images = m / (outputHeight * outputWidth);
  const covered = (outputs: number, kernel: number, stride: number): number => (outputs - 1) * Math.min(stride, kernel) + kernel;
  const distinct = images * channels * covered(outputHeight, kernelHeight, strideHeight) * covered(outputWidth, kernelWidth, strideWidth);
  return Number.isInteger(distinct) ? Math.min(m * k, distinct) : m * k;
}

/** Elements of each operand that cross the DRAM interface in all products. */
export function trafficOf({ dram, products, weightCopies }: Pick<FoldedLayer, 'dram' | 'products' | 'weightCopies'>): Elements {
  return {
    activation: dram.activationReads * products,
    weight: dram.weightReads * weightCopies,
    output: (dram.outputReads + dram.outputWrites) * products,
  };
}

function dramCycles(
  { options, dram_bitsPerCycle }: FoldHardware,
  layer: Pick<FoldedLayer, 'dram' | 'products' | 'weightCopies' | 'bits' | 'half'>,
): number {
  const traffic = trafficOf(layer);
  const ports = portRates(options);
  if (options.bandwidth === 'unlimited') return 0;
  if (ports === undefined) {
    const { bits } = layer;
    return Math.ceil(
      (traffic.activation * bits.activation + traffic.weight * bits.weight + traffic.output * bits.output) / dram_bitsPerCycle,
    );
  }
  const outside = outsideElements(layer.half);
  const port = (operand: keyof Elements): number => Math.ceil(Math.max(0, traffic[operand] - outside[operand]) / ports[operand]);
  return Math.max(port('activation'), port('weight'), port('output'));
}

/** Elements per cycle of the port of each operand; undefined: they share one interface. */
export function portRates(options: FoldOptions): Elements | undefined {
  const { activationPort_elementsPerCycle: activation, weightPort_elementsPerCycle: weight, outputPort_elementsPerCycle: output } = options;
  return activation === undefined || weight === undefined || output === undefined ? undefined : { activation, weight, output };
}

/** Elements a port of its own moves before the first cycle of a layer or after its last. */
export function outsideElements(half: Elements): Elements {
  return { activation: half.activation, weight: half.weight, output: 2 * half.output };
}
