/**
 * systolic-folds: output-, weight- or input-stationary systolic array; a product is cut into folds that run one after another.
 * Source: SCALE-Sim (Samajdar et al., ISPASS 2020; v3, 2025). Convolutions are lowered to products.
 *   cycles = products * F * P + stalls     F folds of P cycles, see systolic-folds-counts.ts
 *   stalls = what the DRAM time exceeds that by, see systolic-folds-layer.ts and -traffic.ts
 * Habits of SCALE-Sim's reports are an option (systolic-folds-conventions.ts). Left out: overlap of folds, bank conflicts and data layout, sparsity,
 * DRAM pages and refresh, dequantization, layers without multiplications.
 */
import { formatNamed, formats } from '../../../formats/index.js';
import { LowbitError } from '../../../lowbit-error.js';
import { peNamed } from '../../../pe/index.js';
import type { ProcessingElement } from '../../../pe/processing-element.js';
import { cyclesOf, type LayerActivity } from '../../../trace/layer-activity.js';
import { layerMacs, type LayerTrace } from '../../../trace/layer-trace.js';
import type { AcceleratorConfig, ArrayShape, Dataflow } from '../../accelerator-config.js';
import { foldedLayer, foldOptionsSchema, type FoldHardware } from './layer.js';
import { foldTerms } from './terms.js';
import type { BufferPorts, TimingModel } from '../timing-model.js';

/** Activity of a layer on the array. */
function foldActivity(hardware: FoldHardware, layer: LayerTrace): LayerActivity {
  const folded = foldedLayer(hardware, layer);
  const { products, folds, sram, dram, bits, weightCopies, convention } = folded;
  const { rows, columns } = hardware.array;
  const cycles = cyclesOf({
    compute: (folds.compute_cycles - convention.unreportedCycles) * products,
    fill: folds.fill_cycles * products,
    drain: folds.drain_cycles * products,
    dramStall: folded.dramStall_cycles,
  });
  const macs = layerMacs(layer);
  const buffer = (element_bits: number, read_accesses: number, write_accesses: number) => ({
    read_accesses,
    write_accesses,
    access_bits: element_bits,
    write_bits: element_bits,
  });
  const outputs = (elements: number): number => elements * products;
  return {
    cycles,
    macs,
    peSteps: rows * columns * folds.compute_cycles * products,
    sram: {
      weight: buffer(bits.weight, sram.weightReads * products, dram.weightReads * weightCopies),
      activation: buffer(bits.activation, sram.activationReads * products, dram.activationReads * products),
      output: buffer(bits.output, outputs(sram.outputReads + dram.outputWrites), outputs(sram.outputWrites + dram.outputReads)),
    },
    dequant_operations: 0,
    dramRead_bytes: Math.ceil(
      (dram.weightReads * weightCopies * bits.weight +
        dram.activationReads * products * bits.activation +
        outputs(dram.outputReads) * bits.output) /
        8,
    ),
    dramWrite_bytes: Math.ceil((outputs(dram.outputWrites) * bits.output) / 8),
    // One cycle less than there were can give more than the array could do.
    utilization: Math.min(1, macs / (cycles.total * rows * columns * hardware.dotSize)),
  };
}

function foldHardware(hardware: AcceleratorConfig, array: ArrayShape): FoldHardware {
  const { dataflow, buffers, name } = hardware;
  if (dataflow === undefined) throw new LowbitError('systolic-folds needs a dataflow', { place: name, allowed: ['os', 'ws', 'is'] });
  if (buffers.output === undefined)
    throw new LowbitError('systolic-folds needs an output buffer', { place: name, remedy: 'add buffers.output' });
  return {
    array,
    dataflow,
    dotSize: hardware.pe.dotSize,
    buffers_bytes: {
      activation: buffers.activation.size_KiB * 1024,
      weight: buffers.weight.size_KiB * 1024,
      output: buffers.output.size_KiB * 1024,
    },
    dram_bitsPerCycle: hardware.dram.bandwidth_bitsPerCycle,
    options: foldOptionsSchema.parse(hardware.timingOptions),
  };
}

