/**
 * How many essential bits (ones of the magnitude) the integer codes of a tensor have: the statistic of serial PEs that skip zero bits.
 * Formula: entry i = elements with i ones / elements, i = 0 .. bits of the code. Codes with a zero point are unsigned, the others two's complement.
 * Source: Bit-Pragmatic, MICRO 2017, section II. Left out: the zero point, which such PEs fold apart from the codes.
 */
import { essentialBits } from '../encodings/essential-bits.js';
import type { QuantizedTensor } from './quantizer.js';

/** Shares of elements by number of essential bits. Expects integer codes. */
export function essentialBitHistogram({ codes, codeBits, side }: QuantizedTensor): number[] {
  const signed = side['zeros'] === undefined;
  const levels = 2 ** codeBits;
  const terms = Uint8Array.from({ length: levels }, (_, code) => essentialBits(signed && code >= levels / 2 ? code - levels : code).length);
  const counts = new Array<number>(codeBits + 1).fill(0);
  for (let i = 0; i < codes.length; i++) counts[terms[codes[i]!]!]!++;
  return counts.map((count) => count / codes.length);
}
