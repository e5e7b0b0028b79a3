/**
 * Round to nearest (RTN): integer codes of 2..8 bits with FP16 scales per tensor, output channel or group.
 * Symmetric: s = fp16(amax / (2^(b-1)-1)), q = clamp(rne(w/s), -(2^(b-1)-1), 2^(b-1)-1), value q s; full range: s = fp16(amax / 2^(b-1)),
 * q down to -2^(b-1). Asymmetric, integer zero: s = fp16((max-min) / (2^b-1)) with min <= 0 <= max, z = clamp(rne(-min/s), 0, 2^b-1),
 * q = clamp(rne(w/s) + z, 0, 2^b-1), value (q-z) s. Source: docs/quantizers/round-to-nearest.md.
 * Left out: clip search, floating-point zero points, rounding that looks at activations (GPTQ and later).
 */
import { z } from 'zod';
import { maxAbs } from '../numeric/extremes.js';
import type { Matrix } from '../numeric/matrix.js';
import { ROUND_TO_INTEGER, roundHalfEven } from '../numeric/rounding.js';
import { bitsOf, granularities, groupGeometry, type Granularity, type GroupGeometry } from './group-geometry.js';
import type { QuantizedTensor, Quantizer } from './quantizer.js';
import { fp16Scale, subnormalScales } from './stored-scale.js';

const options = z
  .strictObject({
    bits: z.int().min(2).max(8).default(4).describe('bits of one code word'),
    granularity: z.enum(granularities).default('group').describe('elements that share a scale'),
    group: z.int().positive().default(128).describe('group length along K, for granularity group'),
    symmetric: z.boolean().default(true).describe('false: integer zero point'),
    fullRange: z.boolean().default(false).describe('symmetric only: use the code -2^(bits-1) too'),
  })
  .refine(({ symmetric, fullRange }) => symmetric || !fullRange, { message: 'fullRange needs symmetric=true' });
export type RoundToNearestOptions = z.infer<typeof options>;

export const roundToNearest: Quantizer<RoundToNearestOptions> = {
  name: 'rtn',
  description: 'round to nearest, integer codes, symmetric or asymmetric, per tensor, channel or group',
  source: 'uniform quantization with FP16 scales, conventions in docs/quantizers/round-to-nearest.md',
  modelVersion: 1,
  options,
  quantize: (tensor, chosen) => (chosen.symmetric ? quantizeSymmetric(tensor, chosen) : quantizeAsymmetric(tensor, chosen)),
  dequantize,
  encode(values, quantized) {
    const { scales, zeros, geometry } = stored(quantized);
    if (zeros !== undefined) return asymmetricCodes(values, { scales, zeros }, geometry, quantized.codeBits);
    return symmetricCodes(values, scales, geometry, { bits: quantized.codeBits, fullRange: quantized.choices['fullRange'] === true });
  },
};

function quantizeSymmetric(tensor: Matrix, chosen: RoundToNearestOptions): QuantizedTensor {
  const geometry = groupGeometry(tensor, chosen.granularity, chosen.group);
  const highest = chosen.fullRange ? 2 ** (chosen.bits - 1) : 2 ** (chosen.bits - 1) - 1;
  const scales = new Float32Array(geometry.spans * geometry.groupsPerSpan);
  let index = 0;
  for (let span = 0; span < geometry.spans; span++) {
    const end = (span + 1) * geometry.spanLength;
    for (let start = span * geometry.spanLength; start < end; start += geometry.group) {
      scales[index++] = fp16Scale(maxAbs(tensor.data, start, Math.min(start + geometry.group, end)) / highest);
    }
  }
  return result(tensor, chosen, symmetricCodes(tensor.data, scales, geometry, chosen), { scales });
}

function quantizeAsymmetric(tensor: Matrix, chosen: RoundToNearestOptions): QuantizedTensor {
  const geometry = groupGeometry(tensor, chosen.granularity, chosen.group);
  const highest = 2 ** chosen.bits - 1;
  const count = geometry.spans * geometry.groupsPerSpan;
  const side = { scales: new Float32Array(count), zeros: new Uint8Array(count) };
  const { data } = tensor;
  let index = 0;
  for (let span = 0; span < geometry.spans; span++) {
    const spanEnd = (span + 1) * geometry.spanLength;
    for (let start = span * geometry.spanLength; start < spanEnd; start += geometry.group, index++) {
      let min = 0;
      let max = 0;
      for (let i = start, end = Math.min(start + geometry.group, spanEnd); i < end; i++) {
        const value = data[i]!;
        if (value < min) min = value;
        if (value > max) max = value;
      }
      const scale = fp16Scale((max - min) / highest);
      side.scales[index] = scale;
      side.zeros[index] = Math.min(highest, roundHalfEven(-min / scale));
    }
  }
  return result(tensor, chosen, asymmetricCodes(data, side, geometry, chosen.bits), side);
}

