/**
 * Bit patterns of the two 16-bit floating-point types: IEEE 754 half precision (1-5-10) and bfloat16 (1-8-7).
 * A pattern is an integer in [0, 65535]; rounding is half to even, overflow gives the infinity, NaN one quiet pattern.
 */
import { floorLog2, roundToBfloat16, roundToFloat16 } from './rounding.js';

const single = new DataView(new ArrayBuffer(4));

/** Half-precision bit pattern of the nearest value. */
export function float16Bits(x: number): number {
  if (Number.isNaN(x)) return 0x7e00;
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(roundToFloat16(x));
  if (magnitude === Infinity) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | (magnitude * 2 ** 24);
  const exponent = floorLog2(magnitude);
  return sign | (((exponent + 14) << 10) + magnitude * 2 ** (10 - exponent));
}

/** Value of a half-precision bit pattern. */
export function float16FromBits(bits: number): number {
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  let magnitude;
  if (exponent === 31) magnitude = mantissa === 0 ? Infinity : NaN;
  else magnitude = exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25);
  return (bits & 0x8000) === 0 ? magnitude : -magnitude;
}

/** bfloat16 bit pattern of the nearest value. */
export function bfloat16Bits(x: number): number {
  if (Number.isNaN(x)) return 0x7fc0;
  single.setFloat32(0, roundToBfloat16(x));
  return single.getUint16(0);
}

/** Value of a bfloat16 bit pattern. */
export function bfloat16FromBits(bits: number): number {
  single.setUint32(0, bits << 16);
  return single.getFloat32(0);
}
