/** The steps on the input of a product group, row by row: permutation, Walsh-Hadamard transform, scale (decoder-model.ts says what each is). */
import { hadamardInPlace } from '../numeric/hadamard.js';
import type { Rows } from '../numeric/matmul.js';
import type { InputStep } from './decoder-model.js';

/** Applies the steps in order to rows without gaps. Throws RangeError for a block that does not divide the width. */
export function applySteps(x: Rows, steps: readonly InputStep[]): void {
  const data = x.data.subarray(0, x.rows * x.cols);
  for (const step of steps) {
    if (step.kind === 'permutation') permute(data, step.order);
    else if (step.kind === 'scale') scale(data, step.factors);
    else if (x.cols % step.block !== 0) throw new RangeError(`Hadamard transform of ${x.cols} channels in blocks of ${step.block}`);
    else hadamardInPlace(data, step.block);
  }
}

function permute(data: Float32Array, order: Int32Array): void {
  const row = new Float32Array(order.length);
  for (let base = 0; base < data.length; base += order.length) {
    row.set(data.subarray(base, base + order.length));
    for (let j = 0; j < order.length; j++) data[base + j] = row[order[j]!]!;
  }
}

function scale(data: Float32Array, factors: Float32Array): void {
  for (let base = 0; base < data.length; base += factors.length) {
    for (let j = 0; j < factors.length; j++) data[base + j]! *= factors[j]!;
  }
}
