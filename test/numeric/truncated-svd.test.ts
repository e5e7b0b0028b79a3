import { describe, expect, it } from 'vitest';
import { matrix, type Matrix } from '../../src/numeric/matrix.js';
import { seededRandom } from '../../src/numeric/random.js';
import { symmetricEigen } from '../../src/numeric/symmetric-eigen.js';
import { truncatedSvd, type TruncatedSvd } from '../../src/numeric/truncated-svd.js';

function white(rows: number, cols: number, seed: number): Matrix {
  const { normal } = seededRandom(seed);
  return matrix(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, () => normal()),
  );
}

/** Singular values by one-sided Jacobi rotations of the rows, in float64; slow. */
function jacobiValues({ rows, cols, data }: Matrix): number[] {
  const a = Array.from({ length: rows }, (_, r) => Float64Array.from(data.subarray(r * cols, (r + 1) * cols)));
  const dot = (x: Float64Array, y: Float64Array): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  for (let sweep = 0; sweep < 30; sweep++) {
    let largest = 0;
    for (let i = 1; i < rows; i++) {
      for (let j = 0; j < i; j++) {
        const [p, q] = [a[i]!, a[j]!];
        const [pp, qq, pq] = [dot(p, p), dot(q, q), dot(p, q)];
        if (pq === 0) continue;
        largest = Math.max(largest, Math.abs(pq) / Math.sqrt(pp * qq));
        const zeta = (qq - pp) / (2 * pq);
        const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const c = 1 / Math.sqrt(1 + t * t);
        for (let k = 0; k < cols; k++) {
          const [x, y] = [p[k]!, q[k]!];
          p[k] = c * (x - t * y);
          q[k] = c * (t * x + y);
        }
      }
    }
    if (largest < 1e-14) break;
  }
  return a.map((row) => Math.sqrt(dot(row, row))).sort((x, y) => y - x);
}

/** |E - left diag right|^2. */
function residual(e: Matrix, { left, values, right }: TruncatedSvd): number {
  const rank = values.length;
  let sum = 0;
  for (let r = 0; r < e.rows; r++) {
    for (let c = 0; c < e.cols; c++) {
      let value = e.data[r * e.cols + c]!;
      for (let i = 0; i < rank; i++) value -= left[r * rank + i]! * values[i]! * right[i * e.cols + c]!;
      sum += value * value;
    }
  }
  return sum;
}

/** E'E in float64. */
function gramOfColumns({ rows, cols, data }: Matrix): Float64Array {
  const g = new Float64Array(cols * cols);
  for (let r = 0; r < rows; r++) {
    const row = data.subarray(r * cols, (r + 1) * cols);
    for (let i = 0; i < cols; i++) for (let j = 0; j < cols; j++) g[i * cols + j]! += row[i]! * row[j]!;
  }
  return g;
}

const tail = (values: readonly number[], rank: number): number => values.slice(rank).reduce((sum, value) => sum + value * value, 0);

describe('leading singular triples', () => {
  it.each([
    [40, 24, 5],
    [24, 40, 24],
    [17, 17, 1],
    [3, 200, 3],
  ])('of a %d x %d matrix are those of slow Jacobi rotations (rank %d)', (rows, cols, rank) => {
    const e = white(rows, cols, rows + cols);
    const found = truncatedSvd(e, rank);
    const slow = jacobiValues(e);
    found.values.forEach((value, i) => {
      expect(Math.abs(value - slow[i]!)).toBeLessThan(1e-6 * slow[0]!);
    });
    const all = slow.reduce((sum, value) => sum + value * value, 0);
    expect(Math.abs(residual(e, found) - tail(slow, rank))).toBeLessThan(1e-6 * all);
  });

  it('have orthonormal vectors', () => {
    const { left, right } = truncatedSvd(white(30, 20, 3), 6);
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j <= i; j++) {
        let [onLeft, onRight] = [0, 0];
        for (let r = 0; r < 30; r++) onLeft += left[r * 6 + i]! * left[r * 6 + j]!;
        for (let c = 0; c < 20; c++) onRight += right[i * 20 + c]! * right[j * 20 + c]!;
        expect(onLeft).toBeCloseTo(i === j ? 1 : 0, 5);
        expect(onRight).toBeCloseTo(i === j ? 1 : 0, 5);
      }
    }
  });

  it('of a matrix of low rank are exact, and zero behind it', () => {
    const [a, b] = [white(50, 3, 1), white(3, 40, 2)];
    const data = new Float32Array(2000);
    for (let r = 0; r < 50; r++)
      for (let c = 0; c < 40; c++) for (let i = 0; i < 3; i++) data[r * 40 + c]! += a.data[r * 3 + i]! * b.data[i * 40 + c]!;
    const found = truncatedSvd(matrix(50, 40, data), 5);
    expect(found.values[3]).toBeLessThan(1e-5 * found.values[0]!);
    expect(residual(matrix(50, 40, data), found)).toBeLessThan(1e-9 * found.values[0]! ** 2);
    expect(truncatedSvd(matrix(4, 4, new Float32Array(16)), 2).values).toEqual(new Float64Array(2));
  });

  it('of a large white matrix keep the energy of the best approximation within half a percent of it', () => {
    // White noise has no gaps between its singular values: the hardest case.
    const e = white(400, 336, 11);
    const found = truncatedSvd(e, 16);
    const exact = symmetricEigen(gramOfColumns(e), e.cols).values;
    const best = exact.subarray(0, 16).reduce((sum, value) => sum + value, 0);
    const kept = found.values.reduce((sum, value) => sum + value * value, 0);
    expect(kept / best).toBeGreaterThan(0.995);
    expect(kept / best).toBeLessThan(1 + 1e-6);
  });

  it('do not depend on the unit of the matrix, as long as no entry loses bits in it', () => {
    const e = white(350, 330, 6);
    const { left, values, right } = truncatedSvd(e, 3);
    for (const unit of [2 ** -100, 2 ** 120]) {
      const scaled = e.data.map((value) => value * unit);
      expect(scaled.every((value, i) => value / unit === e.data[i])).toBe(true);
      const other = truncatedSvd(matrix(350, 330, scaled), 3);
      expect(other.values).toEqual(values.map((value) => value * unit));
      expect([other.left, other.right]).toEqual([left, right]);
    }
  });

  it('are the same bits each time', () => {
    const e = white(350, 330, 5);
    expect(truncatedSvd(e, 4)).toEqual(truncatedSvd(e, 4));
  });
});
