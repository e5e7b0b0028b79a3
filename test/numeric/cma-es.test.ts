import { describe, expect, it } from 'vitest';
import { minimumInBox } from '../../src/numeric/cma-es.js';
import { seededRandom } from '../../src/numeric/random.js';

const search = (objective: (x: Float64Array) => number, start: number[], seed = 0, evaluations = 6000): ReturnType<typeof minimumInBox> =>
  minimumInBox(objective, Float64Array.from(start), { random: seededRandom(seed), sigma: 0.2, evaluations, narrow: 1e-9 });

/** Squares about 0.3 with axes of a thousandfold length, turned by mixing neighbours. */
const ellipsoid = (x: Float64Array): number =>
  x.reduce((sum, value, i) => sum + 1000 ** (i / (x.length - 1)) * (value - 0.3 + 0.5 * ((x[i + 1] ?? 0.3) - 0.3)) ** 2, 0);

/** The curved valley of Rosenbrock on the box, least at (0.75, 0.75, ...). */
const valley = (x: Float64Array): number => {
  const u = Array.from(x, (value) => 4 * value - 2);
  return u.slice(1).reduce((sum, next, i) => sum + 100 * (next - u[i]! ** 2) ** 2 + (1 - u[i]!) ** 2, 0);
};

describe('the search for a minimum in the unit box', () => {
  it.each([2, 5, 15])('finds the bottom of a long and turned ellipsoid in %i dimensions', (n) => {
    const { x, value } = search(
      ellipsoid,
      Array.from({ length: n }, () => 0.8),
    );
    expect(value).toBeLessThan(1e-8);
    for (const coordinate of x) expect(coordinate).toBeCloseTo(0.3, 3);
  });

  it('follows a curved valley', () => {
    const { x } = search(valley, [0.1, 0.9, 0.2, 0.4]);
    for (const coordinate of x) expect(coordinate).toBeCloseTo(0.75, 3);
  });

  it('reaches a minimum on the face of the box and asks for no point outside', () => {
    const { x } = search(
      (point) => {
        for (const coordinate of point) expect(coordinate >= 0 && coordinate <= 1).toBe(true);
        return (point[0]! + 1) ** 2 + (point[1]! - 2) ** 2 + (point[2]! - 0.5) ** 2;
      },
      [0.5, 0.5, 0.5],
    );
    expect(x[0]).toBe(0);
    expect(x[1]).toBe(1);
    expect(x[2]).toBeCloseTo(0.5, 4);
  });

  it('takes values that are not finite for the worst', () => {
    const { x } = search((point) => (point[0]! < 0.5 ? NaN : (point[0]! - 0.6) ** 2 + (point[1]! - 0.1) ** 2), [0.9, 0.9]);
    expect(x[0]).toBeCloseTo(0.6, 4);
    expect(x[1]).toBeCloseTo(0.1, 4);
  });

  it('gives the same bytes for the same seed and stops within one generation of its limit', () => {
    const [first, second, other] = [
      search(valley, [0.1, 0.9, 0.2], 7, 300),
      search(valley, [0.1, 0.9, 0.2], 7, 300),
      search(valley, [0.1, 0.9, 0.2], 8, 300),
    ];
    expect(second).toEqual(first);
    expect(other.x).not.toEqual(first.x);
    expect(first.evaluations).toBeGreaterThanOrEqual(300);
    expect(first.evaluations).toBeLessThan(300 + 10);
  });
});
