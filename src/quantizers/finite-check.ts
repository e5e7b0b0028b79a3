/** Refusal of tensors a quantizer cannot mean anything for: NaN, infinities, magnitudes at the edge of float32. */
import { LowbitError } from '../lowbit-error.js';
import { bitPatterns, maxAbs } from '../numeric/extremes.js';
import type { Matrix } from '../numeric/matrix.js';

/** Above this a dequantized value (rounded up by at most a factor 2) could leave float32. */
export const LARGEST_MAGNITUDE = 2 ** 126;

/**
 * Throws LowbitError for the first NaN, infinity, or magnitude above 2^126 of a tensor, naming the element.
 * Source of the bound: every quantizer rounds up by less than a factor of 2, and float32 ends just below 2^128.
 */
export function checkFinite({ data, cols }: Matrix): void {
  // Bit patterns of infinities and NaN are above those of all finite magnitudes: one integer scan clears nearly every tensor.
  if (maxAbs(bitPatterns(data), 0, data.length) <= LARGEST_MAGNITUDE) return;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value <= LARGEST_MAGNITUDE && value >= -LARGEST_MAGNITUDE) continue;
    const place = `row ${Math.floor(i / cols)}, column ${i % cols}`;
    if (Number.isFinite(value))
      throw new LowbitError('weight is too large', {
        value,
        place,
        remedy: 'magnitudes up to 2^126 are accepted; divide the tensor by a power of two',
      });
    throw new LowbitError('weight is not a finite number', { value, place, remedy: 'replace it' });
  }
}
