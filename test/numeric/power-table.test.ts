import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../property-seed.js';
import { bitPatterns } from '../../src/numeric/extremes.js';
import { powerTable, sumOfPowers } from '../../src/numeric/power-table.js';

const ofOne = (x: number, power: number): number => sumOfPowers(bitPatterns(Float32Array.of(x)), 1, powerTable(power));

describe('powers from tables', () => {
  it.each([0.5, 2.4, 3])('to the power %f are within the stated error, for either sign', (power) => {
    const bound = Math.max(1e-15, power * Math.abs(power - 1) * 2 ** -23);
    fc.assert(
      fc.property(fc.float({ min: Math.fround(1e-6), max: Math.fround(1e6), noNaN: true }), (x) => {
        expect(Math.abs(ofOne(x, power) / Math.abs(x) ** power - 1)).toBeLessThan(bound);
        expect(ofOne(-x, power)).toBe(ofOne(x, power));
      }),
    );
  });

  it('add up, and zeros and subnormals add nothing', () => {
    const bits = bitPatterns(Float32Array.of(2, -4, 0, 1e-40, 100));
    expect(sumOfPowers(bits, 4, powerTable(2))).toBeCloseTo(20, 5);
    expect(sumOfPowers(bits, 0, powerTable(2))).toBe(0);
  });
});
