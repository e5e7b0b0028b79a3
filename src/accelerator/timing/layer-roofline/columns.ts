/**
 * The counts of layer-roofline for many layers at once (formulas: layer-roofline.ts). What follows from the layers alone is worked out once; a
 * design point is one pass over it with plain numbers. A single layer is counted by the same pass (counts.ts).
 */
import { GRANULE_BITS, activationBusOperand_bits, type RooflineCharge } from './charge.js';
import { busBits } from '../../bus-width.js';
import type { RooflineHardware } from './hardware.js';

const ofLayers = [
  'm',
  'n',
  'k',
  'gemms',
  /** Cycles per PE step. */
  'terms',
  'weight_bytes',
  'input_bytes',
  'output_bytes',
  /** Granules of each operand, moved once. */
  'weightGranules',
  'inputGranules',
  'outputGranules',
  /** Bits of one element on the bus. */
  'weightBus_bits',
  'inputBus_bits',
  'input_bits',
] as const;

/** What follows from the layers and the PE, whatever the size of the machine. */
export interface RooflineLayers extends Readonly<Record<(typeof ofLayers)[number], Float64Array>> {
  readonly length: number;
}

const ofMachine = ['tiles', 'compute_cycles', 'dram_cycles', 'weightPasses', 'inputPasses', 'weightWrites', 'inputWrites'] as const;

/** What a pass writes: tile steps, cycles of the array and of the DRAM, reads of each operand from DRAM, granules written into buffers. */
export type RooflineColumns = Readonly<Record<(typeof ofMachine)[number], Float64Array>>;

/** Columns of a pass over this many layers. */
export function rooflineColumns(length: number): RooflineColumns {
  return Object.fromEntries(ofMachine.map((name) => [name, new Float64Array(length)])) as RooflineColumns;
}

/** Layers in columns. */
export function rooflineLayers(charges: readonly RooflineCharge[]): RooflineLayers {
  const columns = Object.fromEntries(ofLayers.map((name) => [name, new Float64Array(charges.length)])) as Omit<RooflineLayers, 'length'>;
  const granules = (elements: number, bits: number): number => Math.ceil((elements * bits) / GRANULE_BITS);
  charges.forEach((charge, i) => {
    const { m, n, k, gemms, inputWidth, weightCopies, weight_bits, input_bits, output_bits } = charge;
    const values: Record<(typeof ofLayers)[number], number> = {
      m,
      n,
      k,
      gemms,
      terms: charge.terms,
      weight_bytes: Math.ceil((k * weight_bits) / 8) * n * weightCopies,
      input_bytes: Math.ceil((inputWidth * input_bits) / 8) * m * gemms,
      output_bytes: Math.ceil((n * output_bits) / 8) * m * gemms,
      weightGranules: granules(k, charge.weightGranule_bits) * n * weightCopies,
      inputGranules: granules(inputWidth, input_bits) * m,
      outputGranules: granules(n, output_bits) * m,
      weightBus_bits: charge.weightBus_bits,
      inputBus_bits: activationBusOperand_bits(charge),
      input_bits,
    };
    for (const name of ofLayers) columns[name][i] = values[name];
  });
  return { ...columns, length: charges.length };
}

/** Numbers of the machine that the pass reads. */
export type RooflineSizes = Omit<RooflineHardware, 'pe'>;

/** Counts of every layer on a machine. */
export function countRoofline(hardware: RooflineSizes, layers: RooflineLayers, into: RooflineColumns): void {
  const { rows, columns, dotSize, weightBuffer_bytes, activationBuffer_bytes, dram_bitsPerCycle } = hardware;
  const { m, n, k, gemms, terms, weight_bytes, input_bytes, output_bytes } = layers;
  const { tiles, compute_cycles, dram_cycles, weightPasses, inputPasses, weightWrites, inputWrites } = into;
  for (let i = 0; i < layers.length; i++) {
    const steps = Math.ceil(k[i]! / dotSize) * Math.ceil(n[i]! / rows) * Math.ceil(m[i]! / columns) * gemms[i]!;
    const weight = weight_bytes[i]!;
    const input = input_bytes[i]!;
    let weightReads = 1;
    let inputReads = 1;
    if (weight > weightBuffer_bytes && input > activationBuffer_bytes) {
      const weightAgain = Math.ceil(input / activationBuffer_bytes);
      const inputAgain = Math.ceil(weight / weightBuffer_bytes);
      if (weightAgain * weight + input < inputAgain * input + weight) weightReads = weightAgain;
      else inputReads = inputAgain;
    }
    const dram_bits = (weight * weightReads + output_bytes[i]! + input * inputReads) * 8;
    tiles[i] = steps;
    compute_cycles[i] = steps * terms[i]!;
    dram_cycles[i] = Math.floor(dram_bits / dram_bitsPerCycle);
    weightPasses[i] = weightReads;
    inputPasses[i] = inputReads;
    weightWrites[i] = layers.weightGranules[i]! * weightReads;
    inputWrites[i] = (layers.inputGranules[i]! * inputReads + layers.outputGranules[i]!) * gemms[i]!;
  }
}

/** Widths of the buses a layer needs, in bits. */
export function rooflineBuses(hardware: RooflineHardware, layers: RooflineLayers, i: number): { weight: number; input: number } {
  return {
    weight: busBits(hardware, layers.weightBus_bits[i]!, hardware.rows),
    input: busBits(hardware, layers.inputBus_bits[i]!, hardware.columns),
  };
}
