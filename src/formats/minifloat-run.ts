/**
 * Many values to minifloat codes at once, without a branch per value: what one `encode` does, with the steps of its exponent in tables.
 * Formula: y = |w| / s with exponent E, E' = max(E, 1 - bias): code = (E' + bias - 1) 2^m + rne(y 2^(m - E')), ties to the even code, at most
 * the largest finite code; the sign bit is copied, also of -0. A property test holds it against `encode`. Benchmark: about ten times `encode`.
 */
import { bitPatterns } from '../numeric/extremes.js';
import { exp2Int, floorLog2, ROUND_TO_INTEGER } from '../numeric/rounding.js';
import type { ElementFormat } from './element-format.js';

/** Tables over the exponent field of y as a float32 (0..255), and the ends of the code range. */
interface MinifloatTables {
  /** 2^(m - E'). */
  readonly toSteps: Float64Array;
  /** (E' + bias - 1) 2^m. */
  readonly firstCode: Float64Array;
  /** 1 where firstCode is odd, which it is only without mantissa bits: added before rounding it turns half-to-even of the steps into that of the code. */
  readonly parity: Float64Array;
  readonly maxCode: number;
  readonly signBit: number;
}

/** What a run reads and writes, all of the same length. */
export interface EncodeTarget extends MinifloatTables {
  readonly values: Float32Array;
  /** Bit patterns of `values`. */
  readonly bits: Int32Array;
  readonly codes: Uint8Array;
}

/** Tables of a format made by `minifloat`. */
function minifloatTables({ values }: ElementFormat): MinifloatTables {
  const signBit = values.length / 2;
  const step = values[1]!;
  const uniform = values.subarray(0, signBit).filter((value, code) => value === code * step).length;
  // Subnormals and the first binade, 2^(m+1) codes, have the same step.
  const mantissaBits = floorLog2(uniform) - 1;
  const minExponent = floorLog2(step) + mantissaBits;
  const exponents = Array.from({ length: 256 }, (_, field) => Math.max(field - 127, minExponent));
  return {
    toSteps: Float64Array.from(exponents, (exponent) => exp2Int(mantissaBits - exponent)),
    firstCode: Float64Array.from(exponents, (exponent) => (exponent - minExponent) * 2 ** mantissaBits),
    parity: Float64Array.from(exponents, (exponent) => ((exponent - minExponent) * 2 ** mantissaBits) % 2),
    maxCode: values.subarray(0, signBit).filter(Number.isFinite).length - 1,
    signBit,
  };
}

const single = new Float32Array(1);
const singleBits = new Int32Array(single.buffer);

/** A target whose codes are all 0, for values to be encoded run by run. */
export function encodeTarget(values: Float32Array, format: ElementFormat): EncodeTarget {
  return { ...minifloatTables(format), values, bits: bitPatterns(values), codes: new Uint8Array(values.length) };
}

/** Writes the codes of values[start..end) / scale. The scale must be positive. */
export function encodeRun(target: EncodeTarget, start: number, end: number, scale: number): void {
  const { values, bits, codes, toSteps, firstCode, parity, maxCode, signBit } = target;
  for (let i = start; i < end; i++) {
    const y = Math.abs(values[i]!) / scale;
    // Rounding y to float32 can only lift it to the next power of two, which has the same code under either exponent.
    single[0] = y;
    const field = singleBits[0]! >>> 23;
    const odd = parity[field]!;
    const code = y * toSteps[field]! + odd + ROUND_TO_INTEGER - ROUND_TO_INTEGER - odd + firstCode[field]!;
    codes[i] = (code > maxCode ? maxCode : code) | ((bits[i]! >>> 31) * signBit);
  }
}
