/**
 * A layer of a trace as the loops of loop-order-search, and back to an activity.
 *   square convolution   b = images, o = output side, ic, oc channels of a group; groups run one after another
 *   other convolution    its output pixels join the batch loop (b = images x pixels, o = 1), which is what im2col makes of it anyway
 *   matrix product       b = rows of all products that share the weight, o = 1; products with weights of their own run one after another
 * One precision for both operands: the wider payload. Scales and selectors are not in the published model and not charged.
 */
import { cyclesOf, type LayerActivity } from '../../../trace/layer-activity.js';
import { layerMacs, type LayerTrace } from '../../../trace/layer-trace.js';
import { kernelArea, lanesPerSide, type LoopOrderLayer, type LoopOrderMachine, type LoopOrderMapping } from './machine.js';
import type { BufferPorts } from '../timing-model.js';

/** A layer as loops, and how many such run one after another. */
export interface LoopedLayer {
  readonly loops: LoopOrderLayer;
  readonly instances: number;
}

/** The loops of a layer. */
export function loopedLayer(layer: LayerTrace): LoopedLayer {
  const { conv, gemms } = layer;
  const p = Math.max(layer.activation.payload_bitsPerElement, layer.weight.payload_bitsPerElement);
  if (conv === undefined || !describes(layer, conv)) {
    const shared = layer.sharedOperand === 'weight';
    const point = { o: 1, kernelHeight: 1, kernelWidth: 1, strideHeight: 1, strideWidth: 1 };
    return { loops: { b: shared ? layer.m * gemms : layer.m, ...point, ic: layer.k, oc: layer.n, p }, instances: shared ? 1 : gemms };
  }
  const { kernelHeight, kernelWidth, strideHeight, strideWidth, outputHeight, outputWidth } = conv;
  const kernel = { kernelHeight, kernelWidth, strideHeight, strideWidth };
  const channels = { ic: layer.k / (kernelHeight * kernelWidth), oc: layer.n, p };
  const square = outputHeight === outputWidth;
  const rows = square ? { b: conv.batch, o: outputHeight } : { b: conv.batch * outputHeight * outputWidth, o: 1 };
  return { loops: { ...rows, ...kernel, ...channels }, instances: (gemms * layer.m) / (conv.batch * outputHeight * outputWidth) };
}

/** Whether a geometry is that of the product it stands beside, its images rows of one product or products of their own; a trace can hold others. */
function describes({ m, k, gemms }: LayerTrace, conv: NonNullable<LayerTrace['conv']>): boolean {
  const area = conv.kernelHeight * conv.kernelWidth;
  const pixels = conv.outputHeight * conv.outputWidth;
  const images = m === pixels * conv.batch || (m === pixels && gemms % conv.batch === 0);
  return images && k % area === 0;
}

/** Widths of the buffers: one operand per lane of the array's border. */
export function loopOrderPorts({ rows, columns, highest_bits, output_bits }: LoopOrderMachine): Required<BufferPorts> {
  return { weight: columns * highest_bits, activation: rows * highest_bits, output: columns * output_bits };
}

/** What a mapped layer does. */
export function mappedActivity(machine: LoopOrderMachine, layer: LayerTrace, mapping: LoopOrderMapping): LayerActivity {
  const { loops, instances } = loopedLayer(layer);
  const ports = loopOrderPorts(machine);
  const cycles = cyclesOf({
    compute: mapping.compute_cycles * instances,
    dramStall: mapping.overflow_cycles * instances,
    fill: mapping.fill_cycles * instances,
    drain: mapping.drain_cycles * instances,
  });
  const macs = layerMacs(layer);
  const buffer = (width_bits: number, read_bits: number, write_bits: number) => ({
    read_accesses: (read_bits * instances) / width_bits,
    write_accesses: (write_bits * instances) / width_bits,
    access_bits: width_bits,
    write_bits: width_bits,
  });
  return {
    cycles,
    macs,
    peSteps: peSteps(machine, loops, mapping) * instances,
    sram: {
      weight: buffer(ports.weight, mapping.weightRead_bits, mapping.weightWrite_bits),
      activation: buffer(ports.activation, mapping.activationRead_bits, mapping.activationWrite_bits),
      output: buffer(ports.output, mapping.outputRead_bits, mapping.outputWrite_bits),
    },
    dequant_operations: 0,
    dramRead_bytes: (mapping.dramRead_bits * instances) / 8,
    dramWrite_bytes: (mapping.dramWrite_bits * instances) / 8,
    // A kernel charged as a smaller square leaves more MACs than its cycles could do.
    utilization: Math.min(1, macs / (cycles.total * machine.rows * machine.columns * lanesPerSide(machine, loops.p) ** 2)),
  };
}

/** PE cycles of one instance: the whole array in every compute cycle, or as many as its MACs fill. */
export function peSteps(
  machine: LoopOrderMachine,
  layer: LoopOrderLayer,
  { compute_cycles }: Pick<LoopOrderMapping, 'compute_cycles'>,
): number {
  const whole = machine.rows * machine.columns * compute_cycles;
  if (machine.rules.dynamicEnergy === 'whole-array') return whole;
  const macs = layer.b * layer.o * layer.o * kernelArea(machine, layer) * layer.ic * layer.oc;
  return macs / lanesPerSide(machine, layer.p) ** 2;
}
