/**
 * Signal over quantization noise of the quantizer of a scheme, on a synthetic weight matrix that is the same for every scheme.
 *   weights  256 x 1024, Student's t with 5 degrees of freedom, t = z / sqrt(sum of 5 squared normals / 5), each output channel times its own scale
 *            exp(normal / 4); one seeded generator (numeric/random.ts). Heavy tails and unequal channels are what weights of language models have;
 *            the matrix is synthetic all the same: it orders quantizers, it predicts no accuracy.
 *   SQNR     10 log10(sum of squares / sum of squared errors), numeric/error-metrics.ts
 * Left out: calibration, activations, outlier structure across channels.
 */
import { errorMetrics } from '../../numeric/error-metrics.js';
import { portableExp } from '../../numeric/logarithm.js';
import type { Matrix } from '../../numeric/matrix.js';
import { seededRandom } from '../../numeric/random.js';
import { quantizerNamed } from '../../quantizers/index.js';
import { parseOptions } from '../../quantizers/quantize-options.js';
import type { SchemeConfig } from '../../trace/scheme-config.js';
import { optionsOfEntry } from '../../trace/scheme-entries.js';

const ROWS = 256;
const COLUMNS = 1024;
const FREEDOM = 5;
const SEED = 1;

let made: Matrix | undefined;

/** The matrix every scheme is judged on. @internal */
export function syntheticWeights(): Matrix {
  if (made !== undefined) return made;
  const random = seededRandom(SEED);
  const data = new Float32Array(ROWS * COLUMNS);
  for (let row = 0; row < ROWS; row++) {
    const scale = portableExp(random.normal() / 4);
    for (let column = 0; column < COLUMNS; column++) {
      const value = random.normal();
      let squares = 0;
      for (let i = 0; i < FREEDOM; i++) squares += random.normal() ** 2;
      data[row * COLUMNS + column] = (scale * value) / Math.sqrt(squares / FREEDOM);
    }
  }
  made = { rows: ROWS, cols: COLUMNS, data };
  return made;
}

/** SQNR in dB; NaN for a scheme without a quantizer or with several, with one that needs calibration, or without noise. Throws LowbitError for options or shapes the quantizer refuses. */
export function weightSqnr_dB({ weight, layers }: SchemeConfig): number {
  if (weight.quantizer === undefined || layers !== undefined) return NaN;
  const quantizer = quantizerNamed(weight.quantizer);
  const options = parseOptions(quantizer, optionsOfEntry(weight));
  if (quantizer.needs !== undefined) return NaN;
  const matrix = syntheticWeights();
  const refusal = quantizer.refusal?.(matrix, options);
  if (refusal !== undefined) throw refusal;
  const quantized = quantizer.quantize(matrix, options);
  return errorMetrics(matrix.data, quantizer.dequantize(quantized)).sqnr_dB ?? NaN;
}
