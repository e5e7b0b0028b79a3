import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../property-seed.js';
import { choleskyInPlace, solveLower, solveLowerTransposed } from '../../src/numeric/cholesky.js';
import { seededRandom } from '../../src/numeric/random.js';

/** B B' + I / 10 of a random B. */
function positiveDefinite(n: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  const b = Array.from({ length: n * n }, random.normal);
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = i === j ? 0.1 : 0;
    for (let k = 0; k < n; k++) sum += b[i * n + k]! * b[j * n + k]!;
    return sum;
  });
}

describe('the Cholesky factor', () => {
  it('multiplied with its transpose gives the matrix', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 1000 }), (n, seed) => {
        const matrix = positiveDefinite(n, seed);
        const l = matrix.slice();
        expect(choleskyInPlace(l, n)).toBe(true);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j <= i; j++) {
            let sum = 0;
            for (let k = 0; k <= j; k++) sum += l[i * n + k]! * l[j * n + k]!;
            expect(Math.abs(sum - matrix[i * n + j]!)).toBeLessThan(1e-10);
          }
        }
      }),
    );
  });

  it('solves equations by a forward and a backward pass', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 1000 }), (n, seed) => {
        const matrix = positiveDefinite(n, seed);
        const right = Float64Array.from({ length: n }, (_, i) => i - 2);
        const l = matrix.slice();
        choleskyInPlace(l, n);
        const x = right.slice();
        solveLower(l, n, x);
        solveLowerTransposed(l, n, x);
        for (let i = 0; i < n; i++) {
          let sum = 0;
          for (let k = 0; k < n; k++) sum += matrix[i * n + k]! * x[k]!;
          expect(Math.abs(sum - right[i]!)).toBeLessThan(1e-6);
        }
      }),
    );
  });

  it('refuses matrices that are not positive definite', () => {
    expect(choleskyInPlace(Float64Array.of(1, 2, 2, 1), 2)).toBe(false);
    expect(choleskyInPlace(Float64Array.of(0), 1)).toBe(false);
    expect(choleskyInPlace(Float64Array.of(NaN), 1)).toBe(false);
    expect(choleskyInPlace(Float64Array.of(1, 1, 1, 1), 2)).toBe(false);
  });
});
