/**
 * Width of the bus between a buffer and the array: what one step of all lanes takes.
 *   bus bits = dotSize * whole nibbles of the operand * lanes, half of it for a bit-serial PE
 * Source: BitMoD, HPCA 2025, section V, as its published buffer energies imply. Left out: wires and arbitration.
 */
import type { ProcessingElement } from '../pe/processing-element.js';

/** What the width depends on besides operand and lanes. */
interface BusUser {
  /** Weights multiplied per PE step. */
  readonly dotSize: number;
  readonly pe: Pick<ProcessingElement, 'bitSerial'>;
}

/** Bits one step takes from a buffer for this many lanes (rows or columns of the array). */
export function busBits({ dotSize, pe }: BusUser, operand_bits: number, lanes: number): number {
  return (dotSize * Math.ceil(operand_bits / 4) * 4 * lanes) / (pe.bitSerial ? 2 : 1);
}
