import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { acceleratorSchema } from '../../src/accelerator/accelerator-config.js';
import { parseSramTable } from '../../src/energy/sram.js';
import { reproductions } from '../../src/reproduce/index.js';
import { mixpeLayers, mixpeWorkloadSchema, pseudoProduct } from '../../src/reproduce/mixpe-workload.js';
import { publishedTableSchema } from '../../src/reproduce/published-table.js';
import { reproductionSchema } from '../../src/reproduce/reproduction.js';

const text = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const yaml = (path: string): unknown => parse(text(path));
const entry = reproductions['mixpe']!;
const published = publishedTableSchema.parse(yaml('reports/published/mixpe.yaml'));
const workload = mixpeWorkloadSchema.parse(yaml('reports/published/workloads/mixpe.yaml'));
const inputs = {
  hardware: { 'ant-os': acceleratorSchema.parse(yaml('hw-configs/accelerators/ant-os.yaml')) },
  models: {},
  sramTable: parseSramTable(text('hw-configs/energy/sram_cacti7.csv')),
  workload,
};
const reproduction = entry.run(published, inputs);
const { cells, summary } = reproduction;
const value = (row: string, column: string, metric: string): number =>
  cells.find((cell) => cell.row === row && cell.column === column && cell.metric === metric)?.simulated ?? NaN;

describe("the reproduction of MixPE's stored table", () => {
  it('gives 63 of 74 cells as printed and the others within 0.012', () => {
    expect(summary).toMatchObject({ cells: 74, exact: 63 });
    const far = cells.filter(({ published: printed, simulated }) => printed !== null && Math.abs(simulated - printed) > 0.012);
    expect(far).toEqual([]);
  });

  it('says why beside every cell that differs', () => {
    const notes = cells.filter(({ note }) => note !== '').map(({ note }) => note);
    expect(notes).toHaveLength(11);
    expect(notes.filter((note) => !/unknown seed|rounded to 0.01 each|mean of such sums/.test(note))).toEqual([]);
  });

  it('gives all parts of the energy of Llama-2-13B as printed', () => {
    const parts = cells.filter(({ metric, published: printed }) => metric.startsWith('energy_norm.') && printed !== null);
    expect(parts).toHaveLength(24);
    expect(parts.filter(({ note }) => note !== '')).toEqual([]);
  });

  it('says that the headline has no confirmed baseline', () => {
    expect(reproduction.notes[0]).toMatch(/no confirmed baseline/);
    expect(reproductionSchema.parse(reproduction)).toEqual(reproduction);
  });
});

describe('dequantization', () => {
  const [first, after] = ['INT8', 'MixPE-W4A8'].map((name) => workload.contenders[name]!);
  const opt = workload.networks['opt-6.7b']!;

  it('is charged as 1/8 and 1/1024 of the MACs as published, whatever the rows', () => {
    expect(value('opt-6.7b', 'INT8', 'asPublished.dequantizationShare')).toBe(1 / 8);
    expect(value('opt-6.7b', 'MixPE-W4A8', 'asPublished.dequantizationShare')).toBe(1 / 1024);
    const [layer] = mixpeLayers(workload, opt, first!);
    expect(pseudoProduct(workload, layer!, first!)).toMatchObject({ b: 64, ic: 4096, oc: 512, p: 8 });
    expect(pseudoProduct(workload, layer!, after!)).toMatchObject({ b: 64, ic: 512, oc: 32, p: 8 });
  });

  it('takes K N multiplications per load first and M N K / g after a group by its law', () => {
    const weights = 32 * (4 * 4096 ** 2 + 2 * 4096 * 16384);
    expect(value('opt-6.7b', 'MixPE-W4A8', 'law.dequantizations')).toBe((64 * weights) / 128);
    expect(value('opt-6.7b', 'INT8', 'law.dequantizations') / weights).toBeGreaterThanOrEqual(1);
    expect(value('opt-6.7b', 'MixPE-W4A16', 'law.dequantizationShare')).toBe(1 / 128);
  });

  it('by its law leaves MixPE less ahead than the published products do', () => {
    for (const ours of ['MixPE-W4A8', 'MixPE-W4A16'])
      for (const other of ['ANT', 'BitFusion', 'INT8', 'FP16'])
        expect(value(ours, other, 'law.mean speedup over')).toBeLessThan(value(ours, other, 'mean speedup over'));
  });
});

describe("the layers of MixPE's comparison", () => {
  it('share a random mix as its expectation', () => {
    const ant = workload.contenders['ANT']!;
    const layers = mixpeLayers(workload, workload.networks['llama-2-13b']!, ant);
    const share = (p: number): number => layers.filter(({ loops }) => loops.p === p).reduce((sum, { count }) => sum + count, 0);
    expect(share(4) / (share(4) + share(8))).toBeCloseTo(0.8, 12);
    const fusion = mixpeLayers(workload, workload.networks['llama-2-13b']!, workload.contenders['BitFusion']!);
    expect(fusion.filter(({ loops }) => loops.p === 4)).toMatchObject([{ count: 20, loops: { ic: 5120, oc: 5120 } }]);
  });

  it('start with the patches of ViT, which are not dequantized', () => {
    const [patches] = mixpeLayers(workload, workload.networks['vit-h']!, workload.contenders['MixPE-W4A16']!);
    expect(patches).toMatchObject({ dequantized: false, count: 1, loops: { b: 64, o: 16, kernelHeight: 14, p: 16, ic: 3, oc: 1280 } });
  });
});
