/** What value-dependent models need to know about a quantized tensor, measured on it. */
import type { Matrix } from '../numeric/matrix.js';
import { moments } from '../numeric/moments.js';
import { quantizerNamed } from './index.js';
import type { QuantizedTensor } from './quantizer.js';

/** Measured statistics of a tensor; the shape of `TensorStatistics` of a trace. */
export interface MeasuredStatistics {
  readonly origin: 'measured';
  /** Share of elements whose dequantized value is 0. */
  readonly zeroDensity: number;
  /** Share of one bits over all code words. */
  readonly bitDensity: number;
  /** Of the unquantized values; absent when they are all equal. */
  readonly kurtosis?: number;
  readonly termHistogram?: number[];
  readonly maxOverStd?: number;
  readonly datatypeHistogram?: Readonly<Record<string, number>>;
  readonly outlierPairs?: { readonly normalNormal: number; readonly outlierNormal: number; readonly outlierOutlier: number };
  /** Share of elements stored apart. */
  readonly outlierShare?: number;
}

const onesOf = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

/**
 * Statistics of a tensor, its quantized form and the values read back from it (all of rows * cols elements); `shape` are the moments
 * of the tensor, for callers that have them.
 */
export function tensorStatistics(
  original: Matrix,
  quantized: QuantizedTensor,
  dequantized: Float32Array,
  shape: { readonly kurtosis: number | null; readonly maxOverStd: number | null } = moments(original.data),
): MeasuredStatistics {
  const { termHistogram } = quantizerNamed(quantized.quantizer);
  const { codes, codeBits, datatypeHistogram, outlierPairs, outlierShare } = quantized;
  let zeros = 0;
  let ones = 0;
  for (let i = 0; i < codes.length; i++) {
    if (dequantized[i] === 0) zeros++;
    ones += onesOf[codes[i]!]!;
  }
  const { kurtosis, maxOverStd } = shape;
  return {
    origin: 'measured',
    zeroDensity: zeros / codes.length,
    bitDensity: ones / (codes.length * codeBits),
    ...(kurtosis === null ? {} : { kurtosis }),
    ...(maxOverStd === null ? {} : { maxOverStd }),
    ...(termHistogram === undefined ? {} : { termHistogram: termHistogram(quantized) }),
    ...(datatypeHistogram === undefined ? {} : { datatypeHistogram }),
    ...(outlierPairs === undefined ? {} : { outlierPairs }),
    ...(outlierShare === undefined ? {} : { outlierShare }),
  };
}
