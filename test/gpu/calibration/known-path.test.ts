import { describe, expect, it } from 'vitest';
import { withKnownPath } from '../../../src/gpu/calibration/known-path.js';
import type { ParameterSpec, Parameters } from '../../../src/gpu/calibration/parameter-spec.js';

const spec = (name: string, low: number, start: number, high: number): ParameterSpec => ({
  name,
  unit: '1',
  meaning: '',
  low,
  start,
  high,
  logarithmic: true,
});
const specs = [
  spec('gemvEfficiency', 0.1, 0.75, 1),
  spec('gemvRate', 0.01, 0.1, 1),
  spec('gemvBlock_us', 0.05, 1, 10),
  spec('gemvStep_us', 0.005, 0.4, 5),
];
const starts = { gemvRate: 0.1, gemvBlock_us: 1, gemvStep_us: 0.4 };

/** Rows that a tile takes in `tiles` seconds, or the path where it is faster. */
const timesWith =
  (tiles: number) =>
  ({ gemvEfficiency = 1, gemvBlock_us = 1 }: Parameters): number[] =>
    [1, 2].map((bytes) => Math.min(tiles * bytes, bytes / gemvEfficiency + gemvBlock_us));

describe('parameters of a matrix-vector path', () => {
  it('stay as found where a row takes it', () => {
    const found = { gemvEfficiency: 0.9, gemvRate: 0.5, gemvBlock_us: 0.1, gemvStep_us: 1 };
    expect(withKnownPath(timesWith(5), specs, found)).toEqual(found);
  });

  it('stay at their start where no row takes it, there or as found', () => {
    const found = { gemvEfficiency: 0.2, gemvRate: 0.5, gemvBlock_us: 9, gemvStep_us: 5, launch_us: 3 };
    expect(withKnownPath(timesWith(1), specs, found)).toEqual({ gemvEfficiency: 0.75, ...starts, launch_us: 3 });
  });

  it('have the most bandwidth that shows on no row where the start would show', () => {
    // Of two bytes the path takes 2 / e + 1 against 3.9 of the tiles: it begins to show at e = 2 / 2.9.
    const found = { gemvEfficiency: 0.2, gemvRate: 0.5, gemvBlock_us: 9, gemvStep_us: 5 };
    const known = withKnownPath(timesWith(1.95), specs, found);
    expect(known).toEqual({ ...starts, gemvEfficiency: Math.floor((2 / 2.9) * 1e4) / 1e4 });
    expect(timesWith(1.95)(known)).toEqual(timesWith(1.95)(found));
  });

  it('are left alone in kernels without such a path', () => {
    expect(withKnownPath(() => [1], [], { launch_us: 2 })).toEqual({ launch_us: 2 });
  });
});
