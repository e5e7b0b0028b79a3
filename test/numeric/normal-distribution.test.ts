import { describe, expect, it } from 'vitest';
import { normalCumulative, normalDensity } from '../../src/numeric/normal-distribution.js';

describe('the standard normal distribution', () => {
  it('has the tabulated probabilities', () => {
    // Abramowitz and Stegun, table 26.1; far tails from table 26.2: -log10 Q(5) = 6.54265, Q(10) = 23.11805.
    expect(normalCumulative(0)).toBe(0.5);
    expect(normalCumulative(1)).toBeCloseTo(0.841344746068543, 14);
    expect(normalCumulative(2)).toBeCloseTo(0.97724986805182, 13);
    expect(normalCumulative(-3)).toBeCloseTo(0.0013498980316301, 15);
    expect(-Math.log10(normalCumulative(-5))).toBeCloseTo(6.54265, 5);
    expect(-Math.log10(normalCumulative(-10))).toBeCloseTo(23.11805, 5);
    expect(normalDensity(0)).toBeCloseTo(0.398942280401433, 14);
    expect(normalDensity(1)).toBeCloseTo(0.241970724519143, 14);
  });

  it('does not jump where one formula takes over from another', () => {
    for (const z of [4, -4]) {
      const below = normalCumulative(z - 1e-9);
      const above = normalCumulative(z + 1e-9);
      expect(above - below).toBeGreaterThan(0);
      expect(Math.abs(above - below - 2e-9 * normalDensity(z))).toBeLessThan(1e-14);
    }
  });

  it('is complementary and reaches its ends', () => {
    for (let z = 0; z < 40; z += 0.37) expect(normalCumulative(z) + normalCumulative(-z)).toBeCloseTo(1, 14);
    expect(normalCumulative(1000)).toBe(1);
    expect(normalCumulative(-1000)).toBe(0);
    expect(normalDensity(1000)).toBe(0);
  });
});
