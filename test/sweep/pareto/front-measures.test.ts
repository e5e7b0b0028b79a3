import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crowdingDistance } from '../../../src/sweep/pareto/crowding.js';
import { epsilonFront } from '../../../src/sweep/pareto/epsilon-front.js';
import { columnsOf, flatten } from '../../../src/sweep/pareto/flat-points.js';
import { paretoFront } from '../../../src/sweep/pareto/front.js';
import { knees } from '../../../src/sweep/pareto/knees.js';
import { allRows } from './brute-force.js';

/** Fronts of 2 to 4 objectives with positive and negative values. */
const anyFront = fc.integer({ min: 2, max: 4 }).chain((objectives) =>
  fc
    .array(fc.array(fc.integer({ min: -40, max: 60 }), { minLength: objectives, maxLength: objectives }), { minLength: 1, maxLength: 40 })
    .map((points) => {
      const columns = columnsOf({ flat: Float64Array.from(points.flat()), objectives });
      return { flat: flatten(columns, paretoFront(columns, allRows(points.length)).rows), objectives };
    }),
);

const within = (epsilon: number, q: number, p: number): boolean => q <= (p >= 0 ? p * (1 + epsilon) : p / (1 + epsilon));

function covers(front: { flat: Float64Array; objectives: number }, epsilon: number): (q: number, p: number) => boolean {
  const { flat, objectives } = front;
  return (q, p) =>
    Array.from({ length: objectives }, (_, o) => o).every((o) => within(epsilon, flat[q * objectives + o]!, flat[p * objectives + o]!));
}

/** Fewest points that cover all, by trying every set. */
function fewest(count: number, cover: (q: number, p: number) => boolean): number {
  let best = count;
  for (let set = 1; set < 2 ** count; set++) {
    const chosen = Array.from({ length: count }, (_, q) => q).filter((q) => (set >> q) & 1);
    if (chosen.length < best && Array.from({ length: count }, (_, p) => p).every((p) => chosen.some((q) => cover(q, p))))
      best = chosen.length;
  }
  return best;
}

describe('the epsilon front', () => {
  it('comes within the factor of every point of the front, and at epsilon 0 is the front', () => {
    fc.assert(
      fc.property(anyFront, fc.double({ min: 0, max: 1, noNaN: true }), (front, epsilon) => {
        const chosen = epsilonFront(front, epsilon);
        const cover = covers(front, epsilon);
        for (let p = 0; p < front.flat.length / front.objectives; p++) expect(chosen.some((q) => cover(q, p))).toBe(true);
        expect(chosen).toEqual([...new Set(chosen)].sort((a, b) => a - b));
        expect(epsilonFront(front, 0)).toHaveLength(front.flat.length / front.objectives);
      }),
    );
  });

  it('holds the fewest points there can be in two objectives', () => {
    const twoObjectives = fc.array(fc.tuple(fc.integer({ min: -20, max: 60 }), fc.integer({ min: -20, max: 60 })), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(twoObjectives, fc.constantFrom(0.05, 0.2, 0.6), (points, epsilon) => {
        const columns = columnsOf({ flat: Float64Array.from(points.flat()), objectives: 2 });
        const front = { flat: flatten(columns, paretoFront(columns, allRows(points.length)).rows.subarray(0, 10)), objectives: 2 };
        expect(epsilonFront(front, epsilon)).toHaveLength(fewest(front.flat.length / 2, covers(front, epsilon)));
      }),
    );
  });

  it('covers fronts too large for a greedy cover as well', () => {
    const flat = Float64Array.from(
      { length: 3 * 2500 },
      (_, k) => [1 + Math.floor(k / 3), 2500 - Math.floor(k / 3), 1 + (Math.floor(k / 3) % 7)][k % 3]!,
    );
    const front = { flat, objectives: 3 };
    const chosen = epsilonFront(front, 0.5);
    const cover = covers(front, 0.5);
    expect(chosen.length).toBeLessThan(200);
    for (let p = 0; p < 2500; p++) expect(chosen.some((q) => cover(q, p))).toBe(true);
  });
});

describe('knees', () => {
  it('are where two straight lines meet, in any scale of the objectives', () => {
    for (const scale of [1, 1e-9, 1e6]) {
      const flat = Float64Array.from([0, 10, 1, 6, 2, 2, 6, 1, 10, 0].map((x, k) => (k % 2 === 0 ? x : x * scale)));
      expect(knees({ flat, objectives: 2 })[0]).toBe(2);
    }
  });

  it('are not there on a straight line, a bulge away from the ideal, or a front of two', () => {
    expect(knees({ flat: Float64Array.of(0, 2, 1, 1, 2, 0), objectives: 2 })).toEqual([]);
    expect(knees({ flat: Float64Array.of(0, 10, 8, 8, 10, 0), objectives: 2 })).toEqual([]);
    expect(knees({ flat: Float64Array.of(0, 10, 10, 0), objectives: 2 })).toEqual([]);
    expect(knees({ flat: Float64Array.of(3), objectives: 1 })).toEqual([]);
  });

  it('are found in three objectives, leave out an objective that does not vary, and are not next to each other', () => {
    const flat = Float64Array.of(0, 1, 1, 1, 0, 1, 1, 1, 0, 0.1, 0.1, 0.1, 0.11, 0.09, 0.11, 0.1, 0.6, 0.3);
    expect(knees({ flat, objectives: 3 })).toEqual([3, 5]);
    expect(knees({ flat: Float64Array.of(0, 7, 10, 2, 7, 2, 10, 7, 0), objectives: 3 })).toEqual([1]);
  });
});

describe('the crowding distance', () => {
  it('is the sum of the gaps between neighbours over the range, infinite at the ends', () => {
    const values = [Float64Array.of(9, 0, 1, 3, 10), Float64Array.of(9, 10, 6, 5, 0)];
    expect(Array.from(crowdingDistance(values, Int32Array.of(4, 1, 3, 2)))).toEqual([Infinity, Infinity, 0.9 + 0.6, 0.3 + 0.5]);
  });

  it('is infinite for one or two rows and 0 for rows that are all equal', () => {
    expect(Array.from(crowdingDistance([Float64Array.of(1, 2)], Int32Array.of(0, 1)))).toEqual([Infinity, Infinity]);
    expect(Array.from(crowdingDistance([Float64Array.of(1, 1, 1)], Int32Array.of(0, 1, 2)))).toEqual([0, 0, 0]);
  });
});
