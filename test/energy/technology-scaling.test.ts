import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { technologyScaling } from '../../src/energy/technology-scaling.js';

const energyOf = (a: number, b: number, c: number): number => a * 0.64 + b * 0.8 + c;

describe('scaling logic from one technology to another', () => {
  it('is the ratio of the energy polynomials at 0.8 V and of the areas, at nodes of the table', () => {
    const { energy, area, warnings } = technologyScaling(45, 7);
    expect(energy).toBeCloseTo(energyOf(0.1776, -0.09097, 0.02447) / energyOf(1.103, -0.362, 0.2767), 12);
    expect(area).toBeCloseTo(0.059, 12);
    expect(warnings).toEqual([]);
  });

  it('is linear between two nodes: 28 nm lies a third of the way from 32 to 20', () => {
    const between = (high: number, low: number): number => high + (low - high) / 3;
    const { energy, area } = technologyScaling(45, 28);
    const at28 = between(energyOf(0.9559, -0.7823, 0.471), energyOf(0.373, -0.1582, 0.04104));
    expect(energy).toBeCloseTo(at28 / energyOf(1.103, -0.362, 0.2767), 12);
    expect(area).toBeCloseTo(between(0.46, 0.21), 12);
  });

  it('changes nothing at the same node, inside the table or not', () => {
    for (const node of [3, 7, 28, 130, 250]) expect(technologyScaling(node, node)).toEqual({ energy: 1, area: 1, warnings: [] });
  });

  it('warns just outside 7 to 130 nm and not at the ends', () => {
    for (const node of [7, 130]) expect(technologyScaling(28, node).warnings).toEqual([]);
    expect(technologyScaling(28, 6.9).warnings).toEqual(['6.9 nm lies outside the 7 to 130 nm of the table and is taken as 7 nm']);
    expect(technologyScaling(180, 28).warnings).toEqual(['180 nm lies outside the 7 to 130 nm of the table and is taken as 130 nm']);
    expect(technologyScaling(28, 3)).toMatchObject({ energy: technologyScaling(28, 7).energy, area: technologyScaling(28, 7).area });
  });

  it('never makes a smaller node larger or hungrier, and there and back is the same', () => {
    const node = fc.double({ min: 7, max: 130, noNaN: true });
    fc.assert(
      fc.property(node, node, (a, b) => {
        const down = technologyScaling(Math.max(a, b), Math.min(a, b));
        const up = technologyScaling(Math.min(a, b), Math.max(a, b));
        expect(down.energy).toBeLessThanOrEqual(1 + 1e-12);
        expect(down.area).toBeLessThanOrEqual(1 + 1e-12);
        expect(down.energy * up.energy).toBeCloseTo(1, 9);
        expect(down.area * up.area).toBeCloseTo(1, 9);
      }),
    );
  });
});
