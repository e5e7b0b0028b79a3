/** Calibration from seeded inputs, so that a test can go through every quantizer whatever it asks to see. */
import type { Matrix } from '../../src/numeric/matrix.js';
import { seededRandom } from '../../src/numeric/random.js';
import type { Calibration } from '../../src/quantizers/calibration.js';
import { quantize, quantizerNamed } from '../../src/quantizers/index.js';
import type { QuantizedTensor } from '../../src/quantizers/quantizer.js';

/** Inputs of `tokens` tokens: neighbours among the channels are correlated, and every 16th channel is 8 times as large. */
export function syntheticInputs(tokens: number, cols: number, seed: number): Matrix {
  const { normal } = seededRandom(seed);
  const data = new Float32Array(tokens * cols);
  for (let token = 0; token < tokens; token++) {
    let state = normal();
    for (let k = 0; k < cols; k++) {
      state = 0.8 * state + 0.6 * normal();
      data[token * cols + k] = k % 16 === 5 ? 8 * state : state;
    }
  }
  return { rows: tokens, cols, data };
}

/** What the calibration of a model would hold of these inputs: all parts, all tokens as samples. */
export function calibrationOf(samples: Matrix): Calibration & { readonly hessian: Matrix; readonly samples: Matrix } {
  const { rows: tokens, cols, data } = samples;
  const hessian = new Float32Array(cols * cols);
  const [meanAbs, maxAbs, squareSum] = [new Float32Array(cols), new Float32Array(cols), new Float64Array(cols)];
  for (let i = 0; i < cols; i++) {
    let sum = 0;
    for (let token = 0; token < tokens; token++) {
      const x = data[token * cols + i]!;
      sum += Math.abs(x);
      maxAbs[i] = Math.max(maxAbs[i]!, Math.abs(x));
      squareSum[i]! += x * x;
    }
    meanAbs[i] = sum / tokens;
    for (let j = 0; j <= i; j++) {
      let product = 0;
      for (let token = 0; token < tokens; token++) product += data[token * cols + i]! * data[token * cols + j]!;
      hessian[i * cols + j] = hessian[j * cols + i] = (2 / tokens) * product;
    }
  }
  return { tokens, channels: { meanAbs, maxAbs, squareSum }, hessian: { rows: cols, cols, data: hessian }, samples };
}

const made = new Map<number, Calibration>();

/** The synthetic calibration of a matrix with that many columns; made once. */
export function syntheticCalibration(cols: number): Calibration {
  const known = made.get(cols);
  if (known !== undefined) return known;
  const calibration = calibrationOf(syntheticInputs(48, cols, cols));
  made.set(cols, calibration);
  return calibration;
}

/** `quantize`, with a synthetic calibration for the quantizers that need one. */
export function quantizeSeeing(name: string, tensor: Matrix, options: Readonly<Record<string, unknown>> = {}): QuantizedTensor {
  return quantize(name, tensor, options, quantizerNamed(name).needs === undefined ? undefined : syntheticCalibration(tensor.cols));
}
