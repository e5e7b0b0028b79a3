import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { acceleratorSchema, type AcceleratorConfig } from '../../src/accelerator/accelerator-config.js';
import { simulateAccelerator } from '../../src/accelerator/simulate.js';
import { parseSramTable } from '../../src/energy/sram.js';
import { bitmodCosts } from '../../src/reproduce/bitmod-cost.js';
import { attentionCorrected, bitmodNetworks, bitmodSystems } from '../../src/reproduce/bitmod-workload.js';
import { reproductions } from '../../src/reproduce/index.js';
import { publishedTableSchema } from '../../src/reproduce/published-table.js';
import { compareWithPublished, reproductionSchema } from '../../src/reproduce/reproduction.js';
import { modelSchema } from '../../src/trace/model-config.js';
import { schemeSchema } from '../../src/trace/scheme-config.js';
import { workload } from '../../src/trace/workload/workload.js';

const text = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const yaml = (path: string): unknown => parse(text(path));
const entry = reproductions['bitmod']!;
const hardware: Record<string, AcceleratorConfig> = Object.fromEntries(
  entry.accelerators.map((name) => [name, acceleratorSchema.parse(yaml(`hw-configs/accelerators/${name}.yaml`))]),
);
const sramTable = parseSramTable(text('hw-configs/energy/sram_cacti7.csv'));
const published = publishedTableSchema.parse(yaml('reports/published/bitmod.yaml'));
const reproduction = entry.run(published, hardware, sramTable);
const { cells, summary } = reproduction;

interface Figures {
  rows: { system: string; task: string; model: string; cycles: number; onchip_uJ: number; total_uJ: number; w_bus_bits: number }[];
}
const figures = (JSON.parse(text('test/fixtures/bitmod/figures-7-8.json')) as Figures).rows;
const cell = (row: string, column: string, metric: string) =>
  cells.find((c) => c.row === row && c.column === column && c.metric === metric);

describe("the reproduction of BitMoD's figures 7 and 8", () => {
  it('gives all 60 cycle counts exactly', () => {
    expect(figures).toHaveLength(60);
    expect(figures.filter((r) => cell(r.model, r.system, `${r.task}.cycles`)?.simulated !== r.cycles)).toEqual([]);
  });

  it('gives all 120 energies within 1.5 uJ', () => {
    const off = (r: Figures['rows'][number], quantity: 'onchip_uJ' | 'total_uJ') =>
      Math.abs((cell(r.model, r.system, `${r.task}.${quantity}`)?.simulated ?? NaN) - r[quantity]);
    expect(Math.max(...figures.flatMap((r) => [off(r, 'onchip_uJ'), off(r, 'total_uJ')]))).toBeLessThan(1.5);
  });

  it('carries the published cells of the figures as they are printed', () => {
    for (const r of figures)
      for (const quantity of ['cycles', 'onchip_uJ', 'total_uJ'] as const)
        expect(cell(r.model, r.system, `${r.task}.${quantity}`)?.published).toBe(r[quantity]);
  });

  it.each([
    ['discriminative', 'bitmod-ll/fp16', 1.99],
    ['generative', 'bitmod-ll/fp16', 2.41],
    ['discriminative', 'bitmod-ly/ant', 1.72],
    ['generative', 'bitmod-ly/ant', 1.66],
    ['combined', 'bitmod-ly/ant', 1.69],
    ['discriminative', 'bitmod-ly/olive', 1.56],
    ['generative', 'bitmod-ly/olive', 1.39],
  ])('rounds to the published mean %s speed-up of %s: %f', (task, column, value) => {
    expect(cell('mean', column, `${task}.speedup`)).toMatchObject({ published: value, note: '' });
    expect(cell('mean', column, `${task}.speedup`)?.simulated.toFixed(2)).toBe(value.toFixed(2));
  });

  it('gives the published combined speed-up over OliVe from the rounded means, and says that its own is not rounded first', () => {
    const mean = ['discriminative', 'generative'].map((task) =>
      Number(cell('mean', 'bitmod-ly/olive', `${task}.speedup`)?.simulated.toFixed(2)),
    );
    expect(Math.round(((mean[0]! + mean[1]!) / 2) * 100 + 1e-9) / 100).toBe(1.48);
    expect(cell('mean', 'bitmod-ly/olive', 'combined.speedup')?.note).toMatch(/after rounding/);
  });

  it('is a document whose summary counts its cells, and every cell that differs has a note', () => {
    expect(() => reproductionSchema.parse(reproduction)).not.toThrow();
    expect(summary).toMatchObject({ cells: cells.length, within10pct: cells.length });
    expect(summary.exact).toBe(cells.filter((c) => c.note === '').length);
    expect(summary.maxRelativeError).toBe(Math.max(...cells.map((c) => Math.abs(c.relativeError ?? 0))));
  });

  it('refuses to run without one of its accelerators, or without the energy of one', () => {
    expect(() => entry.run(published, { fp16: hardware['fp16']! }, sramTable)).toThrow(/unknown accelerator: ant/);
    const lacking = { ...hardware, ant: { ...hardware['ant']!, pe: { ...hardware['ant']!.pe, energy_pJ: null } } };
    expect(() => entry.run(published, lacking, sramTable)).toThrow(/needs its PE, SRAM and DRAM energy: ant/);
  });
});

describe('the corrected attention listed beside the published one', () => {
  it('is what the workload generator gives the simulator', () => {
    const corrected = bitmodCosts(hardware, sramTable, attentionCorrected);
    for (const [i, model] of Object.keys(bitmodNetworks).entries()) {
      for (const [system, { hardware: name, weight_bits, kv_bits }] of Object.entries(bitmodSystems)) {
        for (const [task, phase] of [['discriminative', 'prefill'], ['generative', 'decode']] as const) {
          const bits = weight_bits[task][i]!;
          const scheme = schemeSchema.parse({ name: 'x', weight: { format: 'fp16' }, kv: { format: kv_bits === 8 ? 'int8' : 'fp16' } });
          const { segments } = workload(modelSchema.parse(yaml(`models/${model}.yaml`)), scheme, { phase, context: 256 });
          const layers = segments.flatMap((s) => s.layers).map((l) => (l.kind === 'gemm' ? { ...l, weight: { ...l.weight, payload_bitsPerElement: bits } } : l));
          const { totals } = simulateAccelerator(hardware[name]!, [{ phase, layers }], { sramTable });
          const cost = corrected(task, model, system);
          expect([model, system, task, totals.latency_cycles]).toEqual([model, system, task, cost.cycles]);
          expect((totals.energy_pJ ?? NaN) / 1e6 / cost.total_uJ).toBeCloseTo(1, 9);
        }
      }
    } // prettier-ignore
  });
});

describe('a comparison with published cells', () => {
  it('counts a value as exact when it rounds to the printed one', () => {
    const table = {
      id: 't',
      title: 't',
      source: 's',
      tables: [{ metric: 'm', unit: 'x', decimals: 1, evidence: 'e', columns: ['a', 'b', 'c'], rows: { r: [1.2, 1.2, null] } }],
    };
    const values: Record<string, number> = { a: 1.249, b: 1.251, c: 7 };
    const { cells, summary } = compareWithPublished(
      table,
      ({ column }) => values[column]!,
      () => 'off',
    );
    expect(cells.map((c) => c.note)).toEqual(['', 'off', '']);
    expect(cells.map((c) => c.relativeError === null)).toEqual([false, false, true]);
    expect(summary).toMatchObject({ cells: 2, exact: 1, within1pct: 0, within10pct: 2 });
  });
});
