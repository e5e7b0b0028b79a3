/**
 * Exact rounding: to integers and to narrower binary floating point, round half to even throughout.
 * Formula: adding and subtracting 1.5 * 2^52 * step leaves the nearest multiple of `step`, because a float64 sum keeps 53 bits
 * and rounds half to even. No transcendental function: the results are the same on every machine.
 */

/**
 * Adding and then subtracting this float64 rounds |x| < 2^51 to the nearest integer, half to even.
 * Hot loops write `(x + ROUND_TO_INTEGER) - ROUND_TO_INTEGER` themselves to stay free of calls.
 */
export const ROUND_TO_INTEGER = 1.5 * 2 ** 52;

const INTEGERS_FROM = 2 ** 51;
const view = new DataView(new ArrayBuffer(8));

/** Nearest integer, half to even. Exact for every finite float64; -0 and small negatives give 0 with the sign dropped. */
export function roundHalfEven(x: number): number {
  if (x < INTEGERS_FROM && x > -INTEGERS_FROM) return x + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
  if (Math.abs(x) >= 2 ** 52) return x;
  const floor = Math.floor(x);
  const fraction = x - floor;
  if (fraction === 0.5) return floor % 2 === 0 ? floor : floor + 1;
  return fraction < 0.5 ? floor : floor + 1;
}

/** Exponent e with 2^e <= |x| < 2^(e+1), read from the exponent bits. Throws RangeError for 0, infinities and NaN. */
export function floorLog2(x: number): number {
  view.setFloat64(0, x);
  const field = (view.getUint32(0) >>> 20) & 0x7ff;
  if (field === 0x7ff || x === 0) throw new RangeError(`floorLog2 of ${x}`);
  if (field > 0) return field - 1023;
  view.setFloat64(0, x * 2 ** 54);
  return ((view.getUint32(0) >>> 20) & 0x7ff) - 1023 - 54;
}

/** 2^exponent, exact for integers in [-1074, 1023]. Throws RangeError outside. */
export function exp2Int(exponent: number): number {
  if (!Number.isInteger(exponent) || exponent < -1074 || exponent > 1023) throw new RangeError(`exp2Int of ${exponent}`);
  if (exponent < -1022) return exp2Int(exponent + 60) * 2 ** -60;
  view.setUint32(0, (exponent + 1023) << 20);
  view.setUint32(4, 0);
  return view.getFloat64(0);
}

/**
 * Nearest number with `mantissaBits` stored mantissa bits and no normal exponent below `minExponent` (gradual underflow below it),
 * half to even; the upper end of the range is not applied. Exact for mantissaBits <= 40 and minExponent >= -900.
 */
export function roundToMantissa(x: number, mantissaBits: number, minExponent: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const exponent = Math.max(floorLog2(x), minExponent);
  const anchor = 1.5 * exp2Int(exponent - mantissaBits + 52);
  const rounded = x + anchor - anchor;
  return rounded === 0 && x < 0 ? -0 : rounded;
}

/** Nearest IEEE half-precision value (half to even); magnitudes from 65520 up give an infinity. */
export function roundToFloat16(x: number): number {
  const rounded = roundToMantissa(x, 10, -14);
  if (rounded > 65504) return Infinity;
  return rounded < -65504 ? -Infinity : rounded;
}

/** Nearest bfloat16 value (half to even); magnitudes that round past its largest value give an infinity. */
export function roundToBfloat16(x: number): number {
  return Math.fround(roundToMantissa(x, 7, -126));
}
