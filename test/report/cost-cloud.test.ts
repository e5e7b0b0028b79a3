/** Is every candidate in one cell of the raster behind a chart, and does the raster stay small however far they spread? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidateCloud, cloudText } from '../../src/report/candidate-cloud.js';
import { cellsOf, cloudOf, greyOf } from '../../src/report/charts/cost-cloud.js';
import { costPanels } from '../../src/report/charts/cost-panels.js';
import { costKinds } from '../../src/report/codesign-tables.js';
import { codesignDocument } from './codesign-documents.js';

const frame = { width: 350, height: 250 };
const share = fc.double({ min: 0, max: 1, noNaN: true });
const places = fc.array(fc.record({ x: share, y: share }), { maxLength: 200 });

describe('the raster behind a chart', () => {
  it('counts every candidate once, in a cell less than a cell away', () => {
    fc.assert(
      fc.property(places, fc.constantFrom(4, 5, 14), (all, cell_px) => {
        const cells = cellsOf(all, frame, cell_px);
        expect(cells.reduce((sum, { count }) => sum + count, 0)).toBe(all.length);
        const near = ({ x, y }: (typeof all)[number]): boolean =>
          cells.some((cell) => Math.max(Math.abs(cell.x - x * frame.width), Math.abs(cell.y - y * frame.height)) <= cell_px);
        expect(all.every(near)).toBe(true);
      }),
    );
  });

  it('has fine cells for few, wider ones for what spreads over all panels, and at most a thousand', () => {
    const grid = Array.from({ length: 10_000 }, (_, i) => ({ x: (i % 100) / 100, y: Math.floor(i / 100) / 100 }));
    expect(cloudOf([grid.slice(0, 50)], frame).cell_px).toBe(4);
    const wide = cloudOf([grid, grid], frame);
    expect(wide.cell_px).toBe(14);
    expect(wide.panels.flat().length).toBeLessThanOrEqual(1000);
    expect(cloudOf([[], []], frame).panels).toEqual([[], []]);
  });

  it('darkens at two counts', () => {
    const [one, two, five, six] = [1, 2, 5, 6].map(greyOf);
    expect([one! < two!, two === five, five! < six!]).toEqual([true, true, true]);
  });
});

describe('the candidates behind a front', () => {
  const kept = codesignDocument().candidates.kept!;

  it('have the costs of the document, an area of their hardware, and none where it is not known', () => {
    const cloud = candidateCloud(codesignDocument({ energyKnown: false }), costKinds);
    expect(cloud).toHaveLength(80);
    const area = costKinds.findIndex(({ key }) => key === 'area_mm2');
    const energy = costKinds.findIndex(({ key }) => key === 'energy_pJ');
    expect(cloud.slice(0, 2).map(({ costs }) => [costs[area], costs[energy] === null])).toEqual([
      [2, false],
      [null, true],
    ]);
    expect(cloud[3]?.error).toBe(kept.error[3]);
  });

  it('widen the axes that they are on', () => {
    const dots = [{ label: 'p1', kind: 'front', error: 1, costs: [1], hardware: 'h' }];
    const chart = (cloud: { error: number; costs: number[] }[]): string =>
      JSON.stringify(costPanels({ costs: [{ name: 'latency', unit: '' }], error: 'error', dots, kinds: ['front'], cloud }, { title: '', subtitle: '' }).spec); // prettier-ignore
    expect(chart([{ error: 5, costs: [3] }])).toContain('"domain":[0.86,3.14]');
    expect(chart([])).not.toContain('"square"');
  });

  it('are said to be all, or how many of how many, or not to be there', () => {
    const study = codesignDocument();
    expect(cloudText(study, 4)).toMatch(/^Grey: all 80 candidates, counted in squares of 4 pixels/);
    expect(cloudText({ ...study, candidates: { ...study.candidates, evaluated: 104_312 } }, 4)).toContain(
      '80 of 104,312 candidates, a random subset',
    );
    const { kept: _, ...older } = study.candidates;
    expect(cloudText({ ...study, candidates: older }, 4)).toContain('an older one');
    expect(candidateCloud({ ...study, candidates: older }, costKinds)).toEqual([]);
  });
});
