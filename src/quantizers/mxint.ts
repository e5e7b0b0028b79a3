/**
 * MXINT: integers of b bits whose groups along K share an 8-bit power of two. Formula and source: formats/mx-integer.ts.
 * Bits: b + 8 / group. A short last group has an exponent of its own. Left out: other rules for the exponent, search.
 */
import { z } from 'zod';
import { groupBits } from '../formats/bit-accounting.js';
import { encodeMxInteger, MX_INTEGER_EXPONENT_bits, mxIntegerCodes, mxIntegerValues } from '../formats/mx-integer.js';
import { NO_BITS, type QuantizedTensor, type Quantizer } from './quantizer.js';

const options = z.strictObject({
  bits: z.int().min(2).max(8).default(4).describe('bits of an element'),
  group: z.int().positive().default(16).describe('elements along K that share an exponent'),
});
export type MxintOptions = z.infer<typeof options>;

export const mxint: Quantizer<MxintOptions> = {
  name: 'mxint',
  description: 'integers of any width whose groups share an 8-bit power of two',
  source: 'LQER, arXiv 2402.02446 (MXINT)',
  modelVersion: 1,
  options,
  formatName: ({ bits, group }) => `mxint${bits}-g${group}`,
  storedBits: ({ cols }, { bits, group }) => ({
    ...NO_BITS,
    payload: bits,
    group: groupBits(cols, Math.min(group, cols), MX_INTEGER_EXPONENT_bits),
  }),
  quantize({ rows, cols, data }, chosen) {
    const { codes, exponents } = encodeMxInteger(data, { cols, ...chosen });
    return {
      quantizer: mxint.name,
      format: mxint.formatName(chosen),
      rows,
      cols,
      codes,
      codeBits: chosen.bits,
      group: chosen.group,
      side: { exponents },
      bits: mxint.storedBits({ rows, cols }, chosen),
      choices: { ...chosen },
    };
  },
  dequantize: (quantized) => mxIntegerValues({ codes: quantized.codes, exponents: exponentsOf(quantized) }, formOf(quantized)),
  encode: (values, quantized) => mxIntegerCodes(values, exponentsOf(quantized), formOf(quantized)),
};

const exponentsOf = ({ side }: QuantizedTensor): Uint8Array => side['exponents'] as Uint8Array;

function formOf({ cols, codeBits, group }: QuantizedTensor): { cols: number; bits: number; group: number } {
  return { cols, bits: codeBits, group };
}
