/**
 * The 16-bit floating-point element formats: IEEE half precision and bfloat16.
 * Rounding: half to even. Values beyond the range give the infinity, as hardware conversion does (the 8-bit formats saturate).
 * Source: IEEE 754-2019; bfloat16. The table of 65536 values is made on first use.
 */
import { bfloat16Bits, bfloat16FromBits, float16Bits, float16FromBits } from '../numeric/float16.js';
import type { ElementFormat } from './element-format.js';

interface Codec {
  readonly name: string;
  readonly description: string;
  readonly source: string;
  readonly toBits: (value: number) => number;
  readonly fromBits: (bits: number) => number;
}

function sixteenBit({ name, description, source, toBits, fromBits }: Codec): ElementFormat {
  let table: Float64Array | undefined;
  return {
    name,
    bits: 16,
    description,
    source,
    get values() {
      table ??= Float64Array.from({ length: 65536 }, (_, code) => fromBits(code));
      return table;
    },
    decode(code) {
      if (!Number.isInteger(code) || code < 0 || code > 65535) throw new RangeError(`${name} has no code ${code}`);
      return fromBits(code);
    },
    encode: toBits,
  };
}

export const fp16 = sixteenBit({
  name: 'fp16',
  description: 'half precision, largest 65504, infinities and NaN',
  source: 'IEEE 754-2019, binary16',
  toBits: float16Bits,
  fromBits: float16FromBits,
});

export const bf16 = sixteenBit({
  name: 'bf16',
  description: 'single precision cut to 7 mantissa bits, infinities and NaN',
  source: 'bfloat16',
  toBits: bfloat16Bits,
  fromBits: bfloat16FromBits,
});
