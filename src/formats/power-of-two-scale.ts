/**
 * E8M0, the scale of MX blocks: value 2^(code - 127) for codes 0..254, 255 = NaN; no sign, no zero.
 * Encoding takes the nearest power of two (a value halfway goes to the even code) and saturates at both ends.
 * Source: OCP Microscaling Formats 1.0. The MX quantizer chooses its exponents by its scale rule, not by this nearest value.
 */
import { exp2Int, floorLog2 } from '../numeric/rounding.js';
import { valueOfCode, type ElementFormat } from './element-format.js';

/** Exponent of code 0 is -E8M0_BIAS. */
export const E8M0_BIAS = 127;
const NAN_CODE = 255;
const values = Float64Array.from({ length: 256 }, (_, code) => (code === NAN_CODE ? NaN : exp2Int(code - E8M0_BIAS)));

export const e8m0: ElementFormat = {
  name: 'e8m0',
  bits: 8,
  description: 'power-of-two scale, 2^-127 to 2^127, NaN',
  source: 'OCP Microscaling Formats 1.0, E8M0',
  values,
  decode: (code) => valueOfCode(values, code, 'e8m0'),
  encode(value) {
    if (Number.isNaN(value)) return NAN_CODE;
    if (value <= values[0]!) return 0;
    if (value >= values[NAN_CODE - 1]!) return NAN_CODE - 1;
    const code = floorLog2(value) + E8M0_BIAS;
    const midpoint = 1.5 * values[code]!;
    return value > midpoint || (value === midpoint && code % 2 === 1) ? code + 1 : code;
  },
};
