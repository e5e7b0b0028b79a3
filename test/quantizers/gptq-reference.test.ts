/** Do codes and scales agree with GPTQ as its paper states it, with an inverse Hessian that loses a row and a column at every step? */
import { describe, expect, it } from 'vitest';
import { matrix, type Matrix } from '../../src/numeric/matrix.js';
import { asymmetricFit } from '../../src/quantizers/integer-grid.js';
import { heavyTailed } from './random-matrix.js';
import { quantizeSeeing, syntheticCalibration } from './synthetic-calibration.js';
import { readBack } from './weight-matrices.js';

const DAMPING = 0.01;

/** Inverse of the damped Hessian by Gauss-Jordan, float64. */
function dampedInverse({ rows: size, data }: Matrix): number[][] {
  const mean = Array.from({ length: size }, (_, j) => data[j * size + j]!).reduce((sum, value) => sum + value, 0) / size;
  const left = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => data[i * size + j]! + (i === j ? DAMPING * mean : 0)),
  );
  const right = left.map((_, i) => left.map((_, j) => (i === j ? 1 : 0)));
  for (let p = 0; p < size; p++) {
    const pivot = left[p]![p]!;
    for (const side of [left, right]) side[p] = side[p]!.map((value) => value / pivot);
    for (let i = 0; i < size; i++) {
      const factor = left[i]![p]!;
      if (i !== p) for (const side of [left, right]) side[i] = side[i]!.map((value, j) => value - factor * side[p]![j]!);
    }
  }
  return right;
}

/** Algorithm 1 of the paper for one row of asymmetric groups. */
function referenceRow(row: number[], inverse: number[][], group: number, bits: number): number[] {
  const [weights, h] = [row.slice(), inverse.map((line) => line.slice())];
  let [scale, zero] = [1, 0];
  return row.map((_, j) => {
    if (j % group === 0) {
      const members = weights.slice(j, j + group).map(Math.fround);
      ({ scale, zero } = asymmetricFit(Math.min(0, ...members), Math.max(0, ...members), bits));
    }
    const code = Math.min(2 ** bits - 1, Math.max(0, Math.round(weights[j]! / scale) + zero));
    const value = (code - zero) * scale;
    const error = (weights[j]! - value) / h[j]![j]!;
    for (let k = j + 1; k < row.length; k++) weights[k]! -= error * h[j]![k]!;
    const [taken, pivot] = [h[j]!.slice(), h[j]![j]!];
    for (let i = j + 1; i < row.length; i++) for (let k = j + 1; k < row.length; k++) h[i]![k]! -= (taken[i]! * taken[k]!) / pivot;
    return value;
  });
}

describe('groups that are fitted in the loop', () => {
  it.each([8, 16, 24])('of %i columns have the scales and values of the paper', (group) => {
    const [rows, cols, bits] = [5, 48, 3];
    const tensor = matrix(rows, cols, heavyTailed(rows * cols, group, 0.05));
    const inverse = dampedInverse(syntheticCalibration(cols).hessian!);
    const values = readBack(quantizeSeeing('gptq', tensor, { bits, group, symmetric: false, damping: DAMPING }));
    const expected = Array.from({ length: rows }, (_, row) =>
      referenceRow([...tensor.data.subarray(row * cols, (row + 1) * cols)], inverse, group, bits),
    ).flat();
    expected.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 6));
  });
});
