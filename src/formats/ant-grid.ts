/**
 * ANT's value grids: every code word's value, sorted, scaled so that the largest is 10 in float32.
 * Formula: fl(v * fl(fl(1/max) * 10)): the reciprocal is rounded before the product, which shows in the last bit.
 * Signed sign-magnitude grids hold zero twice (the unused -0 code); int is two's complement, so 4-bit int runs from -8 to 7.
 * Source: ANT, MICRO 2022, and its released grids. Above 6 bits every type is int, as released.
 */
import { antFloat } from './ant-float.js';
import type { ElementFormat } from './element-format.js';
import { flint } from './flint.js';
import { signedInteger, unsignedInteger } from './integer.js';
import { powerOfTwo } from './power-of-two.js';

/** ANT's primitive types in the order in which the type search tries them. */
export const antTypes = ['int', 'flint', 'pot', 'float'] as const;
export type AntType = (typeof antTypes)[number];

/** Widest code for which ANT has anything but int. */
export const ANT_TYPED_bits = 6;

/** Value that the largest entry of a normalised grid has. */
const ANT_GRID_MAX = 10;

/** Element format of an ANT type; above 6 bits int whatever was asked. */
export function antFormat(type: AntType, bits: number, signed: boolean): ElementFormat {
  if (type === 'int' || bits > ANT_TYPED_bits) return signed ? signedInteger(bits) : unsignedInteger(bits);
  if (type === 'float') return antFloat(bits, 3, signed);
  return type === 'flint' ? flint(bits, signed) : powerOfTwo(bits, signed);
}

/** Normalised value of every code word of the format (index = code word), float32, largest 10. */
export function antNormalisedValues(format: ElementFormat): Float32Array {
  const factor = Math.fround(Math.fround(1 / Math.max(...format.values)) * ANT_GRID_MAX);
  return Float32Array.from(format.values, (value) => Math.fround(value * factor));
}
