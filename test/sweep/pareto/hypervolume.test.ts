import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/numeric/random.js';
import { hypervolume } from '../../../src/sweep/pareto/hypervolume.js';

const side = 5;

/** Points with whole coordinates: the volume is the number of unit cells whose lower corner some point weakly dominates. */
const wholePoints = fc.integer({ min: 1, max: 5 }).chain((objectives) =>
  fc.record({
    objectives: fc.constant(objectives),
    points: fc.array(fc.array(fc.integer({ min: 0, max: side + 1 }), { minLength: objectives, maxLength: objectives }), { maxLength: 30 }),
  }),
);

function cellsDominated(points: readonly (readonly number[])[], objectives: number): number {
  let count = 0;
  for (let cell = 0; cell < side ** objectives; cell++) {
    const corner = Array.from({ length: objectives }, (_, o) => Math.floor(cell / side ** o) % side);
    if (points.some((point) => point.every((x, o) => x <= corner[o]!))) count++;
  }
  return count;
}

/** Points on a part of the unit sphere around the corner (1, 1, ...): none dominates another. */
function sphere(objectives: number, count: number): Float64Array {
  const random = seededRandom(objectives);
  const rows = Array.from({ length: count }, () => {
    const direction = Array.from({ length: objectives }, () => Math.abs(random.normal()));
    const length = Math.sqrt(direction.reduce((sum, x) => sum + x * x, 0));
    return direction.map((x) => 1 - x / length);
  });
  return Float64Array.from(rows.flat());
}

describe('the hypervolume', () => {
  it('is the number of cells dominated, in 1 to 5 objectives, with duplicates, dominated points and points beyond the reference', () => {
    fc.assert(
      fc.property(wholePoints, ({ objectives, points }) => {
        const { value, exact } = hypervolume(Float64Array.from(points.flat()), objectives, new Float64Array(objectives).fill(side));
        expect(exact).toBe(true);
        expect(value).toBeCloseTo(cellsDominated(points, objectives), 9);
      }),
      { numRuns: 200 },
    );
  });

  it('does not depend on which objective comes first', () => {
    for (const objectives of [2, 3, 4, 5]) {
      const front = sphere(objectives, 80);
      const reference = new Float64Array(objectives).fill(1.1);
      const reversed = front.map((_, k) => front[k - (k % objectives) + objectives - 1 - (k % objectives)]!);
      const { value } = hypervolume(front, objectives, reference);
      expect(hypervolume(reversed, objectives, reference).value).toBeCloseTo(value, 12);
    }
  });

  it('is exact up to the stated number of points and within three standard errors of a front one point smaller above it', () => {
    for (const [objectives, most] of [
      [4, 1000],
      [5, 500],
    ] as const) {
      const front = sphere(objectives, most + 1);
      const reference = new Float64Array(objectives).fill(1);
      const whole = hypervolume(front.subarray(0, most * objectives), objectives, reference);
      const estimated = hypervolume(front, objectives, reference);
      expect(whole.exact).toBe(true);
      expect(estimated.exact).toBe(false);
      expect(Math.abs(estimated.value - whole.value)).toBeLessThan(0.0042);
    }
  });
});
