/**
 * AdaptivFloat: sign, e exponent bits, m mantissa bits, no subnormals, no infinities; the code of the smallest number is zero.
 * Formula: value = (-1)^s 2^E (1 + M / 2^m), and 0 for E = M = 0. The exponent bias belongs to the tensor: it is the power-of-two scale
 * outside, 2^bias with bias = floor(log2 max|w|) - (2^e - 1), so that the largest magnitude meets the largest exponent.
 * Source: AdaptivFloat (AdaFloat), DAC 2020. Nearest value; a value halfway goes up (no source read fixes ties); -0 is not written.
 * Left out: the choice of the bias, which is the quantizer's.
 */
import type { ElementFormat } from './element-format.js';
import { mirrored, nearestValueFormat } from './nearest-value.js';

/** AdaptivFloat of that many bits in all, e.g. `adaptivfloat8e3`: 3 exponent and 4 mantissa bits. Throws RangeError beyond 8 bits. */
export function adaptivFloat(bits: number, exponentBits: number): ElementFormat {
  const mantissaBits = bits - 1 - exponentBits;
  if (!(bits <= 8 && exponentBits >= 1 && exponentBits <= 4 && mantissaBits >= 0))
    throw new RangeError(`AdaptivFloat has 1 to 4 exponent bits and at most 8 bits, got ${exponentBits} of ${bits}`);
  const magnitudes = Array.from({ length: 2 ** (bits - 1) }, (_, code) =>
    code === 0 ? 0 : 2 ** (code >>> mantissaBits) * (1 + (code % 2 ** mantissaBits) / 2 ** mantissaBits),
  );
  const head = {
    name: `adaptivfloat${bits}e${exponentBits}`,
    bits,
    description: `AdaptivFloat, ${exponentBits} exponent and ${mantissaBits} mantissa bits, exponent bias per tensor`,
    source: 'AdaptivFloat, DAC 2020',
  };
  return nearestValueFormat(head, mirrored(magnitudes), 'up');
}
