/** The element formats of a BitMoD tensor: one per special value at 3 and 4 bits, a symmetric integer at 6 and 8. Source: BitMoD, HPCA 2025. */
import type { ElementFormat } from '../formats/element-format.js';
import { signedInteger } from '../formats/integer.js';
import { specialValueFormats } from '../formats/special-value.js';

/** Element formats of a width, by selector where there is one. */
export function bitmodFormats(bits: number): readonly ElementFormat[] {
  return isFloat(bits) ? specialValueFormats(bits) : [signedInteger(bits)];
}

/** Whether these bits are a floating-point type with special values. */
export function isFloat(bits: number): bits is 3 | 4 {
  return bits === 3 || bits === 4;
}
