/**
 * K-hot fixed point with K = 2: a weight is the sum of two signed powers of two, stored as two fields of sign and 3-bit shift.
 * Formula: value = (-1)^s1 2^h1 + (-1)^s2 2^h2, code = s1 h1 s2 h2. Zero is 1 - 1, one power is twice the half of it, and 1 is 2 - 1.
 * Source: QFX for the constraint; the packing into two nibbles is ours. The position of the binary point is a power-of-two scale outside.
 * Nearest value; a value halfway goes up. Left out: other K, and the learned position of the point.
 */
import type { ElementFormat } from './element-format.js';
import { nearestValueFormat } from './nearest-value.js';

function signedPower(field: number): number {
  return (field >= 8 ? -1 : 1) * 2 ** (field % 8);
}

/** Sums of two signed powers of two, 2^0 to 2^7 each, in 8 bits. */
export const twoHot: ElementFormat = nearestValueFormat(
  {
    name: 'twohot8',
    bits: 8,
    description: 'sum of two signed powers of two, 1 to 128 each',
    source: 'QFX: weights of at most K signed powers of two, K = 2',
  },
  Float64Array.from({ length: 256 }, (_, code) => signedPower(code >>> 4) + signedPower(code % 16)),
  'up',
);
