/**
 * Joining of 4-bit PEs for wider operands, the rule of the 8/4 arrays in the comparison of ANT: rows and columns of such an array count
 * 4-bit PEs; an operand of 5 to 8 bits takes two of them along its side, so that 8 x 8 bits take four and 8 x 4 bits two.
 * Formula: lanes = 1 up to 4 bits, 1/2 up to 8, and half as many for every doubling; it is pf / 2 of pf(p) = floor(8 / max(p, 4)).
 * Source: ANT, MICRO 2022, and its released simulator, where both operands have one width; a rule per side is the same there.
 * Left out: fewer than 4 bits gain nothing; a mean of mixed widths is charged as the wider of the two.
 */
import type { PeFusion } from '../processing-element.js';

/** Array growth of 4-bit PEs at these code widths. */
export function fourBitFusion(weight_bits: number, activation_bits: number): PeFusion {
  return { weightLanes: lanes(weight_bits), activationLanes: lanes(activation_bits) };
}

function lanes(bits: number): number {
  let share = 1;
  for (let width = 4; width < bits; width *= 2) share /= 2;
  return share;
}
