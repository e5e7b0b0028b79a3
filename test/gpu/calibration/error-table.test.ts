import { describe, expect, it } from 'vitest';
import { rowBands } from '../../../src/gpu/calibration/error-bands.js';
import { errorFigures, errorTable, type JudgedRow } from '../../../src/gpu/calibration/error-table.js';

const row = (m: number, latency_us: number, inSample: number, outOfSample: number | null = null): JudgedRow => ({
  along: m,
  latency_us,
  bound: m > 64 ? 'compute' : 'dram',
  inSample,
  outOfSample,
});

describe('an error table', () => {
  it('has mean, median and 90th percentile of the size of errors, and their mean with sign', () => {
    expect(errorFigures([-0.1, 0.2, 0.3, -0.4])).toEqual({ mean_pct: 25, median_pct: 25, p90_pct: 37, bias_pct: 0 });
    expect(errorFigures([-0.05])).toEqual({ mean_pct: 5, median_pct: 5, p90_pct: 5, bias_pct: -5 });
  });

  it('puts the ends of bands of m where they are documented', () => {
    const rows = [1, 16, 17, 64, 65, 256, 257, 1024, 1025].map((m) => row(m, 10, 0.1));
    const counts = Object.fromEntries(errorTable(rows, rowBands).map(({ regime, rows: count }) => [regime, count]));
    expect(counts).toEqual({
      all: 9,
      'm 1-16': 2,
      'm 17-64': 2,
      'm 65-256': 2,
      'm 257-1024': 2,
      'm > 1024': 1,
      'compute bound': 5,
      'dram bound': 4,
    });
  });

  it('tells rows of 20 us and more apart, and has no regime without rows', () => {
    const table = errorTable([row(1, 19.99, 0.5, 0.6), row(1, 20, 0.1, 0.2)], rowBands);
    expect(table.filter(({ from_us }) => from_us === 20).map(({ regime, rows }) => [regime, rows])).toEqual([
      ['all', 1],
      ['m 1-16', 1],
      ['dram bound', 1],
    ]);
    expect(table[0]).toMatchObject({ regime: 'all', from_us: 0, rows: 2, inSample: { mean_pct: 30 }, outOfSample: { mean_pct: 40 } });
  });

  it('has no out-of-sample figures where a row was not predicted out of sample', () => {
    expect(errorTable([row(1, 5, 0.1, 0.2), row(1, 5, 0.1)], rowBands)[0]?.outOfSample).toBeNull();
  });
});
