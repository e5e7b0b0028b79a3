/**
 * QoQ weights (QServe): two levels that an INT8 datapath undoes in integers, INT8 per row and UINT4 per group of it.
 * Level 1: s0 = fp16(amax of the row / 119), q8 = clamp(rne(w / s0), -119, 119): the protective range. Level 2 per group of q8, with
 * min <= 0 <= max: s1 = max(1, round((max - min) / 15)) <= 16, z = clamp(rne(-min / s1), 0, 15), q4 = clamp(rne(q8 / s1) + z, 0, 15).
 * Back: q8' = (q4 - z) s1, |q8'| <= 127 always, w^ = q8' s0. `ceil` rounds s1 up: then no end clips and |q8' - q8| <= s1 / 2 but for the rounding of z.
 * Per channel: asymmetric UINT4 per row as round to nearest has it, the zero point in the epilogue.
 * Bits: 4 + (8 + 4)/128 + 16/K; per channel 4 + (16 + 4)/K. Source: QServe, arXiv:2405.04532.
 * Left out: its activations (INT8 per token: rtn, 8 bits, per channel), its cache (cache quantizer), rotation and SmoothAttention (rewrites).
 */
import { z } from 'zod';
import { channelBits, groupBits } from '../formats/bit-accounting.js';
import { bitPatterns, maxAbs } from '../numeric/extremes.js';
import type { Matrix } from '../numeric/matrix.js';
import { roundHalfEven } from '../numeric/rounding.js';
import { eachGroup, groupGeometry, type GroupGeometry } from './group-geometry.js';
import { NO_BITS, type QuantizedTensor, type Quantizer } from './quantizer.js';
import { roundToNearest, type RoundToNearestOptions } from './round-to-nearest.js';
import { fp16Scale, subnormalScales } from './stored-scale.js';

const PROTECTED = 119;
const TOP = 15;
const CHANNEL_SCALE_bits = 16;
/** INT8 scale and 4-bit zero point. */
const GROUP_bits = 8 + 4;

const options = z.strictObject({
  granularity: z.enum(['channel', 'group']).default('group').describe('group: two levels; channel: one scale and zero point per row'),
  group: z.int().positive().default(128).describe('group length along K, for granularity group'),
  scaleRounding: z.enum(['round', 'ceil']).default('round').describe('how the scale of a group becomes a whole number'),
});
export type QoqOptions = z.infer<typeof options>;

interface QoqSide {
  /** s0 of every row. */
  readonly channelScales: Float32Array;
  /** s1 and z of every group. */
  readonly groupScales: Uint8Array;
  readonly zeros: Uint8Array;
}

export const qoq: Quantizer<QoqOptions> = {
  name: 'qoq',
  description: 'UINT4 groups inside INT8 rows of a protective range, or UINT4 per row',
  source: 'QServe (QoQ), arXiv:2405.04532',
  modelVersion: 1,
  options,
  idle: ({ granularity }) => {
    if (granularity === 'group') return {};
    const reason = `it goes with granularity=group, not with granularity=${granularity}`;
    return { group: reason, scaleRounding: reason };
  },
  formatName: ({ granularity, group }) => (granularity === 'group' ? `qoq4-g${group}` : roundToNearest.formatName(PER_CHANNEL)),
  storedBits: (shape, { granularity, group }) =>
    granularity === 'channel'
      ? roundToNearest.storedBits(shape, PER_CHANNEL)
      : {
          ...NO_BITS,
          payload: 4,
          group: groupBits(shape.cols, Math.min(group, shape.cols), GROUP_bits),
          channel: channelBits(shape.cols, CHANNEL_SCALE_bits),
        },
  quantize: (tensor, chosen) => (chosen.granularity === 'group' ? progressive(tensor, chosen) : perChannel(tensor, chosen)),
  dequantize: (quantized) => (isProgressive(quantized) ? progressiveValues(quantized) : roundToNearest.dequantize(quantized)),
  encode(values, quantized) {
    if (!isProgressive(quantized)) return roundToNearest.encode(values, quantized);
    const side = quantized.side as unknown as QoqSide;
    return codesOf(levelOne(values, quantized.cols, side.channelScales), side, geometryOf(quantized));
  },
};

const PER_CHANNEL: RoundToNearestOptions = { bits: 4, granularity: 'channel', group: 128, symmetric: false, fullRange: false };

