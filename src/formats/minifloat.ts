/**
 * Small floating-point element formats: sign, e exponent bits, m mantissa bits, 8 bits at most.
 * Value = (-1)^s 2^(E-bias) (1 + M/2^m); E = 0: (-1)^s 2^(1-bias) M/2^m. bias = 2^(e-1) - 1 (0 for e = 1).
 * Conversion rounds half to even on the code and saturates; -0 keeps its code. Source: OCP OFP8 1.0 and OCP MX 1.0.
 * Specials: `none`; `fn` (all ones is NaN, no infinity: E4M3); `ieee` (largest exponent is infinity and NaN: E5M2).
 * Left out: stochastic rounding, overflow to infinity (a finite value always saturates), more than one NaN on encoding.
 */
import { exp2Int, floorLog2, roundHalfEven } from '../numeric/rounding.js';
import { valueOfCode, type ElementFormat } from './element-format.js';

export interface MinifloatOptions {
  readonly bias?: number;
  readonly specials?: 'none' | 'fn' | 'ieee';
  readonly source?: string;
}

interface Layout {
  readonly mantissaBits: number;
  readonly bias: number;
  readonly specials: 'none' | 'fn' | 'ieee';
  /** Code words without the sign. */
  readonly magnitudes: number;
  /** Largest magnitude code that is a finite number. */
  readonly maxCode: number;
}

/** The format named e{exponentBits}m{mantissaBits}. Throws RangeError without an exponent bit or beyond 8 bits. */
export function minifloat(exponentBits: number, mantissaBits: number, options: MinifloatOptions = {}): ElementFormat {
  const bits = 1 + exponentBits + mantissaBits;
  if (!(Number.isInteger(bits) && exponentBits >= 1 && mantissaBits >= 0 && bits <= 8)) {
    throw new RangeError(`a minifloat has at least one exponent bit and at most 8 bits, got e${exponentBits}m${mantissaBits}`);
  }
  const name = `e${exponentBits}m${mantissaBits}`;
  const specials = options.specials ?? 'none';
  const magnitudes = 2 ** (bits - 1);
  const reserved = { none: 0, fn: 1, ieee: 2 ** mantissaBits }[specials];
  const bias = options.bias ?? Math.max(0, 2 ** (exponentBits - 1) - 1);
  const layout: Layout = { mantissaBits, bias, specials, magnitudes, maxCode: magnitudes - 1 - reserved };
  const values = Float64Array.from({ length: 2 * magnitudes }, (_, code) => {
    const magnitude = magnitudeOf(code % magnitudes, layout);
    return code < magnitudes ? magnitude : -magnitude;
  });
  return {
    name,
    bits,
    description: `floating point, ${exponentBits} exponent and ${mantissaBits} mantissa bits, largest ${values[layout.maxCode]}${suffix(specials)}`,
    source: options.source ?? 'OCP Microscaling Formats 1.0 conventions (bias, subnormals, saturation)',
    values,
    decode: (code) => valueOfCode(values, code, name),
    encode: (value) => encode(value, layout, name),
  };
}

function suffix(specials: Layout['specials']): string {
  return { none: '', fn: ', NaN but no infinity', ieee: ', infinities and NaN' }[specials];
}

function magnitudeOf(code: number, { mantissaBits, bias, specials, maxCode }: Layout): number {
  if (code > maxCode) return specials === 'ieee' && code === maxCode + 1 ? Infinity : NaN;
  const exponent = code >>> mantissaBits;
  const mantissa = code & (2 ** mantissaBits - 1);
  if (exponent === 0) return mantissa * exp2Int(1 - bias - mantissaBits);
  return (2 ** mantissaBits + mantissa) * exp2Int(exponent - bias - mantissaBits);
}

function encode(value: number, layout: Layout, name: string): number {
  const { mantissaBits, bias, specials, magnitudes, maxCode } = layout;
  if (Number.isNaN(value)) {
    if (specials === 'none') throw new RangeError(`${name} has no code for NaN`);
    return magnitudes - 1;
  }
  const sign = value < 0 || Object.is(value, -0) ? magnitudes : 0;
  const magnitude = Math.abs(value);
  if (magnitude === 0) return sign;
  if (magnitude === Infinity) return sign | (specials === 'ieee' ? maxCode + 1 : maxCode);
  const exponent = Math.max(floorLog2(magnitude), 1 - bias);
  // The hidden one of a normal number adds 2^m to q, which is exactly one step of the exponent field: no case split.
  const steps = magnitude / exp2Int(exponent - mantissaBits);
  const first = (exponent + bias - 1) * 2 ** mantissaBits;
  // Ties go to the even code. Only without mantissa bits can `first` be odd: then 1.5 steps stay at the lower one.
  const q = first % 2 === 1 && steps === 1.5 ? 1 : roundHalfEven(steps);
  return sign | Math.min(maxCode, first + q);
}
