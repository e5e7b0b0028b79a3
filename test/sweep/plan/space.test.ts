import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../property-seed.js';
import { admit, spaceOf } from '../../../src/sweep/plan/space.js';
import type { Condition, Dimension } from '../../../src/sweep/plan/sweep-plan.js';
import { planOfDimensions, planWith } from './sweep-text.js';

/** Up to five dimensions, some with conditions on earlier ones (conditional ones among them). */
const dimensions = fc
  .array(fc.record({ size: fc.integer({ min: 1, max: 4 }), seed: fc.array(fc.nat(), { maxLength: 4 }) }), { maxLength: 5 })
  .map((drawn) =>
    drawn.map(({ size, seed }, d): Pick<Dimension, 'size' | 'when'> => {
      const [chance = 0, ...rest] = seed;
      if (d === 0 || chance % 2 === 0) return { size };
      const when = rest.slice(0, 2).map((random): Condition => {
        const axis = random % d;
        const named = drawn[axis]!.size;
        return { axis, oneOf: Array.from({ length: named }, (_, i) => i).filter((i) => (random >> (i + 3)) % 2 === 1) };
      });
      return { size, ...(when.length === 0 ? {} : { when }) };
    }),
  );

describe('a space', () => {
  it('numbers every combination of digits once, the last digit moving fastest', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }), (sizes) => {
        const space = spaceOf(planOfDimensions(sizes.map((size) => ({ size }))));
        const digits = new Int32Array(sizes.length);
        const texts = Array.from({ length: space.rawSize }, (_, point) => {
          space.digitsOf(point, digits);
          return `${digits.join('')} ${space.pointOf(digits)}`;
        });
        const words = sizes.reduce<string[]>(
          (heads, size) => heads.flatMap((word) => Array.from({ length: size }, (_, i) => `${word}${i}`)),
          [''],
        );
        expect(texts).toEqual(words.map((word, point) => `${word} ${point}`));
        expect(space.size).toBe(space.rawSize);
      }),
    );
  });

  it('is exact to the last of 2^53 points', () => {
    const space = spaceOf(planOfDimensions([3, 1_000_003, 999, 7, 429_000].map((size) => ({ size }))));
    expect(space.rawSize).toBeLessThan(2 ** 53);
    const digits = new Int32Array(5);
    fc.assert(
      fc.property(fc.maxSafeNat(), (number) => {
        const point = number % space.rawSize;
        space.digitsOf(point, digits);
        expect(space.pointOf(digits)).toBe(point);
      }),
    );
    space.digitsOf(space.rawSize - 1, digits);
    expect([...digits]).toEqual([2, 1_000_002, 998, 6, 428_999]);
  });

  it('has as many points as there are, finds the nth of them, and admits exactly those', () => {
    fc.assert(
      fc.property(dimensions, (drawn) => {
        const plan = planOfDimensions(drawn);
        const space = spaceOf(plan);
        const digits = new Int32Array(drawn.length);
        const all = Float64Array.from({ length: space.rawSize }, (_, point) => point);
        const present = all.filter((point) => {
          space.digitsOf(point, digits);
          return space.exists(digits);
        });
        expect(space.size).toBe(present.length);
        expect(Array.from({ length: space.size }, (_, rank) => space.nth(rank))).toEqual([...present]);
        expect(admit(plan, space, all).points).toEqual(present);
      }),
      { numRuns: 100 },
    );
  });

  it('keeps one position of a dimension whose condition does not hold, and leaves its axis out', () => {
    const space = spaceOf(
      planOfDimensions([{ size: 3 }, { size: 4, when: [{ axis: 0, oneOf: [1] }] }, { size: 2, when: [{ axis: 1, oneOf: [0, 3] }] }]),
    );
    // Axis 0 at 1: 4 values, two of which have 2 values below; axis 0 at 0 and 2: one point each, for axis 1 is not there to hold the condition.
    expect(space.size).toBe(2 + 2 * 2 + 2);
    const axes = new Int32Array(3);
    space.axesOf([1, 3, 1], axes);
    expect([...axes]).toEqual([1, 3, 1]);
    space.axesOf([1, 1, 0], axes);
    expect([...axes]).toEqual([1, 1, -1]);
    space.axesOf([0, 0, 0], axes);
    expect([...axes]).toEqual([0, -1, -1]);
    expect([space.exists([0, 1, 0]), space.exists([1, 1, 1]), space.exists([1, 3, 1])]).toEqual([false, false, true]);
  });

  it('counts a million million points with conditions at once', () => {
    const when = [{ axis: 0, oneOf: [0, 1, 2] }];
    const space = spaceOf(planOfDimensions([{ size: 1000 }, { size: 1000 }, { size: 1000, when }, { size: 1000 }]));
    expect(space.size).toBe(3 * 1000 ** 3 + 997 * 1000 ** 2);
    expect(space.nth(space.size - 1)).toBe(999 * 1000 ** 3 + 999 * 1000 ** 2 + 999);
  });

  it('is one point without axes', () => {
    const space = spaceOf(planWith(''));
    expect([space.rawSize, space.size, space.nth(0)]).toEqual([1, 1, 0]);
    expect([...admit(planWith(''), space, Float64Array.of(0)).points]).toEqual([0]);
  });
});

describe('admission', () => {
  const plan = planWith(`axes:
  - { path: hardware.array.rows, values: [16, 32, 64] }
  - { path: hardware.array.columns, values: [16, 32, 64] }
  - { path: workload.context, values: [256, 512], when: { rows: 64 } }
constraints:
  - rows * columns <= 1024
  - rows + columns != 80
  - context < 512
  - latency_s < 1 s
`);
  const space = spaceOf(plan);
  const admitted = admit(
    plan,
    space,
    Float64Array.from({ length: space.rawSize }, (_, point) => point),
  );

  it('counts the points that each constraint over axes excludes, and those that it excludes alone', () => {
    // 16x64 and 64x16 break the sum alone; 32x64 and 64x32 the product; 64x64 the product; contexts of 512 exist with 64 rows only.
    expect([space.size, admitted.points.length]).toEqual([12, 4]);
    expect([...admitted.violated]).toEqual([1 + 2 + 2, 1 + 2, 3, 0]);
    expect([...admitted.violatedAlone]).toEqual([1 + 1 + 1, 1 + 1, 0, 0]);
    expect(admitted.excluded).toBe(space.size - admitted.points.length);
  });

  it('says nothing of points that a condition keeps the axis out of', () => {
    const digits = new Int32Array(3);
    for (const point of admitted.points) {
      space.digitsOf(point, digits);
      expect(digits[0]! < 2).toBe(true);
    }
  });

  it('excludes points where a constraint over axes that are there has no answer', () => {
    const unanswered = planWith(`axes:
  - { path: hardware.array.rows, values: [16, 32, 64] }
constraints:
  - sqrt(rows - 20) < 100
`);
    const judged = admit(unanswered, spaceOf(unanswered), Float64Array.of(0, 1, 2));
    expect([[...judged.points], judged.excluded, ...judged.violatedAlone]).toEqual([[1, 2], 1, 1]);
  });
});
