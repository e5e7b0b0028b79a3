/**
 * Scale units of ANT and OliVe: the runs of a row-major tensor that share one clip value, and what their scales cost.
 * Source: ANT, MICRO 2022 (weights per output channel, activations per tensor); groups along a row are an extension of this project.
 */
import { channelBits, groupBits, tensorBits } from '../formats/bit-accounting.js';
import type { Granularity } from './group-geometry.js';
import { NO_BITS, type BitParts } from './quantizer.js';

/** Which elements share a scale; `group` counts elements along a row and is used with granularity `group` only. */
export interface UnitShape {
  readonly granularity: Granularity;
  readonly group: number;
}

/** Smallest fixed clip value: its scale is still a normal float32 number. */
export const SMALLEST_ALPHA = 2 ** -100;

/** Scales are kept as the float32 numbers the released quantizers compute. */
const SCALE_bits = 32;

/** First element of every unit, and the end of the last one. */
export function unitStarts(rows: number, cols: number, { granularity, group }: UnitShape): number[] {
  if (granularity === 'tensor') return [0, rows * cols];
  const length = granularity === 'channel' ? cols : group;
  const starts: number[] = [];
  for (let row = 0; row < rows; row++) for (let col = 0; col < cols; col += length) starts.push(row * cols + col);
  return [...starts, rows * cols];
}

/** Elements per scale as QuantizedTensor.group states them. */
export function unitGroup(cols: number, { granularity, group }: UnitShape): number {
  if (granularity === 'tensor') return 0;
  return granularity === 'channel' ? cols : group;
}

/** Stored bits per element with `payload` bits of code. */
export function unitBits(rows: number, cols: number, { granularity, group }: UnitShape, payload: number): BitParts {
  if (granularity === 'tensor') return { ...NO_BITS, payload, tensor: tensorBits(rows, cols, SCALE_bits) };
  if (granularity === 'channel') return { ...NO_BITS, payload, channel: channelBits(cols, SCALE_bits) };
  return { ...NO_BITS, payload, group: groupBits(cols, group, SCALE_bits) };
}

/** Largest magnitude of finite values. */
export function largestMagnitude(x: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    const magnitude = Math.abs(x[i]!);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

/** True when the grid must have a sign: as asked, or for `auto` always for weights and where a tensor-wide operand has a negative value. */
export function resolveSign(signed: boolean | 'auto', { granularity }: UnitShape, data: Float32Array): boolean {
  if (signed !== 'auto') return signed;
  return granularity !== 'tensor' || data.some((x) => x < 0);
}

/** Options as choices of a quantized tensor: those that were not given are left out. */
export function definedOptions(
  options: Readonly<Record<string, string | number | boolean | undefined>>,
): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(options).filter((entry): entry is [string, string | number | boolean] => entry[1] !== undefined),
  );
}
