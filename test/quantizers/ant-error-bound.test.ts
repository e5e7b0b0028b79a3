import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { antFormat, antNormalisedValues, antTypes } from '../../src/formats/ant-grid.js';
import { encloseMean, gridError, sortedUnit } from '../../src/quantizers/ant-error-bound.js';
import { nearestTable } from '../../src/quantizers/ant-nearest.js';
import { meanSquaredError, quantizedAt } from './ant-reference.js';
import { heavyTailed } from './random-matrix.js';

describe('the bounds of a clip error', () => {
  it('enclose the float32 error and lie close together', () => {
    const cases = fc.record({
      seed: fc.nat(),
      length: fc.constantFrom(1, 65, 511, 512, 3000),
      type: fc.constantFrom(...antTypes),
      percent: fc.integer({ min: 20, max: 300 }),
    });
    fc.assert(
      fc.property(cases, ({ seed, length, type, percent }) => {
        const x = heavyTailed(length, seed);
        const order = antNormalisedValues(antFormat(type, 4, true)).sort();
        const alpha = Math.fround(x.reduce((most, value) => Math.max(most, Math.abs(value)), 0) * percent * 0.01);
        const { least, most } = encloseMean(gridError(sortedUnit(x), nearestTable(order).values, Math.fround(alpha / 10)), length);
        const exact = meanSquaredError(quantizedAt(x, alpha, order, 10), x);
        expect(least).toBeLessThanOrEqual(exact);
        expect(most).toBeGreaterThanOrEqual(exact);
        if (length > 60) expect(most - least).toBeLessThan(1e-3 * most);
      }),
      { numRuns: 100, seed: 9 },
    );
  });

  it('come from values in rising order at any length, one prefix sum per 64 values from 65,537 on', () => {
    for (const length of [511, 512, 65536, 65537, 65600]) {
      const x = heavyTailed(length, length);
      const unit = sortedUnit(x);
      expect(Buffer.compare(Buffer.from(unit.sorted.buffer), Buffer.from(x.slice().sort().buffer))).toBe(0);
      expect(unit.shift).toBe(length > 65536 ? 6 : 0);
      const total = x.reduce((sum, value) => sum + value * value, 0);
      expect(gridError(unit, Float32Array.of(0), 1).sum).toBeCloseTo(total, 6);
    }
  });
});
