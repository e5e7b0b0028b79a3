/**
 * What ANT and OliVe read the same way from their options: the sign of the grid, the smallest fixed clip, the width of a scale.
 * Source: ANT, MICRO 2022 (weights per output channel, activations per tensor); groups along a row are an extension of this project.
 */
import { LowbitError } from '../lowbit-error.js';
import type { Matrix } from '../numeric/matrix.js';
import type { Granularity } from './group-geometry.js';

/** Smallest fixed clip value: its scale is still a normal float32 number. */
export const SMALLEST_ALPHA = 2 ** -100;

/** Scales are kept as the float32 numbers the released quantizers compute. */
export const CLIP_SCALE_bits = 32;

/** The range of the clip search where the clip is fixed (see `Quantizer.idle`). */
export function idleSearch(alpha: number | undefined): Readonly<Record<string, string>> {
  if (alpha === undefined) return {};
  const reason = `alpha=${alpha} fixes the clip value, so there is no search`;
  return { clipLow: reason, clipHigh: reason, clipStep: reason };
}

/** True when the grid must have a sign: as asked, or for `auto` always for weights and where a tensor-wide operand has a negative value. */
export function resolveSign(signed: boolean | 'auto', granularity: Granularity, data: Float32Array): boolean {
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

/**
 * The summed error of a clip search, which is float32 as released: beyond about 1e19 squares overflow, every clip looks alike and nothing was
 * searched. Throws LowbitError then.
 */
export function finiteError(error: number, { data }: Matrix): number {
  if (Number.isFinite(error)) return error;
  throw new LowbitError('weights are too large for a clip search', {
    value: data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0),
    remedy: 'their squared errors overflow float32; divide the tensor by a power of two',
  });
}
