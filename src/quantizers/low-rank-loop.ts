/**
 * The alternating loop of LQ-LoRA: W ~ Q + L1 L2, one of the two fitted while the other is held.
 *   L1 L2 = SVD_r((W - Q) D) D^-1      Q = quantized(W - L1 L2)      error = sum ((W - Q - L1 L2) D)^2,  D = diag(d) over columns
 * from Q = 0 until the error rises; what is kept is the best, plain quantization without a product among them, so that the error is never above its own.
 * L1 = U sqrt(S) and L2 = sqrt(S) V' D^-1 in FP16 (the released code keeps them in the type of the weights); Q and the error see them as stored.
 * Source: LQ-LoRA, ICLR 2024, algorithm 1 and 2, and its released code. [ours]: plain quantization as a candidate, best in place of last.
 * Left out: weights of rows (low-rank product weighted from both sides by row and column means of the Fisher information, which takes gradients).
 */
import { LowbitError } from '../lowbit-error.js';
import { float16Bits, float16FromBits } from '../numeric/float16.js';
import { matrix, type Matrix } from '../numeric/matrix.js';
import { roundToFloat16 } from '../numeric/rounding.js';
import { truncatedSvd } from '../numeric/truncated-svd.js';
import { factorProduct } from './low-rank-factors.js';
import type { QuantizedTensor } from './quantizer.js';

export interface LoopRequest {
  readonly rank: number;
  /** At most so many fits of the product. */
  readonly iterations: number;
  /** d, one per column, all positive; absent: all 1. */
  readonly columnWeights: Float64Array | undefined;
  readonly quantize: (residual: Matrix) => QuantizedTensor;
  readonly dequantize: (quantized: QuantizedTensor) => Float32Array;
}

interface Fit {
  readonly quantized: QuantizedTensor;
  /** L2 [rank, K] and L1 [N, rank] as numbers that FP16 holds. */
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly error: number;
}

/** The best of the loop, and how many times the product was fitted. */
export function alternate(tensor: Matrix, { rank, iterations, columnWeights, ...base }: LoopRequest): Fit & { readonly fits: number } {
  const { rows, cols } = tensor;
  const plain = base.quantize(tensor);
  const nothing = { a: new Float32Array(rank * cols), b: new Float32Array(rows * rank) };
  let best: Fit = { quantized: plain, ...nothing, error: weightedSquares(tensor, base.dequantize(plain), columnWeights) };
  let held: Float32Array = new Float32Array(rows * cols);
  let last = Infinity;
  for (let fits = 1; ; fits++) {
    const { a, b } = fittedFactors(without(tensor, held), rank, columnWeights);
    const product = factorProduct(a, b, { rows, cols, rank });
    const quantized = base.quantize(without(tensor, product));
    held = base.dequantize(quantized);
    const error = weightedSquares(tensor, sum(held, product), columnWeights);
    if (error < best.error) best = { quantized, a, b, error };
    if (error > last || fits === iterations) return { ...best, fits };
    last = error;
  }
}

function without({ rows, cols, data }: Matrix, part: Float32Array): Matrix {
  return matrix(
    rows,
    cols,
    data.map((value, i) => value - part[i]!),
  );
}

function sum(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value + b[i]!);
}

/** L2 and L1 of what is left, rounded to FP16. */
function fittedFactors(
  rest: Matrix,
  rank: number,
  columnWeights: Float64Array | undefined,
): { readonly a: Float32Array; readonly b: Float32Array } {
  const weight = (column: number): number => columnWeights?.[column] ?? 1;
  const { rows, cols, data } = rest;
  const weighted = data.map((value, i) => value * weight(i % cols));
  const { left, values, right } = truncatedSvd(matrix(rows, cols, weighted), rank);
  const roots = values.map(Math.sqrt);
  return {
    a: right.map((value, i) => half((value * roots[Math.floor(i / cols)]!) / weight(i % cols))),
    b: left.map((value, i) => half(value * roots[i % rank]!)),
  };
}

function half(value: number): number {
  const rounded = roundToFloat16(value);
  if (Number.isFinite(rounded)) return rounded;
  throw new LowbitError('a factor of the low-rank product does not fit fp16', { value, remedy: 'divide the tensor by a power of two' });
}

function weightedSquares({ cols, data }: Matrix, read: Float32Array, columnWeights: Float64Array | undefined): number {
  let total = 0;
  for (let i = 0; i < data.length; i++) total += ((data[i]! - read[i]!) * (columnWeights?.[i % cols] ?? 1)) ** 2;
  return total;
}

/** Bit patterns of numbers that FP16 holds. */
export function halfPatterns(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, float16Bits);
}

/** L1 L2 of stored patterns. */
export function storedProduct(
  a: Uint16Array,
  b: Uint16Array,
  sizes: { readonly rows: number; readonly cols: number; readonly rank: number },
): Float32Array {
  return factorProduct(Float32Array.from(a, float16FromBits), Float32Array.from(b, float16FromBits), sizes);
}
