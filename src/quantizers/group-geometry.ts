/**
 * Which elements share a scale: the whole tensor, one row (output channel), or `group` elements along a row.
 * Groups never wrap over a row; the last group of a row may be short.
 */
import { channelBits, groupBits, tensorBits } from '../formats/bit-accounting.js';
import { NO_BITS, type BitParts, type MatrixShape, type QuantizedTensor } from './quantizer.js';

export const granularities = ['tensor', 'channel', 'group'] as const;
export type Granularity = (typeof granularities)[number];

/** End of the operand format names that say where the scales are. */
export function granularitySuffix(granularity: Granularity, group: number): string {
  return { tensor: '', channel: '-channel', group: `-g${group}` }[granularity];
}

/** The group length where scales are not per group (see `Quantizer.idle`). */
export function idleGroup(granularity: Granularity): Readonly<Record<string, string>> {
  return granularity === 'group' ? {} : { group: `it goes with granularity=group, not with granularity=${granularity}` };
}

/** Runs of `group` elements inside spans of `spanLength`; scale index = span * groupsPerSpan + group. */
export interface GroupGeometry {
  readonly spans: number;
  readonly spanLength: number;
  readonly group: number;
  readonly groupsPerSpan: number;
}

/** Geometry of a rows x cols tensor. */
export function groupGeometry(tensor: MatrixShape, granularity: Granularity, group: number): GroupGeometry {
  if (granularity === 'tensor') {
    const length = tensor.rows * tensor.cols;
    return { spans: 1, spanLength: length, group: length, groupsPerSpan: 1 };
  }
  const length = granularity === 'channel' ? tensor.cols : Math.min(group, tensor.cols);
  return { spans: tensor.rows, spanLength: tensor.cols, group: length, groupsPerSpan: Math.ceil(tensor.cols / length) };
}

/** Geometry of a quantized tensor whose choices name its granularity. */
export function storedGeometry(quantized: QuantizedTensor): GroupGeometry {
  return groupGeometry(quantized, quantized.choices['granularity'] as Granularity, quantized.group);
}

/** Elements per scale as QuantizedTensor.group states them. */
export function statedGroup(cols: number, granularity: Granularity, group: number): number {
  return { tensor: 0, channel: cols, group }[granularity];
}

/** Calls `visit(index, start, end)` for every group in storage order; elements start..end-1 of the flat data share scale `index`. */
export function eachGroup({ spans, spanLength, group }: GroupGeometry, visit: (index: number, start: number, end: number) => void): void {
  let index = 0;
  for (let span = 0; span < spans; span++) {
    const spanEnd = (span + 1) * spanLength;
    for (let start = span * spanLength; start < spanEnd; start += group) visit(index++, start, Math.min(start + group, spanEnd));
  }
}

/** Bits per element of `payload`-bit codes with `sideBits` stored for every tensor, channel or group. */
export function bitsOf(
  tensor: MatrixShape,
  granularity: Granularity,
  bits: { readonly payload: number; readonly side: number; readonly group: number },
): BitParts {
  const { payload, side, group } = bits;
  if (granularity === 'tensor') return { ...NO_BITS, payload, tensor: tensorBits(tensor.rows, tensor.cols, side) };
  if (granularity === 'channel') return { ...NO_BITS, payload, channel: channelBits(tensor.cols, side) };
  return { ...NO_BITS, payload, group: groupBits(tensor.cols, Math.min(group, tensor.cols), side) };
}