function perChannel(tensor: Matrix, { granularity }: QoqOptions): QuantizedTensor {
  const quantized = roundToNearest.quantize(tensor, PER_CHANNEL);
  const { subnormalScales: count } = quantized.choices;
  return { ...quantized, quantizer: qoq.name, choices: { granularity, ...(count === undefined ? {} : { subnormalScales: count }) } };
}

function isProgressive({ choices }: QuantizedTensor): boolean {
  return choices['granularity'] === 'group';
}

function geometryOf(tensor: Pick<QuantizedTensor, 'rows' | 'cols' | 'group'>): GroupGeometry {
  return groupGeometry(tensor, 'group', tensor.group);
}

function progressive(tensor: Matrix, chosen: QoqOptions): QuantizedTensor {
  const { rows, cols, data } = tensor;
  const { group } = chosen;
  const patterns = bitPatterns(data);
  const channelScales = Float32Array.from({ length: rows }, (_, row) =>
    fp16Scale(maxAbs(patterns, row * cols, (row + 1) * cols) / PROTECTED),
  );
  const geometry = geometryOf({ rows, cols, group });
  const inner = levelOne(data, cols, channelScales);
  const side: QoqSide = { channelScales, ...fittedGroups(inner, geometry, chosen) };
  return {
    quantizer: qoq.name,
    format: qoq.formatName(chosen),
    rows,
    cols,
    codes: codesOf(inner, side, geometry),
    codeBits: 4,
    group,
    side: { ...side },
    bits: qoq.storedBits(tensor, chosen),
    choices: { ...chosen, ...subnormalScales(channelScales) },
  };
}

/** q8 of every element. */
function levelOne(values: Float32Array, cols: number, scales: Float32Array): Int8Array {
  const inner = new Int8Array(values.length);
  for (let i = 0, row = 0; i < values.length; row++) {
    const scale = scales[row]!;
    for (const end = i + cols; i < end; i++) inner[i] = Math.min(PROTECTED, Math.max(-PROTECTED, roundHalfEven(values[i]! / scale)));
  }
  return inner;
}

function fittedGroups(inner: Int8Array, geometry: GroupGeometry, { scaleRounding }: QoqOptions): Omit<QoqSide, 'channelScales'> {
  const count = geometry.spans * geometry.groupsPerSpan;
  const groupScales = new Uint8Array(count);
  const zeros = new Uint8Array(count);
  eachGroup(geometry, (index, start, end) => {
    let [min, max] = [0, 0];
    for (let i = start; i < end; i++) {
      min = Math.min(min, inner[i]!);
      max = Math.max(max, inner[i]!);
    }
    const { scale, zero } = groupFit(min, max, scaleRounding);
    groupScales[index] = scale;
    zeros[index] = zero;
  });
  return { groupScales, zeros };
}

/** s1 and z of a group of q8 from `min` <= 0 to `max` >= 0. @internal */
export function groupFit(min: number, max: number, scaleRounding: QoqOptions['scaleRounding']): { scale: number; zero: number } {
  const exact = (max - min) / TOP;
  const scale = Math.max(1, scaleRounding === 'ceil' ? Math.ceil(exact) : roundHalfEven(exact));
  return { scale, zero: Math.min(TOP, roundHalfEven(-min / scale)) };
}

/** q4 of one q8. @internal */
export function groupCode(inner: number, scale: number, zero: number): number {
  return Math.min(TOP, Math.max(0, roundHalfEven(inner / scale) + zero));
}

function codesOf(inner: Int8Array, { groupScales, zeros }: QoqSide, geometry: GroupGeometry): Uint8Array {
  const codes = new Uint8Array(inner.length);
  eachGroup(geometry, (index, start, end) => {
    const [scale, zero] = [groupScales[index]!, zeros[index]!];
    for (let i = start; i < end; i++) codes[i] = groupCode(inner[i]!, scale, zero);
  });
  return codes;
}

function progressiveValues(quantized: QuantizedTensor): Float32Array {
  const { channelScales, groupScales, zeros } = quantized.side as unknown as QoqSide;
  const { codes, cols } = quantized;
  const values = new Float32Array(codes.length);
  eachGroup(geometryOf(quantized), (index, start, end) => {
    const [scale, zero] = [groupScales[index]!, zeros[index]!];
    const channel = channelScales[Math.floor(start / cols)]!;
    for (let i = start; i < end; i++) {
      const inner = (codes[i]! - zero) * scale;
      if (inner > 127 || inner < -127) throw new RangeError(`${inner} at level 1 of QoQ does not fit INT8`);
      values[i] = inner * channel;
    }
  });
  return values;
}
