/**
 * Area of an accelerator: its processing elements and its buffers.
 * Left out: accumulators, encoders, control, network and DRAM interface, for which no source gives a number.
 */
import { squareMicrometres, squareMicrometresToSquareMillimetres } from '../units/quantity.js';

export interface AreaParts {
  /** null: unknown. */
  readonly pe: number | null;
  readonly weightBuffer: number | null;
  readonly activationBuffer: number | null;
}

/** Area of the PEs in mm2 from that of one in um2. */
export function peArea_mm2(pes: number, pe_um2: number): number {
  return squareMicrometresToSquareMillimetres(squareMicrometres(pes * pe_um2));
}

/** The sum of the parts; null when one of them is unknown, for a part of an area is no area to divide by. */
export function totalArea_mm2(parts: AreaParts): number | null {
  const { pe, weightBuffer, activationBuffer } = parts;
  return pe === null || weightBuffer === null || activationBuffer === null ? null : pe + weightBuffer + activationBuffer;
}
