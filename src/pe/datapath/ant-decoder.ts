/**
 * The ANT decoder: a code word of int, power-of-two, flint or float becomes an exponent and a small integer, value = integer * 2^exponent * unit.
 * Formula: int <0, code>; PoT <code - 1, 1>; flint: leading-zero detector (formats/flint.ts); float with m mantissa bits: field 0
 * <0, mantissa>, field f <f - 1, 2^m + mantissa>, unit 2^-m. A sign bit negates the integer.
 * Source: ANT, MICRO 2022, section V.
 */
import type { ElementFormat } from '../../formats/element-format.js';
import { flintMagnitude, type ExponentInteger } from '../../formats/flint.js';

/** Decoder set for one format. */
export interface AntOperand {
  /** More bits than one 4-bit PE takes. */
  readonly wide: boolean;
  /** Value of integer 1 at exponent 0. */
  readonly unit: number;
  /** Largest magnitude in units. */
  readonly largest: number;
  /** Throws RangeError for a code the format does not have. */
  decode(code: number): ExponentInteger;
}

/** The decoder of a format; null for formats that are no ANT type. */
export function antOperand(format: ElementFormat): AntOperand | null {
  const [, unsigned, type, bits = '', exponentBits = ''] = /^(u?)(int|flint|pot|antfloat)(\d+)(?:e(\d+))?$/.exec(format.name) ?? [];
  if (type === undefined) return null;
  const magnitudeBits = Number(bits) - (unsigned === 'u' ? 0 : 1);
  const mantissaBits = type === 'antfloat' ? magnitudeBits - Math.min(Number(exponentBits), magnitudeBits) : 0;
  const unit = 2 ** -mantissaBits;
  const largest = format.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / unit;
  return { wide: format.bits > 4, unit, largest, decode: decoder(format, { type, magnitudeBits, mantissaBits }) };
}

interface MagnitudeLayout {
  readonly type: string;
  readonly magnitudeBits: number;
  readonly mantissaBits: number;
}

function decoder(format: ElementFormat, layout: MagnitudeLayout): (code: number) => ExponentInteger {
  if (layout.type === 'int') return (code) => ({ exponent: 0, integer: format.decode(code) });
  const size = 2 ** layout.magnitudeBits;
  return (code) => {
    if (!(Number.isInteger(code) && code >= 0 && code < 2 ** format.bits)) throw new RangeError(`${format.name} has no code ${code}`);
    const { exponent, integer } = magnitude(code % size, layout);
    return { exponent, integer: code < size ? integer : -integer };
  };
}

function magnitude(code: number, { type, magnitudeBits, mantissaBits }: MagnitudeLayout): ExponentInteger {
  if (type === 'flint') return flintMagnitude(code, magnitudeBits);
  if (type === 'pot') return code === 0 ? { exponent: 0, integer: 0 } : { exponent: code - 1, integer: 1 };
  const field = code >>> mantissaBits;
  const mantissa = code % 2 ** mantissaBits;
  return field === 0 ? { exponent: 0, integer: mantissa } : { exponent: field - 1, integer: 2 ** mantissaBits + mantissa };
}
