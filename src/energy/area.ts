/**
 * Area of an accelerator: its processing elements, decoders and buffers.
 * Left out: accumulators, encoders, control, network and DRAM interface, for which no source gives a number.
 */
import { squareMicrometres, squareMicrometresToSquareMillimetres } from '../units/quantity.js';

/** mm2 by part; null: unknown. */
export type AreaParts = Readonly<Record<string, number | null>>;

/** Area of units in mm2 from that of one in um2. */
export function unitArea_mm2(units: number, one_um2: number): number {
  return squareMicrometresToSquareMillimetres(squareMicrometres(units * one_um2));
}

/** The sum of the parts; null when one of them is unknown, for a part of an area is no area to divide by. */
export function totalArea_mm2(parts: AreaParts): number | null {
  return Object.values(parts).reduce<number | null>((sum, part) => (sum === null || part === null ? null : sum + part), 0);
}
