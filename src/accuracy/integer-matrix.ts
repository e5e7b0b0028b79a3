/**
 * Quantized matrices as integers under scales, and their exact products; code-exact.ts says what they are for and how exact they are.
 */
import { LowbitError } from '../lowbit-error.js';
import { quantizerNamed } from '../quantizers/index.js';
import type { QuantizedTensor } from '../quantizers/quantizer.js';

/** A quantized matrix as integers under scales: value (r, c) = numbers[r cols + c] * scale of (r, floor(c / group)). */
export interface IntegerMatrix {
  readonly rows: number;
  readonly cols: number;
  /** Codes less their zero points. */
  readonly numbers: Int16Array;
  /** Columns that share a scale. */
  readonly group: number;
  /** [rows, ceil(cols / group)] */
  readonly scales: Float32Array;
}

/** Throws LowbitError for a tensor whose values are no integers under one scale per group. */
export function integerMatrix(quantized: QuantizedTensor): IntegerMatrix {
  const { rows, cols, codes, side, format, codeBits } = quantized;
  const { scales, zeros, ...rest } = side;
  if (!/^int\d+(-|$)/.test(format) || !(scales instanceof Float32Array) || Object.keys(rest).length > 0) throw notInteger(quantized);
  const group = quantized.group === 0 ? cols : Math.min(quantized.group, cols);
  const perRow = Math.ceil(cols / group);
  const numbers = new Int16Array(rows * cols);
  const all = new Float32Array(rows * perRow);
  const signShift = zeros === undefined ? 32 - codeBits : 0;
  for (let r = 0; r < rows; r++) {
    for (let g = 0; g < perRow; g++) {
      const index = quantized.group === 0 ? 0 : r * perRow + g;
      const zero = zeros?.[index] ?? 0;
      all[r * perRow + g] = scales[index]!;
      for (let i = r * cols + g * group; i < r * cols + Math.min(cols, (g + 1) * group); i++) {
        numbers[i] = ((codes[i]! << signShift) >> signShift) - zero;
      }
    }
  }
  const result = { rows, cols, numbers, group, scales: all };
  if (!readsBack(result, quantizerNamed(quantized.quantizer).dequantize(quantized))) throw notInteger(quantized);
  return result;
}

function notInteger({ quantizer, format }: QuantizedTensor): LowbitError {
  return new LowbitError('codes of this format are no integers under one scale per group', {
    value: `${format} (${quantizer})`,
    allowed: ['int2 .. int8, symmetric or asymmetric, per tensor, channel or group'],
    remedy: 'run it fake-quantized',
  });
}

/** Whether integers and scales give the values the quantizer itself reads back. */
function readsBack({ rows, cols, numbers, group, scales }: IntegerMatrix, values: Float32Array): boolean {
  const perRow = Math.ceil(cols / group);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      const i = r * cols + c;
      if (Math.fround(numbers[i]! * scales[r * perRow + Math.floor(c / group)]!) !== values[i]!) return false;
    }
  }
  return true;
}

/** x w' of integers under scales, [x.rows, w.rows]. */
export function integerProduct(x: IntegerMatrix, w: IntegerMatrix): Float32Array {
  if (x.cols !== w.cols) throw new RangeError(`product of ${x.cols} and ${w.cols} columns`);
  const runs = commonRuns(x, w);
  const y = new Float32Array(x.rows * w.rows);
  const [xPerRow, wPerRow] = [Math.ceil(x.cols / x.group), Math.ceil(w.cols / w.group)];
  const sums = new Float64Array(w.rows);
  for (let t = 0; t < x.rows; t++) {
    sums.fill(0);
    for (const { from, to } of runs) {
      const numbers = x.numbers.subarray(t * x.cols + from, t * x.cols + to);
      const scale = x.scales[t * xPerRow + Math.floor(from / x.group)]!;
      const group = Math.floor(from / w.group);
      for (let n = 0; n < w.rows; n++)
        sums[n]! += scale * w.scales[n * wPerRow + group]! * integerDot(numbers, w.numbers, n * w.cols + from);
    }
    y.set(sums, t * w.rows);
  }
  return y;
}

/** Runs of K within which neither side changes its group. */
function commonRuns(x: IntegerMatrix, w: IntegerMatrix): { readonly from: number; readonly to: number }[] {
  const ends = new Set<number>([x.cols]);
  for (const { group } of [x, w]) for (let end = group; end < x.cols; end += group) ends.add(end);
  const sorted = [...ends].sort((a, b) => a - b);
  return sorted.map((to, i) => ({ from: sorted[i - 1] ?? 0, to }));
}

function integerDot(x: Int16Array, w: Int16Array, from: number): number {
  let sum = 0;
  for (let k = 0; k < x.length; k++) sum += x[k]! * w[from + k]!;
  return sum;
}