/** Two's complement codes of q = rne(w / s). */
function symmetricCodes(
  values: Float32Array,
  scales: Float32Array,
  { spans, spanLength, group }: GroupGeometry,
  { bits, fullRange }: { readonly bits: number; readonly fullRange: boolean },
): Uint8Array {
  const codes = new Uint8Array(values.length);
  const mask = 2 ** bits - 1;
  const high = 2 ** (bits - 1) - 1;
  const low = fullRange ? -high - 1 : -high;
  let index = 0;
  for (let span = 0; span < spans; span++) {
    const spanEnd = (span + 1) * spanLength;
    for (let start = span * spanLength; start < spanEnd; start += group) {
      const scale = scales[index++]!;
      const end = start + group < spanEnd ? start + group : spanEnd;
      for (let i = start; i < end; i++) {
        const q = values[i]! / scale + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
        codes[i] = (q > high ? high : q < low ? low : q) & mask;
      }
    }
  }
  return codes;
}

/** Unsigned codes of q = rne(w / s) + z. */
function asymmetricCodes(
  values: Float32Array,
  { scales, zeros }: { readonly scales: Float32Array; readonly zeros: Uint8Array },
  { spans, spanLength, group }: GroupGeometry,
  bits: number,
): Uint8Array {
  const codes = new Uint8Array(values.length);
  const high = 2 ** bits - 1;
  let index = 0;
  for (let span = 0; span < spans; span++) {
    const spanEnd = (span + 1) * spanLength;
    for (let start = span * spanLength; start < spanEnd; start += group) {
      const scale = scales[index]!;
      const zero = zeros[index++]!;
      const end = start + group < spanEnd ? start + group : spanEnd;
      for (let i = start; i < end; i++) {
        const q = values[i]! / scale + ROUND_TO_INTEGER - ROUND_TO_INTEGER + zero;
        codes[i] = q > high ? high : q < 0 ? 0 : q;
      }
    }
  }
  return codes;
}

function dequantize(quantized: QuantizedTensor): Float32Array {
  const { scales, zeros, geometry } = stored(quantized);
  const { spans, spanLength, group } = geometry;
  const { codes } = quantized;
  const values = new Float32Array(codes.length);
  const signShift = zeros === undefined ? 32 - quantized.codeBits : 0;
  let index = 0;
  for (let span = 0; span < spans; span++) {
    const spanEnd = (span + 1) * spanLength;
    for (let start = span * spanLength; start < spanEnd; start += group) {
      const scale = scales[index]!;
      const zero = zeros === undefined ? 0 : zeros[index]!;
      index++;
      const end = start + group < spanEnd ? start + group : spanEnd;
      for (let i = start; i < end; i++) values[i] = (((codes[i]! << signShift) >> signShift) - zero) * scale;
    }
  }
  return values;
}

function stored(quantized: QuantizedTensor): { scales: Float32Array; zeros: Uint8Array | undefined; geometry: GroupGeometry } {
  const { scales, zeros } = quantized.side as { scales: Float32Array; zeros?: Uint8Array };
  return { scales, zeros, geometry: groupGeometry(quantized, quantized.choices['granularity'] as Granularity, quantized.group) };
}

function result(
  tensor: Matrix,
  chosen: RoundToNearestOptions,
  codes: Uint8Array,
  side: { readonly scales: Float32Array; readonly zeros?: Uint8Array },
): QuantizedTensor {
  const { bits, granularity, group, symmetric } = chosen;
  const suffix = { tensor: '', channel: '-channel', group: `-g${group}` }[granularity];
  return {
    quantizer: roundToNearest.name,
    format: `int${bits}${symmetric ? '' : '-asym'}${suffix}`,
    rows: tensor.rows,
    cols: tensor.cols,
    codes,
    codeBits: bits,
    group: { tensor: 0, channel: tensor.cols, group }[granularity],
    side: { ...side },
    bits: bitsOf(tensor, granularity, { payload: bits, side: symmetric ? 16 : 16 + bits, group }),
    choices: { ...chosen, ...subnormalScales(side.scales) },
  };
}
