/**
 * QuEST: integer levels halfway between multiples of a step (no level at 0), the step from the root mean square of a row as it is best for a
 * normal distribution. Made for rows behind a Hadamard transform, which makes them look normal.
 * Formula: alpha = c_b rms, step = fp16(2 alpha / (2^b - 1)), k = rne(clamp(x / step, +-(2^b - 1)/2) + 1/2), x^ = step (k - 1/2), code k + 2^(b-1) - 1.
 * c_b is the clip of the smallest mean squared error of a standard normal variable under these levels [computed; the released constants agree to 1.5e-3].
 * A row of zeros has step 0. Source: QuEST, arXiv:2502.05003 (mechanism from its released code).
 * Left out: the transform (rewrite `block-hadamard`, 128), the ternary grid, and the trust mask, which only matters in training.
 */
import { z } from 'zod';
import { channelBits } from '../formats/bit-accounting.js';
import type { Matrix } from '../numeric/matrix.js';
import { roundHalfEven } from '../numeric/rounding.js';
import { NO_BITS, type QuantizedTensor, type Quantizer } from './quantizer.js';
import { fp16Scale, subnormalScales } from './stored-scale.js';

/** c_b, b = 1 .. 6. */
const CLIPS: readonly number[] = [0.79788456, 1.49353, 2.0510681, 2.5140045, 2.9161513, 3.2779848];

const options = z.strictObject({
  bits: z.int().min(1).max(6).default(4).describe('bits of one code word'),
});
export type QuestOptions = z.infer<typeof options>;

export const quest: Quantizer<QuestOptions> = {
  name: 'quest',
  description: 'levels without zero per row, the step from its root mean square as for a normal distribution',
  source: 'QuEST, arXiv:2502.05003',
  modelVersion: 1,
  options,
  formatName: ({ bits }) => `quest${bits}`,
  storedBits: ({ cols }, { bits }) => ({ ...NO_BITS, payload: bits, channel: channelBits(cols, 16) }),
  quantize(tensor, chosen) {
    const { bits } = chosen;
    const { rows, cols, data } = tensor;
    const scales = Float32Array.from({ length: rows }, (_, row) => stepOf(tensor, row, bits));
    return {
      quantizer: quest.name,
      format: quest.formatName(chosen),
      rows,
      cols,
      codes: codesOf(data, { cols, codeBits: bits, side: { scales } }),
      codeBits: bits,
      group: cols,
      side: { scales },
      bits: quest.storedBits(tensor, chosen),
      choices: { ...chosen, ...subnormalScales(scales.filter((scale) => scale > 0)) },
    };
  },
  dequantize({ codes, codeBits, cols, side }) {
    const scales = side['scales'] as Float32Array;
    const centre = 2 ** (codeBits - 1) - 0.5;
    return Float32Array.from(codes, (code, i) => scales[Math.floor(i / cols)]! * (code - centre));
  },
  encode: codesOf,
};

function stepOf({ cols, data }: Matrix, row: number, bits: number): number {
  let sum = 0;
  for (let i = row * cols; i < (row + 1) * cols; i++) sum += data[i]! * data[i]!;
  if (sum === 0) return 0;
  return fp16Scale((2 * CLIPS[bits - 1]! * Math.sqrt(sum / cols)) / (2 ** bits - 1));
}

function codesOf(values: Float32Array, { cols, codeBits, side }: Pick<QuantizedTensor, 'cols' | 'codeBits' | 'side'>): Uint8Array {
  const scales = side['scales'] as Float32Array;
  const most = (2 ** codeBits - 1) / 2;
  const lowest = 1 - 2 ** (codeBits - 1);
  return Uint8Array.from(values, (value, i) => {
    const step = scales[Math.floor(i / cols)]!;
    const place = step === 0 ? 0 : Math.min(most, Math.max(-most, value / step));
    return roundHalfEven(place + 0.5) - lowest;
  });
}
