import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AcceleratorConfig, VectorUnit } from '../../src/accelerator/accelerator-config.js';
import { explainLayer } from '../../src/accelerator/explain.js';
import { simulateAccelerator } from '../../src/accelerator/simulate.js';
import type { LayerTrace } from '../../src/trace/layer-trace.js';
import { accelerator, bits, layer, sramTable } from './hardware.js';

const unit: VectorUnit = {
  lanes: 64,
  energy_pJPerOperation: 0.5,
  area_um2: 1000,
  operationsPerElement: { softmax: 5, norm: 7, elementwise: 2, quantize: 3, move: 1 },
  source: 'assumed for this test',
};
const bare = accelerator('bitmod');
const withUnit = (changes: Partial<VectorUnit> = {}): AcceleratorConfig => ({ ...bare, vectorUnit: { ...unit, ...changes } });
const vector = (kind: LayerTrace['kind'], changes: Partial<LayerTrace> = {}): LayerTrace =>
  layer({ name: kind, kind, m: 128, n: 100, k: 1, sharedOperand: 'none', weight: bits(0), ...changes });
const gemm = layer({ m: 64, n: 256, k: 256 });
const run = (hardware: AcceleratorConfig, ...layers: LayerTrace[]) => simulateAccelerator(hardware, [{ layers }], { sramTable });
const only = (hardware: AcceleratorConfig, one: LayerTrace) => run(hardware, one).layers[0] as ReturnType<typeof run>['layers'][number];

describe('a vector unit', () => {
  it.each([
    ['softmax', 5],
    ['norm', 7],
    ['elementwise', 2],
  ] as const)('takes ceil(elements x operations / lanes) cycles for a %s', (kind, perElement) => {
    const { cycles, activity } = only(withUnit(), vector(kind, { activation: bits(0), output: bits(0) }));
    expect(activity.vector_operations).toBe(12800 * perElement);
    expect(cycles).toMatchObject({ total: Math.ceil((12800 * perElement) / 64), dramStall: 0 });
    expect(activity).toMatchObject({ macs: 0, peSteps: 0, dramRead_bytes: 0, dramWrite_bytes: 0 });
  });

  it('rounds up at one element more than its lanes take', () => {
    const cycles = (n: number): number =>
      only(withUnit(), vector('elementwise', { m: 1, n, activation: bits(0), output: bits(0) })).latency_cycles;
    expect([cycles(32), cycles(33), cycles(64), cycles(65)]).toEqual([1, 2, 2, 3]);
  });

  it('quantizes where a transform changes the format and moves where it keeps it', () => {
    const from = { ...bits(16), format: 'fp16' };
    const operations = (format: string): number | undefined =>
      only(withUnit(), vector('transform', { activation: from, output: { ...bits(8), format } })).activity.vector_operations;
    expect(operations('int8')).toBe(12800 * 3);
    expect(operations('fp16')).toBe(12800);
  });

  it('waits for the DRAM when its operands are there', () => {
    const { cycles, activity } = only(withUnit({ lanes: 4096 }), vector('norm'));
    expect([activity.dramRead_bytes, activity.dramWrite_bytes]).toEqual([25600, 25600]);
    expect(cycles.total).toBe((51200 * 8) / 256);
    expect(cycles.compute).toBe(Math.ceil((12800 * 7) / 4096));
  });

  it('has an energy of its own, and layers of the array have none of it', () => {
    const { layers: rows, totals } = run(withUnit(), gemm, vector('softmax'));
    expect(rows.map(({ energy_pJ }) => energy_pJ.vector)).toEqual([0, 12800 * 5 * 0.5]);
    expect(rows[1]?.energy_pJ).toMatchObject({ pe: 0, dram: 51200 * 8 * 18.75 });
    expect(rows[1]?.energy_pJ.sram).toBeGreaterThan(0);
    expect(totals.energyParts_pJ.vector).toBe(32000);
  });

  it('changes nothing about the layers of the array but their place in the sum', () => {
    const alone = run(bare, gemm);
    const together = run(withUnit(), gemm, vector('softmax'));
    expect(together.layers[0]?.activity).toEqual(alone.layers[0]?.activity);
    expect(together.totals.latency_cycles).toBe(alone.totals.latency_cycles + (together.layers[1]?.latency_cycles ?? NaN));
    expect(together.totals.macs).toBe(alone.totals.macs);
  });

  it('takes area for its lanes', () => {
    expect(run(withUnit(), gemm).totals.areaParts_mm2['vectorUnit']).toBe(0.064);
    expect(run(bare, gemm).totals.areaParts_mm2).not.toHaveProperty('vectorUnit');
  });

  it('makes energy unknown, never 0, when its own is, and says so; layers of the array keep theirs', () => {
    const { layers: rows, totals, omissions } = run(withUnit({ energy_pJPerOperation: null, area_um2: null }), gemm, vector('norm'));
    expect(rows.map(({ energy_pJ }) => energy_pJ.total === null)).toEqual([false, true]);
    expect(totals).toMatchObject({ energy_pJ: null, area_mm2: null });
    expect(omissions).toContainEqual({ part: 'vector', status: 'unknown', reason: 'bitmod gives no vectorUnit.energy_pJPerOperation' });
    expect(omissions).toContainEqual({ part: 'area.vectorUnit', status: 'unknown', reason: 'bitmod gives no vectorUnit.area_um2' });
  });

  it('is missed when a design has none: the layers are listed, and their energy is excluded', () => {
    const { layers: rows, totals, omissions } = run(bare, gemm, vector('softmax'));
    expect(rows).toHaveLength(1);
    expect(totals.energyParts_pJ.vector).toBeNull();
    expect(totals.energy_pJ).toBeGreaterThan(0);
    expect(omissions.map(({ part, status }) => [part, status])).toEqual(
      expect.arrayContaining([
        ['vector', 'excluded'],
        ['layers.softmax', 'excluded'],
      ]),
    );
  });

  it('is explained by terms that give its cycles and its energy', () => {
    const row = only(withUnit(), vector('softmax', { repeat: 3 }));
    const terms = explainLayer(withUnit(), vector('softmax', { repeat: 3 }), undefined, { sramTable });
    const term = (name: string): number => terms.find((each) => each.name === name)?.value ?? NaN;
    expect(term('layer cycles') * 3).toBe(row.latency_cycles);
    expect(term('latency')).toBe(row.latency_cycles);
    expect(term('vector energy')).toBe(row.energy_pJ.vector);
    expect(term('energy')).toBe(row.energy_pJ.total);
  });

  it('never gets slower with more lanes, nor faster with more elements', () => {
    const count = fc.integer({ min: 1, max: 4096 });
    fc.assert(
      fc.property(count, count, count, (m, n, lanes) => {
        const cycles = (rows: number, width: number): number =>
          only(withUnit({ lanes: width }), vector('norm', { m: rows, n })).latency_cycles;
        expect(cycles(m, lanes * 2)).toBeLessThanOrEqual(cycles(m, lanes));
        expect(cycles(m + 1, lanes)).toBeGreaterThanOrEqual(cycles(m, lanes));
      }),
      { numRuns: 50 },
    );
  });
});
