/**
 * The 32-bit accumulator of the integer PEs: exact or refused, it never wraps.
 * Formula: -2^31 <= sum <= 2^31 - 1; so vectors of up to floor((2^31 - 1) / largest |product|) elements always fit.
 * Left out: saturation and wrap-around, which sources leave open.
 */
import type { ElementFormat } from '../../formats/element-format.js';
import { LowbitError } from '../../lowbit-error.js';

const HIGHEST = 2 ** 31 - 1;

/** The sum after one more addend, both integers. Throws LowbitError when it leaves the accumulator. */
export function accumulateInt32(sum: number, addend: number): number {
  const next = sum + addend;
  if (next > HIGHEST || next < -HIGHEST - 1)
    throw new LowbitError('sum beyond the 32-bit accumulator', {
      value: next,
      allowed: [`${-HIGHEST - 1} to ${HIGHEST}`],
      remedy: 'split the vectors along k and add the parts outside',
    });
  return next;
}

/** Why no product of these formats is safe: a single one of `largest` integer units can leave the accumulator; null: it cannot. */
export function productBeyondInt32(weight: ElementFormat, activation: ElementFormat, largest: number): string | null {
  return largest <= HIGHEST
    ? null
    : `one product of ${weight.name} and ${activation.name} can be ${largest}, beyond the 32-bit accumulator`;
}
