/**
 * abfloat: OliVe's adaptive biased float for outliers; the bias moves its range just above the normal values.
 * Formula: value = sign * (2^m + mantissa) * 2^(exponent + bias). Magnitude code 0 would fall below the range and is unused,
 * so the code 10..0 stays free for the identifier of a victim.
 * Source: OliVe, ISCA 2023, section 3.3. Bias 2 continues int4 (12..96), bias 3 continues flint4 (24..192).
 * Rounding: nearest, halfway toward +infinity, saturating; values nearer to zero than the range become its smallest magnitude.
 * Left out: the paper's 8-bit E4M3 outliers; the released grids keep two exponent bits (E2M5) and so does the OliVe quantizer.
 */
import type { ElementFormat } from './element-format.js';
import { nearestValueFormat } from './nearest-value.js';

/** Shape of an abfloat; `signed: false` drops the sign bit. */
export interface AbfloatShape {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  readonly signed?: boolean;
}

/** The abfloat of that shape, 8 bits at most: `abfloat-e2m1-b2`, unsigned `uabfloat-e2m2-b2`. Throws RangeError for other shapes. */
export function abfloat({ exponentBits, mantissaBits, bias, signed = true }: AbfloatShape): ElementFormat {
  const magnitudeBits = exponentBits + mantissaBits;
  const bits = magnitudeBits + (signed ? 1 : 0);
  if (exponentBits < 1 || mantissaBits < 0 || bits > 8)
    throw new RangeError(`abfloat has an exponent bit and at most 8 bits, got e${exponentBits}m${mantissaBits}`);
  const size = 2 ** magnitudeBits;
  const values = Float64Array.from({ length: 2 ** bits }, (_, code) => {
    const magnitude = code % size;
    if (magnitude === 0) return NaN;
    const value = (2 ** mantissaBits + (magnitude % 2 ** mantissaBits)) * 2 ** ((magnitude >>> mantissaBits) + bias);
    return code < size ? value : -value;
  });
  const head = {
    name: `${signed ? '' : 'u'}abfloat-e${exponentBits}m${mantissaBits}-b${bias}`,
    bits,
    description: `adaptive biased float for outliers, magnitudes ${values[1]} to ${values[size - 1]}`,
    source: 'OliVe, ISCA 2023, section 3.3',
  };
  return nearestValueFormat(head, values, 'up');
}
