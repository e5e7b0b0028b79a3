import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { acceleratorSchema } from '../../src/accelerator/accelerator-config.js';
import { parseSramTable } from '../../src/energy/sram.js';
import { reproductions } from '../../src/reproduce/index.js';
import { oliveLayers, oliveWorkloadSchema } from '../../src/reproduce/olive-workload.js';
import { publishedTableSchema } from '../../src/reproduce/published-table.js';
import { reproductionSchema } from '../../src/reproduce/reproduction.js';
import { modelSchema, type ModelConfig } from '../../src/trace/model/model-config.js';

const text = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const yaml = (path: string): unknown => parse(text(path));
const entry = reproductions['olive']!;
const published = publishedTableSchema.parse(yaml('reports/published/olive.yaml'));
const models: Record<string, ModelConfig> = Object.fromEntries(
  entry.models.map((name) => [name, modelSchema.parse(yaml(`models/${name}.yaml`))]),
);
const inputs = {
  hardware: Object.fromEntries(
    entry.accelerators.map((name) => [name, acceleratorSchema.parse(yaml(`hw-configs/accelerators/${name}.yaml`))]),
  ),
  models,
  sramTable: parseSramTable(text('hw-configs/energy/sram_cacti7.csv')),
  workload: yaml('reports/published/workloads/olive.yaml'),
};
const study = oliveWorkloadSchema.parse(inputs.workload);
const reproduction = entry.run(published, inputs);
const { cells, summary } = reproduction;
const systems = ['OliVe', 'AdaFloat', 'OLAccel', 'ANT'];
const others = systems.slice(1);
const found = (row: string, column: string, metric: string) =>
  cells.find((cell) => cell.row === row && cell.column === column && cell.metric === metric);
const value = (row: string, column: string, metric: string): number => found(row, column, metric)?.simulated ?? NaN;
const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;

describe("the reproduction of OliVe's systolic array", () => {
  it('compares the six published means, each as the digest prints it, and nothing else', () => {
    const printed = cells.filter((cell) => cell.published !== null).map((cell) => [cell.row, cell.metric, cell.column, cell.published]);
    expect(printed).toEqual([
      ['mean', 'speedup', 'AdaFloat', 4.8],
      ['mean', 'speedup', 'OLAccel', 3.8],
      ['mean', 'speedup', 'ANT', 3.7],
      ['mean', 'energyRatio', 'AdaFloat', 3.7],
      ['mean', 'energyRatio', 'OLAccel', 2.1],
      ['mean', 'energyRatio', 'ANT', 3.3],
    ]);
  });

  it('meets them as well as docs/reproduce-olive.md says: one as printed, all within 10 %', () => {
    expect(summary).toMatchObject({ cells: 6, exact: 1, within1pct: 1, within10pct: 6 });
    expect(summary.maxRelativeError).toBeCloseTo(0.0811, 4);
    expect(others.map((column) => value('mean', column, 'speedup').toFixed(2))).toEqual(['4.66', '3.63', '4.00']);
    expect(others.map((column) => value('mean', column, 'energyRatio').toFixed(2))).toEqual(['3.77', '2.09', '3.43']);
  });

  it.each(others)('takes means over %s from the rows per model, and those from cycles and energies', (column) => {
    for (const [metric, figure] of [
      ['speedup', 'cycles'],
      ['energyRatio', 'energy_nJ.total'],
    ] as const) {
      const rows = entry.models.map((model) => value(model, column, metric));
      expect(rows).toEqual(entry.models.map((model) => value(model, column, figure) / value(model, 'OliVe', figure)));
      expect(value('mean', column, metric)).toBeCloseTo(mean(rows), 12);
    }
  });

  it('adds up every energy from its parts', () => {
    for (const model of entry.models)
      for (const system of systems) {
        const parts = ['static', 'dram', 'buffer', 'core'].map((part) => value(model, system, `energy_nJ.${part}`));
        expect(value(model, system, 'energy_nJ.total') / parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 12);
      }
  });

  it("runs BERT in the cycles of ANT's simulator at the same precisions, which adds the classifier", () => {
    const run = JSON.parse(text('test/fixtures/ant/simulator_run.json')) as {
      networks: Record<string, Record<string, { readonly cycles: number }>>;
    };
    const theirs = run.networks['sst_2']!;
    for (const [ours, name] of [
      ['OliVe', 'ANT-OS'],
      ['AdaFloat', 'AdaFloat'],
      ['OLAccel', 'OLAccel'],
    ] as const) {
      const rest = theirs[name]!.cycles - value('bert-base', ours, 'cycles');
      expect(rest).toBeGreaterThan(0);
      expect(rest).toBeLessThan(2000);
    }
  });

  it('says which share of 8-bit MACs of ANT would give the published ratios, and of the others that nobody knows', () => {
    expect(found('mean', 'ANT', 'speedup')?.note).toBe('0.30: 90.0 % of the MACs of ANT at 8 bits instead of all give 3.7');
    expect(found('mean', 'ANT', 'energyRatio')?.note).toMatch(/^0\.13: 94\.5 % of the MACs/);
    expect(found('mean', 'AdaFloat', 'speedup')?.note).toBe('-0.14: not explained');
    const at4 = value('ANT at 4 bits', 'ANT', 'assumption.speedup');
    expect(at4 + 0.9 * (value('mean', 'ANT', 'speedup') - at4)).toBeCloseTo(3.7, 3);
  });

  it('says so where no share gives a published ratio', () => {
    const beyond = published.tables.map((table) => ({ ...table, rows: { ...table.rows, mean: [4.8, 3.8, 5] } }));
    const { cells: changed } = entry.run({ ...published, tables: beyond }, inputs);
    expect(changed.find((cell) => cell.published === 5)?.note).toBe('-1.00: no share of 8-bit MACs of ANT gives 5');
  });

  it('is a document the program can print, and states what it assumes and leaves out', () => {
    expect(reproductionSchema.parse(reproduction)).toEqual(reproduction);
    expect(reproduction.notes.join('\n')).toMatch(/OliVe 4, AdaFloat 8, OLAccel 4, ANT 8[^]*64 sequences of 128 tokens[^]*GPUs/);
  });

  it('refuses a metric or a row that is none of the comparison, and a system without a precision', () => {
    const [table] = published.tables;
    const only = (change: object) => ({ ...published, tables: [{ ...table!, ...change }] });
    expect(() => entry.run(only({ metric: 'edp' }), inputs)).toThrow(/unknown metric of OliVe: edp/);
    expect(() => entry.run(only({ rows: { 'bert-tiny': [1, 1, 1] } }), inputs)).toThrow(/unknown model of OliVe: bert-tiny/);
    expect(() => oliveLayers(models['bert-base']!, 'GOBO', study.assumption)).toThrow(/unknown system of OliVe: GOBO/);
  });
});

