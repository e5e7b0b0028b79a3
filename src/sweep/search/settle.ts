/**
 * Settling: where a condition keeps a dimension out, only its position 0 exists. Conditions look at earlier dimensions only, so whether position
 * p > 0 of dimension d exists shows in the point that has the same digits up to d and zeros after it.
 */
import type { Space } from '../plan/space.js';

/** A function that puts the digits that conditions keep out at 0, in place. */
export function settler(space: Pick<Space, 'sizes' | 'rawSize' | 'size' | 'exists'>): (digits: Int32Array) => void {
  if (space.size === space.rawSize) return () => undefined;
  const prefix = new Int32Array(space.sizes.length);
  return (digits) => {
    if (space.exists(digits)) return;
    prefix.fill(0);
    for (let d = 0; d < digits.length; d++) {
      if (digits[d] === 0) continue;
      prefix[d] = digits[d]!;
      if (space.exists(prefix)) continue;
      prefix[d] = 0;
      digits[d] = 0;
    }
  };
}
