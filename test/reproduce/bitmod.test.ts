import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { acceleratorSchema, type AcceleratorConfig } from '../../src/accelerator/accelerator-config.js';
import { simulateAccelerator } from '../../src/accelerator/simulate.js';
import { parseSramTable } from '../../src/energy/sram.js';
import { bitmodCosts } from '../../src/reproduce/bitmod-cost.js';
import { attentionCorrected, type BitmodTask } from '../../src/reproduce/bitmod-workload.js';
import { reproductions } from '../../src/reproduce/index.js';
import { publishedTableSchema, type PublishedTable } from '../../src/reproduce/published-table.js';
import { compareWithPublished, reproductionSchema } from '../../src/reproduce/reproduction.js';
import { modelSchema, type ModelConfig } from '../../src/trace/model/model-config.js';
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
const models: Record<string, ModelConfig> = Object.fromEntries(
  entry.models.map((name) => [name, modelSchema.parse(yaml(`models/${name}.yaml`))]),
);
const inputs = { hardware, models, sramTable };
const reproduction = entry.run(published, inputs);
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

  it('gives all 120 energies within 1 uJ', () => {
    const off = (r: Figures['rows'][number], quantity: 'onchip_uJ' | 'total_uJ') =>
      Math.abs((cell(r.model, r.system, `${r.task}.${quantity}`)?.simulated ?? NaN) - r[quantity]);
    expect(Math.max(...figures.flatMap((r) => [off(r, 'onchip_uJ'), off(r, 'total_uJ')]))).toBeLessThan(1);
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

  it('refuses to run without one of its accelerators, models, or energies', () => {
    expect(() => entry.run(published, { ...inputs, hardware: { fp16: hardware['fp16']! } })).toThrow(/unknown accelerator: ant/);
    const { 'phi-2': _, ...five } = models;
    expect(() => entry.run(published, { ...inputs, models: five })).toThrow(/unknown network of BitMoD's figures: phi-2/);
    const encoder = { ...models, 'phi-2': modelSchema.parse(yaml('models/bert-base.yaml')) };
    expect(() => entry.run(published, { ...inputs, models: encoder })).toThrow(/are of decoders/);
    expect(() => entry.run(published, { ...inputs, hardware: disturbed('ant', { energy_pJ: null }) })).toThrow(
      /needs its PE, SRAM and DRAM energy: ant/,
    );
  });

  it('refuses a table with a metric, a row or a system that is none of the figures, or without its workload', () => {
    const asking = (metric: string, row: string, column: string): PublishedTable => ({
      ...published,
      tables: [{ metric, unit: 'x', decimals: 2, evidence: 'e', columns: [column], rows: { [row]: [1] } }],
    });
    const run =
      (...cell: [string, string, string]) =>
      () =>
        entry.run(asking(...cell), inputs);
    expect(run('combined.energyEfficiency', 'mean', 'bitmod-ll/fp16')).not.toThrow();
    expect(run('combined.energy', 'mean', 'bitmod-ll/fp16')).toThrow(/unknown metric of BitMoD: combined.energy; expected one of/);
    expect(run('discriminative.toString', 'opt-1.3b', 'fp16')).toThrow(/unknown metric of BitMoD/);
    expect(run('generative.speedup', 'opt-1.3b', 'bitmod-ll/fp16')).toThrow(/unknown row of generative.speedup: opt-1.3b/);
    expect(run('generative.speedup', 'mean', 'bitmod-ll')).toThrow(/unknown system of BitMoD/);
    expect(run('generative.cycles', 'opt-1.3b', 'bitmod')).toThrow(/unknown system of BitMoD: bitmod; expected one of: fp16/);
    const { workload: _, ...bare } = published;
    expect(() => entry.run(bare, inputs)).toThrow(/needs its workload/);
  });
});

/** The accelerators with the PE of one changed. */
function disturbed(name: string, pe: Partial<AcceleratorConfig['pe']>): Record<string, AcceleratorConfig> {
  const config = hardware[name]!;
  return { ...hardware, [name]: { ...config, pe: { ...config.pe, ...pe } } };
}

describe('the notes on cells that differ', () => {
  const notesOf = (on: Record<string, AcceleratorConfig>) => entry.run(published, { ...inputs, hardware: on }).cells;

  it('give a reason for every difference of the shipped accelerators', () => {
    expect(cells.filter(({ note }) => note.includes('not explained'))).toEqual([]);
    expect(cells.filter(({ note }) => note !== '')).toHaveLength(12);
  });

  it('give none for an energy that is off by 1 uJ or more', () => {
    const off = notesOf(disturbed('fp16', { energy_pJ: hardware['fp16']!.pe.energy_pJ! * 1.001 })).filter((c) => c.metric.endsWith('_uJ') && c.column === 'fp16');
    expect(off).toHaveLength(24);
    for (const { note, simulated, published: printed } of off) {
      const difference = simulated - (printed ?? NaN);
      expect(note).toBe(`${difference.toFixed(2)} uJ: ${Math.abs(difference) < 1 ? 'within the rounding of a sum of whole uJ' : 'not explained'}`);
    }
    expect(off.filter(({ note }) => note.endsWith('not explained')).length).toBeGreaterThan(20);
  }); // prettier-ignore

  it('give none for a published mean that is off by another amount than the known one', () => {
    const energy = notesOf(disturbed('bitmod', { layoutFactor: hardware['bitmod']!.pe.layoutFactor * 0.9 }));
    const efficiencies = energy.filter(({ metric }) => metric === 'combined.energyEfficiency');
    expect(efficiencies.map(({ note }) => note.endsWith(': not explained'))).toEqual([true, true, true]);
    const slow = { ...hardware, olive: { ...hardware['olive']!, dram: { ...hardware['olive']!.dram, bandwidth_bitsPerCycle: 200 } } };
    const cell = notesOf(slow).find((c) => c.metric === 'combined.speedup' && c.column === 'bitmod-ly/olive');
    expect(cell?.note).toMatch(/^0\.\d\d: not explained$/);
    expect(notesOf(slow).find((c) => c.metric === 'generative.cycles' && c.column === 'olive')?.note).toMatch(/^\d+\.00: not explained$/);
  });
});

describe('the corrected attention listed beside the published one', () => {
  it('is what the workload generator gives the simulator', () => {
    const { systems } = published.workload!;
    const corrected = bitmodCosts(inputs, published.workload!, attentionCorrected);
    for (const [model, config] of Object.entries(models)) {
      for (const [system, { accelerator: name, weight_bits, kv_bits }] of Object.entries(systems)) {
        for (const [task, phase] of [['discriminative', 'prefill'], ['generative', 'decode']] as [BitmodTask, 'prefill' | 'decode'][]) {
          const stated = weight_bits[task]!;
          const bits = typeof stated === 'number' ? stated : stated[model]!;
          const scheme = schemeSchema.parse({ name: 'x', weight: { format: 'fp16' }, kv: { format: kv_bits === 8 ? 'int8' : 'fp16' } });
          const { segments } = workload(config, scheme, { phase, context: 256 });
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
    expect(cells.map((c) => c.note)).toEqual(['', '0.05: off', '']);
    expect(cells.map((c) => c.relativeError === null)).toEqual([false, false, true]);
    expect(summary).toMatchObject({ cells: 2, exact: 1, within1pct: 0, within10pct: 2 });
  });

  it('takes a published 0 as met only when it is met exactly: no relative error puts a miss inside a band', () => {
    const table: PublishedTable = {
      id: 't',
      title: 't',
      source: 's',
      tables: [{ metric: 'm', unit: 'x', decimals: 1, evidence: 'e', columns: ['met', 'missed'], rows: { r: [0, 0] } }],
    };
    const { cells, summary } = compareWithPublished(
      table,
      ({ column }) => (column === 'met' ? 0.04 : 5),
      () => null,
    );
    expect(cells.map((c) => [c.relativeError, c.note])).toEqual([[null, ''], [null, '5.00: not explained']]); // prettier-ignore
    expect(summary).toMatchObject({ cells: 2, exact: 1, within1pct: 1, within10pct: 1 });
  });

  it('gives the stated reason of a cell for the stated difference only, to three decimals', () => {
    const table: PublishedTable = {
      id: 't',
      title: 't',
      source: 's',
      tables: [{ metric: 'm', unit: 'x', decimals: 2, evidence: 'e', columns: ['a', 'b', 'c'], rows: { r: [1, 1, 1] } }],
      differences: [
        { metric: 'm', row: 'r', column: 'a', difference: 0.012, reason: 'known' },
        { metric: 'm', row: 'r', column: 'b', difference: 0.012, reason: 'known' },
      ],
    };
    const values: Record<string, number> = { a: 1.01249, b: 1.01251, c: 1.012 };
    const { cells } = compareWithPublished(table, ({ column }) => values[column]!, () => null); // prettier-ignore
    expect(cells.map((c) => c.note)).toEqual(['0.01: known', '0.01: not explained', '0.01: not explained']);
  });
});
