/**
 * AWQ's clip search: round to nearest, with every group clipped where its part of the output errs least on samples of the inputs.
 * Formula: per (row, group) c_i = amax (1 - i/20), i = 0..9, minimising mean over tokens of (sum over the group of x (Q(clamp(w, +-c_i)) - w))^2.
 * i = 0 is round to nearest, and the first of equal errors is taken: never worse in this objective. The error is d G d' / T with d = Q - w and G = X'X of
 * the group's inputs, which is the same sum in another order (float32 products, float64 sums).
 * Source: AWQ, MLSys 2024, and its released search (values only: 10 of 20 steps, at most 512 tokens). Left out: its scaling of channels, which is the rewrite
 * `awq`; the rule that query and key projections are not clipped, which the caller follows by giving them round to nearest.
 */
import { z } from 'zod';
import { matmulSpace, rowsOf, type MatmulSpace } from '../numeric/matmul.js';
import type { Matrix } from '../numeric/matrix.js';
import { outerProductSum } from '../numeric/outer-product-sum.js';
import { granularitySuffix } from './group-geometry.js';
import type { Quantizer } from './quantizer.js';
import { roundToNearest, type RoundToNearestOptions } from './round-to-nearest.js';

const CLIP_STEPS = 20;
const CLIPS_TRIED = 10;
/** Rows that are searched together, so that products have a size worth while and memory stays small. */
const ROWS_TOGETHER = 512;

const options = z.strictObject({
  bits: z.int().min(2).max(8).default(4).describe('bits of one code word'),
  group: z.int().positive().default(128).describe('group length along K'),
  symmetric: z.boolean().default(false).describe('true: no zero point'),
});
export type AwqClipOptions = z.infer<typeof options>;

export const awqClip: Quantizer<AwqClipOptions> = {
  name: 'awq-clip',
  description: 'round to nearest, each group clipped where its part of the output errs least on samples',
  source: 'AWQ, MLSys 2024, arXiv 2306.00978',
  modelVersion: 1,
  options,
  needs: ['samples'],
  formatName: ({ bits, symmetric, group }) => `int${bits}${symmetric ? '' : '-asym'}${granularitySuffix('group', group)}`,
  storedBits: (shape, chosen) => roundToNearest.storedBits(shape, nearestOptions(chosen)),
  quantize(tensor, chosen, calibration) {
    const { clipped, share } = clippedWeights(tensor, calibration!.samples!, chosen);
    const quantized = roundToNearest.quantize(clipped, nearestOptions(chosen));
    const { fullRange: _, ...choices } = quantized.choices;
    return { ...quantized, quantizer: awqClip.name, choices: { ...choices, clippedGroups: share } };
  },
  dequantize: (quantized) => roundToNearest.dequantize(quantized),
  encode: (values, quantized) => roundToNearest.encode(values, quantized),
};

function nearestOptions({ bits, group, symmetric }: AwqClipOptions): RoundToNearestOptions {
  return { bits, granularity: 'group', group, symmetric, fullRange: false };
}

/** The weights, every group clamped as its search found best, and the share of groups that were. */
function clippedWeights(tensor: Matrix, samples: Matrix, chosen: AwqClipOptions): { clipped: Matrix; share: number } {
  const { rows, cols, data } = tensor;
  const clipped = { rows, cols, data: data.slice() };
  const length = Math.min(chosen.group, cols);
  let found = 0;
  for (let from = 0; from < cols; from += length) {
    const width = Math.min(length, cols - from);
    const together = Math.min(ROWS_TOGETHER, rows);
    const search = groupSearch(samples, { from, width, together }, chosen);
    for (let first = 0; first < rows; first += together) {
      const part = columnsOf(tensor, first, Math.min(together, rows - first), { from, width });
      const bounds = search(part);
      bounds.forEach((bound, row) => {
        if (bound === Infinity) return;
        found++;
        const at = (first + row) * cols + from;
        for (let i = at; i < at + width; i++) clipped.data[i] = Math.min(bound, Math.max(-bound, data[i]!));
      });
    }
  }
  return { clipped, share: found / (rows * Math.ceil(cols / length)) };
}

interface Columns {
  readonly from: number;
  readonly width: number;
}

function columnsOf({ cols, data }: Matrix, first: number, count: number, { from, width }: Columns): Matrix {
  const part = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    const at = (first + row) * cols + from;
    part.set(data.subarray(at, at + width), row * width);
  }
  return { rows: count, cols: width, data: part };
}

/** A search for the bounds of the rows of a group; Infinity where nothing is to be clipped. */
function groupSearch(
  samples: Matrix,
  columns: Columns & { readonly together: number },
  chosen: AwqClipOptions,
): (part: Matrix) => Float32Array {
  const { width, together } = columns;
  const space = matmulSpace(width * width + 2 * together * width + 16);
  const gram = space.allocate(width * width);
  const sum = outerProductSum(width);
  sum.add(columnsOf(samples, 0, samples.rows, columns));
  gram.set(sum.result(1).data);
  const arrays = { space, gram, moved: space.allocate(together * width), product: space.allocate(together * width) };
  return (part) => {
    const bounds = new Float32Array(part.rows).fill(Infinity);
    const largest = Float32Array.from(bounds, (_, row) => rowMaximum(part, row));
    const best = outputErrors(part, part, chosen, arrays);
    for (let step = 1; step < CLIPS_TRIED; step++) {
      const limits = largest.map((value) => value * (1 - step / CLIP_STEPS));
      const clamped = part.data.map((value, i) => {
        const limit = limits[Math.floor(i / width)]!;
        return value > limit ? limit : value < -limit ? -limit : value;
      });
      outputErrors(part, { ...part, data: clamped }, chosen, arrays).forEach((error, row) => {
        if (error >= best[row]!) return;
        best[row] = error;
        bounds[row] = limits[row]!;
      });
    }
    return bounds;
  };
}

function rowMaximum({ cols, data }: Matrix, row: number): number {
  let largest = 0;
  for (let i = row * cols; i < (row + 1) * cols; i++) largest = Math.max(largest, Math.abs(data[i]!));
  return largest;
}

interface SearchArrays {
  readonly space: MatmulSpace;
  readonly gram: Float32Array;
  readonly moved: Float32Array;
  readonly product: Float32Array;
}

/** (Q(clamped) - w) G (Q(clamped) - w)' of every row. */
function outputErrors(part: Matrix, clamped: Matrix, chosen: AwqClipOptions, { space, gram, moved, product }: SearchArrays): Float64Array {
  const { rows, cols: width } = part;
  const values = roundToNearest.dequantize(roundToNearest.quantize(clamped, nearestOptions(chosen)));
  for (let i = 0; i < values.length; i++) moved[i] = values[i]! - part.data[i]!;
  space.timesTransposed(rowsOf(moved, rows, width), rowsOf(gram, width, width), rowsOf(product, rows, width));
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let i = row * width; i < (row + 1) * width; i++) sum += moved[i]! * product[i]!;
    return sum;
  });
}
