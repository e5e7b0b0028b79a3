/**
 * The reverse of RMSNorm and LayerNorm (normalization.ts), sums in float64. With f = 1 / sqrt(.. + epsilon), u = (x - mean) f (rms: mean = 0) and
 * e = (dL/dy) gain:
 *   rms    dL/dx = f (e - u mean(e u))
 *   layer  dL/dx = f (e - mean(e) - u mean(e u))
 * Source: derivatives of the formulas in normalization.ts. Left out: gradients of gains and biases.
 */
import type { Rows } from '../../numeric/matmul.js';
import type { Norm } from '../decoder-model.js';

/** gradient += dL/dx, from x and `along` = dL/dy. */
export function addNormGradient(x: Rows, norm: Norm, along: Rows, gradient: Rows): void {
  for (let r = 0; r < x.rows; r++) {
    const row = ({ data, stride, cols }: Rows): Float32Array => data.subarray(r * stride, r * stride + cols);
    addRow(row(x), norm, row(along), row(gradient));
  }
}

function addRow(x: Float32Array, { kind, gain, epsilon }: Norm, along: Float32Array, gradient: Float32Array): void {
  const count = x.length;
  let mean = 0;
  if (kind === 'layer') {
    for (let i = 0; i < count; i++) mean += x[i]!;
    mean /= count;
  }
  let square = 0;
  let sum = 0;
  let product = 0;
  for (let i = 0; i < count; i++) {
    const centred = x[i]! - mean;
    const e = along[i]! * gain[i]!;
    square += centred * centred;
    sum += e;
    product += e * centred;
  }
  const factor = 1 / Math.sqrt(square / count + epsilon);
  const meanE = kind === 'layer' ? sum / count : 0;
  const slope = (product * factor * factor) / count;
  for (let i = 0; i < count; i++) gradient[i]! += factor * (along[i]! * gain[i]! - meanE - (x[i]! - mean) * slope);
}
