/**
 * ANT's small float: B magnitude bits split into E exponent and m = B - E mantissa bits, all exponent fields finite.
 * Formula: field 0: j * 2^-m (subnormal); field i >= 1: 2^(i-1) * (1 + j/2^m). E is cut to B when there are fewer bits.
 * Source: ANT, MICRO 2022, section III, as its released grids define it: E3 is the default, E1, E2 and E4 are the variants.
 * Differs from an OCP minifloat in the bias only. Rounding: nearest, halfway toward +infinity; -0 reads 0 and is not written.
 */
import type { ElementFormat } from './element-format.js';
import { mirrored, nearestValueFormat } from './nearest-value.js';

/** ANT float of 2 to 8 bits in all: `antfloat4e3`, unsigned `uantfloat4e3`. Throws RangeError for other widths or exponents. */
export function antFloat(bits: number, exponentBits = 3, signed = true): ElementFormat {
  if (!Number.isInteger(bits) || bits < 2 || bits > 8) throw new RangeError(`ANT float formats have 2 to 8 bits, got ${bits}`);
  if (!Number.isInteger(exponentBits) || exponentBits < 1 || exponentBits > 4)
    throw new RangeError(`ANT floats have 1 to 4 exponent bits, got ${exponentBits}`);
  const magnitudeBits = signed ? bits - 1 : bits;
  const mantissaBits = magnitudeBits - Math.min(exponentBits, magnitudeBits);
  const steps = 2 ** mantissaBits;
  const magnitudes = Array.from({ length: 2 ** magnitudeBits }, (_, code) => {
    const field = code >>> mantissaBits;
    const fraction = (code % steps) / steps;
    return field === 0 ? fraction : 2 ** (field - 1) * (1 + fraction);
  });
  const head = {
    name: `${signed ? '' : 'u'}antfloat${bits}e${exponentBits}`,
    bits,
    description: `ANT float, ${magnitudeBits - mantissaBits} exponent and ${mantissaBits} mantissa bits, ${signed ? 'sign-magnitude' : 'unsigned'}, largest ${magnitudes.at(-1) ?? 0}`,
    source: 'ANT, MICRO 2022, section III',
  };
  return nearestValueFormat(head, signed ? mirrored(magnitudes) : Float64Array.from(magnitudes), 'up');
}
