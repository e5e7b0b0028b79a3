/** Seeded matrices that look like weights, and the awkward ones: zeros, constants, subnormals, outliers, odd sizes. */
import fc from 'fast-check';
import type { Matrix } from '../../src/numeric/matrix.js';

/** A heavy-tailed row of `length` values from a seed: linear congruential, no platform function. */
export function heavyTailed(length: number, seed: number, size = 1): Float32Array {
  let state = seed >>> 0;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  return Float32Array.from({ length }, () => {
    const bell = next() + next() + next() + next() - 2;
    return bell * size * (next() < 0.03 ? 12 : 1);
  });
}

const sizes = fc.constantFrom(1, 0.02, 1e-6, 1e-20, 1e-38, 2e-43, 3e7, 1e15);

/** Matrices of up to 4 x 140 elements; some rows all zero or all equal. */
export const matrices: fc.Arbitrary<Matrix> = fc
  .record({
    rows: fc.integer({ min: 1, max: 4 }),
    cols: fc.integer({ min: 1, max: 140 }),
    seed: fc.nat(),
    size: sizes,
    flat: fc.constantFrom('none', 'zero', 'equal'),
  })
  .map(({ rows, cols, seed, size, flat }) => {
    const data = heavyTailed(rows * cols, seed, size);
    if (flat !== 'none') data.fill(flat === 'zero' ? 0 : data[0]!, 0, cols);
    return { rows, cols, data };
  });
