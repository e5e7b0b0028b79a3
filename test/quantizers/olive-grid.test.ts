import { describe, expect, it } from 'vitest';
import { oliveGrid } from '../../src/quantizers/olive-grid.js';
import fixture from '../fixtures/olive/olive_grids.json' with { type: 'json' };

const outliers = (values: Float32Array) => [...values].filter((value) => Math.abs(value) > 32);

describe('the OliVe grids', () => {
  it.each([
    ['4b_s', true],
    ['4b_u', false],
  ] as const)('of %s are the released normal values and outliers', (key, signed) => {
    for (const kind of ['int', 'flint'] as const) {
      const grid = oliveGrid(4, kind, signed);
      expect([...grid.normalValues]).toEqual(fixture.grids[key][kind]);
      expect(outliers(grid.table.values)).toEqual(fixture.grids[key].abfloat_outlier);
    }
  });

  it('of 8 bits are the released ones too', () => {
    const { normalValues, table } = oliveGrid(8, 'int', true);
    const { count, max, min, step } = fixture.grids['8b_s'].int;
    expect([normalValues.length, normalValues.at(-1), normalValues[0], normalValues[1]! - normalValues[0]!]).toEqual([
      count,
      max,
      min,
      step,
    ]);
    expect(outliers(table.values)).toEqual(fixture.grids['8b_s'].abfloat_outlier);
  });

  it('make an outlier of whatever is nearer to the first abfloat value, the midpoint included', () => {
    const { table, isOutlier, outlierFrom } = oliveGrid(4, 'int', true);
    expect(outlierFrom).toBe(38);
    const first = isOutlier.lastIndexOf(0);
    expect(table.thresholds[first]).toBe(38);
  });
});
