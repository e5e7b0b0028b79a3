/**
 * What layer-roofline counts of one layer in plain numbers: tiles, bytes, passes, cycles, buffer accesses (formulas: layer-roofline.ts).
 * Kept apart from the LayerTrace so that a reproduction can be charged with the numbers a paper used.
 */
import { operandBits, type LayerTrace } from '../../../trace/layer-trace.js';
import { busBits } from '../../bus-width.js';
import type { RooflineHardware } from './hardware.js';

/** Bits of one write into a buffer: what DRAM delivers is written in granules of this size. */
export const GRANULE_BITS = 64;

/** One layer in plain numbers. A reproduction can give other numbers than a LayerTrace would. */
export interface RooflineCharge {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly gemms: number;
  /** Elements of one input row that are fetched; the reduction k, unless a published convention says otherwise. */
  readonly inputWidth: number;
  /** Times the n x k weight operand exists: once when shared, else once per GEMM. */
  readonly weightCopies: number;
  /** Cycles per PE step. */
  readonly terms: number;
  /** Bits per element in DRAM. */
  readonly weight_bits: number;
  /** Bits per weight element that are written into the buffer. */
  readonly weightGranule_bits: number;
  /** Bits per weight element the bus is built for. */
  readonly weightBus_bits: number;
  readonly input_bits: number;
  readonly output_bits: number;
}

/** What a layer does, before it is summed into cycles by cause. */
export interface RooflineCounts {
  readonly tiles: number;
  readonly compute_cycles: number;
  readonly weight_bytes: number;
  readonly input_bytes: number;
  readonly output_bytes: number;
  readonly weightPasses: number;
  readonly inputPasses: number;
  readonly dram_cycles: number;
  readonly weightGranules: number;
  readonly inputGranules: number;
  readonly weightBus_bits: number;
  readonly inputBus_bits: number;
  /** Reads of the activation buffer: one per tile, none for an input that stays on the array (0 bits). */
  readonly inputReads: number;
}

/** The numbers of a layer of a trace: bits as they are, metadata included; the KV operand of attention once per GEMM. */
export function rooflineCharge(hardware: Pick<RooflineHardware, 'pe'>, layer: LayerTrace): RooflineCharge {
  const weight_bits = operandBits(layer.weight);
  return {
    m: layer.m,
    n: layer.n,
    k: layer.k,
    gemms: layer.gemms,
    inputWidth: layer.k,
    weightCopies: layer.sharedOperand === 'weight' ? 1 : layer.gemms,
    // A PE steps through code words; scales and selectors travel with them but are no terms.
    terms: hardware.pe.terms(layer.weight.payload_bitsPerElement),
    weight_bits,
    weightGranule_bits: weight_bits,
    weightBus_bits: weight_bits,
    input_bits: operandBits(layer.activation),
    output_bits: operandBits(layer.output),
  };
}

/** Tiles, bytes, passes, cycles and buffer accesses of one layer. */
export function rooflineCounts(hardware: RooflineHardware, charge: RooflineCharge): RooflineCounts {
  const { rows, columns, dotSize } = hardware;
  const { m, n, k, gemms, inputWidth, weightCopies } = charge;
  const tiles = Math.ceil(k / dotSize) * Math.ceil(n / rows) * Math.ceil(m / columns) * gemms;
  const weight_bytes = Math.ceil((k * charge.weight_bits) / 8) * n * weightCopies;
  const input_bytes = Math.ceil((inputWidth * charge.input_bits) / 8) * m * gemms;
  const output_bytes = Math.ceil((n * charge.output_bits) / 8) * m * gemms;
  const { weightPasses, inputPasses } = passes(hardware, weight_bytes, input_bytes);
  const dram_bits = (weight_bytes * weightPasses + output_bytes + input_bytes * inputPasses) * 8;
  const granules = (elements: number, bits: number): number => Math.ceil((elements * bits) / GRANULE_BITS);
  return {
    tiles,
    compute_cycles: tiles * charge.terms,
    weight_bytes,
    input_bytes,
    output_bytes,
    weightPasses,
    inputPasses,
    dram_cycles: Math.floor(dram_bits / hardware.dram_bitsPerCycle),
    weightGranules: granules(k, charge.weightGranule_bits) * n * weightCopies * weightPasses,
    inputGranules: (granules(inputWidth, charge.input_bits) * m * inputPasses + granules(n, charge.output_bits) * m) * gemms,
    weightBus_bits: busBits(hardware, charge.weightBus_bits, rows),
    inputBus_bits: busBits(hardware, activationBusOperand_bits(charge), columns),
    inputReads: charge.input_bits === 0 ? 0 : tiles,
  };
}

/** Bits of the elements on the activation bus: inputs, or the outputs when the input stays on the array and only they pass. */
export function activationBusOperand_bits({ input_bits, output_bits }: Pick<RooflineCharge, 'input_bits' | 'output_bits'>): number {
  return input_bits === 0 ? output_bits : input_bits;
}

function passes(hardware: RooflineHardware, weight_bytes: number, input_bytes: number): { weightPasses: number; inputPasses: number } {
  const { weightBuffer_bytes, activationBuffer_bytes } = hardware;
  if (weight_bytes <= weightBuffer_bytes || input_bytes <= activationBuffer_bytes) return { weightPasses: 1, inputPasses: 1 };
  const weightAgain = Math.ceil(input_bytes / activationBuffer_bytes);
  const inputAgain = Math.ceil(weight_bytes / weightBuffer_bytes);
  return weightAgain * weight_bytes + input_bytes < inputAgain * input_bytes + weight_bytes
    ? { weightPasses: weightAgain, inputPasses: 1 }
    : { weightPasses: 1, inputPasses: inputAgain };
}