describe("other assumptions about OliVe's comparison", () => {
  it('have a row each for speed and energy over every other system', () => {
    for (const { name } of study.others)
      for (const column of others)
        for (const metric of ['speedup', 'energyRatio']) expect(value(name, column, `assumption.${metric}`), name).toBeGreaterThan(0.9);
    expect(cells.filter(({ metric }) => metric.startsWith('assumption.'))).toHaveLength(study.others.length * 6);
  });

  it('stand in docs/reproduce-olive.md with two decimals', () => {
    const page = text('docs/reproduce-olive.md').split('\n');
    for (const { name } of study.others) {
      const row = page.find((line) => line.startsWith(`| ${name}`));
      const printed = (metric: string): string => others.map((column) => value(name, column, `assumption.${metric}`).toFixed(2)).join(', ');
      expect(row).toMatch(new RegExp(String.raw`\| ${printed('speedup')} \| ${printed('energyRatio')} \|$`));
    }
  });

  it('leave the ratios over the systems they do not touch as they are', () => {
    expect(value('ANT at 4 bits', 'AdaFloat', 'assumption.speedup')).toBe(value('mean', 'AdaFloat', 'speedup'));
    expect(value('ANT at 4 bits', 'ANT', 'assumption.speedup')).toBe(1);
  });

  it('halve the lead where one sequence decodes: the memory decides, and it moves half the bits', () => {
    const decode = others.map((column) => value('one decode step of one sequence', column, 'assumption.speedup'));
    expect(decode[2]).toBeCloseTo(2, 2);
    expect(decode[0]).toBeLessThan(2.5);
  });
});

describe("the layers of OliVe's comparison", () => {
  const total = (name: string, change: object = {}) => {
    const layers = oliveLayers(models[name]!, 'OLAccel', { ...study.assumption, batch: 1, ...change });
    return {
      instances: layers.reduce((sum, { count }) => sum + count, 0),
      macs: layers.reduce((sum, { loops, count }) => sum + count * loops.b * loops.ic * loops.oc, 0),
      wide: layers.filter(({ loops }) => loops.p === 8).reduce((sum, { count }) => sum + count, 0),
    };
  };

  it('are the linear layers: six in each block of BERT, and the pooler', () => {
    expect(total('bert-base')).toEqual({ instances: 73, macs: (128 * 12 * 12 + 1) * 768 * 768, wide: 0 });
  });

  it('keep their MACs where the first and the last instance take 8 bits', () => {
    expect(total('bert-base', { edge_bits: { OLAccel: 8 } })).toEqual({ ...total('bert-base'), wide: 2 });
  });

  it('gain lm_head and the products of attention where that is asked for', () => {
    const { macs } = total('gpt2-xl');
    expect(total('gpt2-xl', { head: true }).macs - macs).toBe(128 * 1600 * 50257);
    expect(total('gpt2-xl', { attention_bits: 8 }).macs - macs).toBe(2 * 48 * 128 * 128 * 1600);
  });
});
