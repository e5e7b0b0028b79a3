/**
 * Formats whose code words are a list of values and whose encoder takes the nearest one.
 * Formula: code = argmin |v - values[code]|; halfway between two values the tie rule of the format decides; saturating.
 * Where two code words share a value (+0 and -0) the smaller code word is written. Codes without a number (NaN) are never written.
 */
import { valueOfCode, type ElementFormat } from './element-format.js';

/** What a value exactly halfway between two neighbours becomes: the larger (`up`) or the smaller (`down`) one. */
export type TieRule = 'up' | 'down';

/** Builds the format; `values` has 2 ** bits entries. Encoding NaN throws RangeError. */
export function nearestValueFormat(
  head: Omit<ElementFormat, 'values' | 'decode' | 'encode'>,
  values: Float64Array,
  tie: TieRule,
): ElementFormat {
  let sorted: readonly number[] | undefined;
  return {
    ...head,
    values,
    decode: (code) => valueOfCode(values, code, head.name),
    encode(value) {
      if (Number.isNaN(value)) throw new RangeError(`${head.name} has no code for NaN`);
      // Most formats of a run are never written.
      const codes = (sorted ??= sortedCodes(values));
      let low = 0;
      let high = codes.length - 1;
      while (low < high) {
        const middle = (low + high) >>> 1;
        const below = values[codes[middle]!]!;
        const above = values[codes[middle + 1]!]!;
        // Halves first: above + below could overflow for power-of-two lists of 8 bits.
        const midpoint = below / 2 + above / 2;
        if (value > midpoint || (value === midpoint && tie === 'up')) low = middle + 1;
        else high = middle;
      }
      return codes[low]!;
    },
  };
}

/** Code words in rising order of value, one per value: the smallest code word of equal values. */
function sortedCodes(values: Float64Array): number[] {
  return [...values.keys()]
    .filter((code) => !Number.isNaN(values[code]!) && values.indexOf(values[code]!) === code)
    .sort((a, b) => values[a]! - values[b]!);
}

/** Values of a sign-magnitude code: sign bit on top of the magnitude code; the code of -0 reads 0. */
export function mirrored(magnitudes: readonly number[]): Float64Array {
  return Float64Array.from([...magnitudes, ...magnitudes.map((m) => (m === 0 ? 0 : -m))]);
}
