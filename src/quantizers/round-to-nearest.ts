/**
 * Round to nearest (RTN): integer codes of 2..8 bits with FP16 scales per tensor, output channel or group.
 * Symmetric: s = fp16(amax / (2^(b-1)-1)), q = clamp(rne(w/s), -(2^(b-1)-1), 2^(b-1)-1), value q s; full range: s = fp16(amax / 2^(b-1)),
 * q down to -2^(b-1). Asymmetric, integer zero: s = fp16((max-min) / (2^b-1)) with min <= 0 <= max, z = clamp(rne(-min/s), 0, 2^b-1),
 * q = clamp(rne(w/s) + z, 0, 2^b-1), value (q-z) s. Source: docs/quantizers/round-to-nearest.md.
 * Left out: clip search, floating-point zero points, rounding that looks at activations (GPTQ and later).
 */
import { z } from 'zod';
import { bitPatterns, highest, lowest, maxAbs } from '../numeric/extremes.js';
import type { Matrix } from '../numeric/matrix.js';
import { ROUND_TO_INTEGER } from '../numeric/rounding.js';
import { essentialBitHistogram } from './essential-bit-histogram.js';
import {
  bitsOf,
  eachGroup,
  granularities,
  granularitySuffix,
  groupGeometry,
  idleGroup,
  statedGroup,
  storedGeometry,
  type GroupGeometry,
} from './group-geometry.js';
import { asymmetricFit, codeRange, symmetricScale } from './integer-grid.js';
import type { QuantizedTensor, Quantizer } from './quantizer.js';
import { subnormalScales } from './stored-scale.js';

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
  idle: ({ granularity }) => idleGroup(granularity),
  formatName: ({ bits, symmetric, granularity, group }) => `int${bits}${symmetric ? '' : '-asym'}${granularitySuffix(granularity, group)}`,
  quantize: (tensor, chosen) => (chosen.symmetric ? quantizeSymmetric(tensor, chosen) : quantizeAsymmetric(tensor, chosen)),
  dequantize,
  termHistogram: essentialBitHistogram,
  encode(values, quantized) {
    const { side, geometry } = stored(quantized);
    return codesOf(values, side, geometry, { bits: quantized.codeBits, fullRange: quantized.choices['fullRange'] === true });
  },
};

function quantizeSymmetric(tensor: Matrix, chosen: RoundToNearestOptions): QuantizedTensor {
  const geometry = groupGeometry(tensor, chosen.granularity, chosen.group);
  const magnitudes = bitPatterns(tensor.data);
  const scales = new Float32Array(geometry.spans * geometry.groupsPerSpan);
  eachGroup(geometry, (index, start, end) => {
    scales[index] = symmetricScale(maxAbs(magnitudes, start, end), chosen);
  });
  return result(tensor, chosen, geometry, { scales });
}

function quantizeAsymmetric(tensor: Matrix, chosen: RoundToNearestOptions): QuantizedTensor {
  const geometry = groupGeometry(tensor, chosen.granularity, chosen.group);
  const patterns = bitPatterns(tensor.data);
  const count = geometry.spans * geometry.groupsPerSpan;
  const side = { scales: new Float32Array(count), zeros: new Uint8Array(count) };
  eachGroup(geometry, (index, start, end) => {
    const { scale, zero } = asymmetricFit(lowest(patterns, start, end), highest(patterns, start, end), chosen.bits);
    side.scales[index] = scale;
    side.zeros[index] = zero;
  });
  return result(tensor, chosen, geometry, side);
}

interface Side {
  readonly scales: Float32Array;
  /** Absent: symmetric. */
  readonly zeros?: Uint8Array;
}

/** Codes of clamp(rne(w / s) + z): two's complement without zero points, unsigned with them. */
function codesOf(
  values: Float32Array,
  { scales, zeros }: Side,
  geometry: GroupGeometry,
  format: { readonly bits: number; readonly fullRange: boolean },
): Uint8Array {
  const grid = { ...format, symmetric: zeros === undefined };
  const target = { values, codes: new Uint8Array(values.length), zero: 0, ...codeRange(grid, 0) };
  eachGroup(geometry, (index, start, end) => {
    if (zeros !== undefined) {
      target.zero = zeros[index]!;
      Object.assign(target, codeRange(grid, target.zero));
    }
    codesOfRun(target, start, end, scales[index]!);
  });
  return target.codes;
}

interface RunTarget {
  readonly values: Float32Array;
  readonly codes: Uint8Array;
  readonly mask: number;
  readonly zero: number;
  readonly low: number;
  readonly high: number;
}

/** The inner loop, a function of its own because engines optimise it far better than inside the group loops. */
function codesOfRun({ values, codes, mask, zero, low, high }: RunTarget, start: number, end: number, scale: number): void {
  for (let i = start; i < end; i++) {
    const q = values[i]! / scale + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
    codes[i] = ((q > high ? high : q < low ? low : q) + zero) & mask;
  }
}

function dequantize(quantized: QuantizedTensor): Float32Array {
  const { side, geometry } = stored(quantized);
  const { scales, zeros } = side;
  const { codes } = quantized;
  const values = new Float32Array(codes.length);
  const signShift = zeros === undefined ? 32 - quantized.codeBits : 0;
  eachGroup(geometry, (index, start, end) => {
    const scale = scales[index]!;
    const zero = zeros === undefined ? 0 : zeros[index]!;
    for (let i = start; i < end; i++) values[i] = (((codes[i]! << signShift) >> signShift) - zero) * scale;
  });
  return values;
}

function stored(quantized: QuantizedTensor): { side: Side; geometry: GroupGeometry } {
  return {
    side: quantized.side as unknown as Side,
    geometry: storedGeometry(quantized),
  };
}

function result(tensor: Matrix, chosen: RoundToNearestOptions, geometry: GroupGeometry, side: Side): QuantizedTensor {
  const { bits, granularity, group, symmetric } = chosen;
  return {
    quantizer: roundToNearest.name,
    format: roundToNearest.formatName(chosen),
    rows: tensor.rows,
    cols: tensor.cols,
    codes: codesOf(tensor.data, side, geometry, chosen),
    codeBits: bits,
    group: statedGroup(tensor.cols, granularity, group),
    side: { ...side },
    bits: bitsOf(tensor, granularity, { payload: bits, side: symmetric ? 16 : 16 + bits, group }),
    choices: { ...chosen, ...subnormalScales(side.scales) },
  };
}
