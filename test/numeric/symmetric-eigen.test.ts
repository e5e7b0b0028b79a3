import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/numeric/random.js';
import { symmetricEigen } from '../../src/numeric/symmetric-eigen.js';

function randomSymmetric(n: number, seed: number): Float64Array {
  const { normal } = seededRandom(seed);
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = normal();
  return a;
}

/** Largest |A v - lambda v| and |v v' - 1|. */
function residuals(a: Float64Array, n: number): { equation: number; orthonormality: number; falling: boolean } {
  const { values, vectors } = symmetricEigen(a, n);
  let [equation, orthonormality] = [0, 0];
  for (let i = 0; i < n; i++) {
    const v = vectors.subarray(i * n, (i + 1) * n);
    for (let r = 0; r < n; r++) {
      let sum = 0;
      for (let c = 0; c < n; c++) sum += a[r * n + c]! * v[c]!;
      equation = Math.max(equation, Math.abs(sum - values[i]! * v[r]!));
    }
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let c = 0; c < n; c++) sum += v[c]! * vectors[j * n + c]!;
      orthonormality = Math.max(orthonormality, Math.abs(sum - (i === j ? 1 : 0)));
    }
  }
  return { equation, orthonormality, falling: values.every((value, i) => i === 0 || value <= values[i - 1]!) };
}

describe('eigenvectors of a symmetric matrix', () => {
  it('satisfy their equation and are orthonormal, values falling', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), fc.nat(1e6), (n, seed) => {
        const { equation, orthonormality, falling } = residuals(randomSymmetric(n, seed), n);
        expect(equation).toBeLessThan(1e-12 * n);
        expect(orthonormality).toBeLessThan(1e-13 * n);
        expect(falling).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('are found for a larger matrix as well', () => {
    const { equation, orthonormality } = residuals(randomSymmetric(150, 7), 150);
    expect(equation).toBeLessThan(1e-11);
    expect(orthonormality).toBeLessThan(1e-12);
  });

  it('are found for zeros, diagonals, equal values and blocks', () => {
    expect(symmetricEigen(new Float64Array(9), 3).values).toEqual(new Float64Array(3));
    expect(symmetricEigen(Float64Array.of(1, 0, 0, 0, 3, 0, 0, 0, 2), 3).values).toEqual(Float64Array.of(3, 2, 1));
    const ones = new Float64Array(36).fill(1);
    expect(residuals(ones, 6).equation).toBeLessThan(1e-13);
    expect(symmetricEigen(ones, 6).values[0]).toBeCloseTo(6, 12);
    expect(residuals(Float64Array.of(1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 2, 1, 0, 0, 1, 2), 4).equation).toBeLessThan(1e-14);
  });

  it('are refused to a matrix with NaN', () => {
    expect(() => symmetricEigen(new Float64Array(9).fill(NaN), 3)).toThrow(RangeError);
  });
});
