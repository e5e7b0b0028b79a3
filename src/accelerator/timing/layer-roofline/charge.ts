/**
 * One layer as layer-roofline charges it, in plain numbers. Kept apart from the LayerTrace so that a reproduction can be charged with the numbers a
 * paper used.
 */
import { operandBits, type LayerTrace } from '../../../trace/layer-trace.js';
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

/** The numbers of a layer of a trace: bits as they are, metadata included; the KV operand of attention once per GEMM. */
export function rooflineCharge({ pe }: Pick<RooflineHardware, 'pe'>, layer: LayerTrace): RooflineCharge {
  const weight_bits = operandBits(layer.weight);
  return {
    m: layer.m,
    n: layer.n,
    k: layer.k,
    gemms: layer.gemms,
    inputWidth: layer.k,
    weightCopies: layer.sharedOperand === 'weight' ? 1 : layer.gemms,
    // A PE steps through code words; scales and selectors travel with them but are no terms.
    terms: pe.terms(layer.weight.payload_bitsPerElement),
    weight_bits,
    weightGranule_bits: weight_bits,
    weightBus_bits: weight_bits,
    input_bits: operandBits(layer.activation),
    output_bits: operandBits(layer.output),
  };
}

/** Bits of the elements on the activation bus: inputs, or the outputs when the input stays on the array and only they pass. */
export function activationBusOperand_bits({ input_bits, output_bits }: Pick<RooflineCharge, 'input_bits' | 'output_bits'>): number {
  return input_bits === 0 ? output_bits : input_bits;
}