/** Every operand enters or leaves at a border of the array, one element per lane and cycle. */
function bufferPorts({ rows, columns }: ArrayShape, dataflow: Dataflow, dotSize: number, pe: ProcessingElement): BufferPorts {
  const [weightLanes, activationLanes] = dataflow === 'is' ? [rows, columns] : [columns, rows];
  return {
    weight: weightLanes * dotSize * pe.widestWeight_bits,
    activation: activationLanes * dotSize * pe.widestActivation_bits,
    output: columns * pe.widestActivation_bits,
  };
}

/** A fold passes one element per lane and cycle: a PE that takes longer, splits, or cannot take the operands does not keep that beat. */
function requireOneStep(pe: ProcessingElement, { name, weight, activation }: LayerTrace): void {
  const [weight_bits, activation_bits] = [weight.payload_bitsPerElement, activation.payload_bitsPerElement];
  const refusal = refusalOf(pe, weight_bits, activation_bits) ?? formatRefusal(pe, weight.format, activation.format);
  if (refusal === null) return;
  throw new LowbitError(`systolic-folds needs a PE of one multiplication per cycle; ${pe.name} ${refusal}`, {
    value: `${weight.format} weights, ${activation.format} activations`,
    place: name,
    remedy: 'choose a bit-parallel PE that takes them, other formats, or another timing model',
  });
}

function refusalOf(pe: ProcessingElement, weight_bits: number, activation_bits: number): string | null {
  const terms = pe.terms(weight_bits);
  const fusion = pe.fusion?.(weight_bits, activation_bits);
  if (terms !== 1) return `takes ${terms} cycles for these weights`;
  if (pe.skipsZeroTerms === true) return 'takes its time from the values';
  if (fusion !== undefined && (fusion.weightLanes !== 1 || fusion.activationLanes !== 1)) return 'splits or joins at these widths';
  if (weight_bits > pe.widestWeight_bits) return `takes weights of at most ${pe.widestWeight_bits} bits`;
  return activation_bits > pe.widestActivation_bits ? `takes activations of at most ${pe.widestActivation_bits} bits` : null;
}

/** What the PE says of two element formats; an operand with scales or of another name is judged by its width alone. */
function formatRefusal(pe: ProcessingElement, weight: string, activation: string): string | null {
  if (!Object.hasOwn(formats, weight) || !Object.hasOwn(formats, activation)) return null;
  const reason = pe.refuses(formatNamed(weight), formatNamed(activation));
  return reason === null ? null : `cannot multiply them: ${reason}`;
}

export const systolicFolds: TimingModel = {
  name: 'systolic-folds',
  modelVersion: 1,
  description: 'os, ws or is systolic array: folds of fill, compute and drain one after another, in closed form',
  source: 'SCALE-Sim (ISPASS 2020) and SCALE-Sim v3',
  charges: ['gemm', 'attention-qk', 'attention-pv'],
  excludedEnergy: [{ part: 'dequant', reason: 'systolic-folds multiplies the codes as they are and has no dequantization' }],
  needs: ['dataflow', 'buffers.output'],
  reads: ['dataflow', 'buffers.output'],
  options: foldOptionsSchema,
  machine: (hardware, array) => {
    const folded = foldHardware(hardware, array);
    const pe = peNamed(hardware.pe.model, `${hardware.name}: pe.model`);
    return {
      ports: bufferPorts(array, folded.dataflow, folded.dotSize, pe),
      activity: (layer) => {
        requireOneStep(pe, layer);
        return foldActivity(folded, layer);
      },
      explain: (layer) => {
        requireOneStep(pe, layer);
        return foldTerms(folded, layer);
      },
    };
  },
};
