/**
 * RMSNorm and LayerNorm of rows, statistics in float64.
 *   rms    y = x / sqrt(mean x^2 + epsilon) * gain                              (Zhang and Sennrich, arXiv:1910.07467)
 *   layer  y = (x - mean x) / sqrt(mean (x - mean x)^2 + epsilon) * gain + bias (Ba, Kiros, Hinton, arXiv:1607.06450)
 */
import type { Rows } from '../numeric/matmul.js';
import type { Norm } from './decoder-model.js';

/** y = norm(x), row by row. */
export function normalize(x: Rows, norm: Norm, y: Rows): void {
  const { cols } = x;
  for (let r = 0; r < x.rows; r++) {
    const from = x.data.subarray(r * x.stride, r * x.stride + cols);
    const to = y.data.subarray(r * y.stride, r * y.stride + cols);
    normalizeRow(from, norm, to);
  }
}

function normalizeRow(x: Float32Array, { kind, gain, bias, epsilon }: Norm, y: Float32Array): void {
  const count = x.length;
  let mean = 0;
  if (kind === 'layer') {
    for (let i = 0; i < count; i++) mean += x[i]!;
    mean /= count;
  }
  let square = 0;
  for (let i = 0; i < count; i++) square += (x[i]! - mean) * (x[i]! - mean);
  const factor = 1 / Math.sqrt(square / count + epsilon);
  if (bias === undefined) for (let i = 0; i < count; i++) y[i] = (x[i]! - mean) * factor * gain[i]!;
  else for (let i = 0; i < count; i++) y[i] = (x[i]! - mean) * factor * gain[i]! + bias[i]!;
}
