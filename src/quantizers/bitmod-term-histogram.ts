/**
 * How many nonzero bit-serial terms the weights of a BitMoD tensor have: the statistic of serial PEs that skip zero terms.
 * Formula: entry i = elements with i nonzero terms / elements; the terms of a code depend on the special value of its group.
 * Source: BitMoD, HPCA 2025, section IV (terms: ../encodings/bitmod-terms.ts).
 */
import { effectiveTerms, maximumTerms } from '../encodings/bitmod-terms.js';
import { bitmodFormats } from './bitmod-formats.js';
import type { QuantizedTensor } from './quantizer.js';

/** Shares of elements by number of nonzero terms, 0 .. maximum of the format. Expects a tensor of the quantizer `bitmod`. */
export function bitmodTermHistogram({ codes, cols, codeBits, group, side }: QuantizedTensor): number[] {
  const formats = bitmodFormats(codeBits);
  const termsByFormat = formats.map(effectiveTerms);
  const counts = new Array<number>(maximumTerms(formats[0]!) + 1).fill(0);
  const groups = Math.ceil(cols / group);
  for (let i = 0; i < codes.length; i++) {
    const row = Math.floor(i / cols);
    const selector = side.selectors?.[row * groups + Math.floor((i - row * cols) / group)] ?? 0;
    counts[termsByFormat[selector]![codes[i]!]!]!++;
  }
  return counts.map((count) => count / codes.length);
}
