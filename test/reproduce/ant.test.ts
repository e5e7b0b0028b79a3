import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { acceleratorSchema } from '../../src/accelerator/accelerator-config.js';
import { simulateAccelerator } from '../../src/accelerator/simulate.js';
import { parseSramTable } from '../../src/energy/sram.js';
import { antWorkloadSchema, antLayers } from '../../src/reproduce/ant-workload.js';
import { reproductions } from '../../src/reproduce/index.js';
import { publishedTableSchema } from '../../src/reproduce/published-table.js';
import { reproductionSchema } from '../../src/reproduce/reproduction.js';
import { bits, layer } from '../accelerator/hardware.js';

const text = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const yaml = (path: string): unknown => parse(text(path));
const entry = reproductions['ant']!;
const published = publishedTableSchema.parse(yaml('reports/published/ant.yaml'));
const workload = yaml('reports/published/workloads/ant.yaml');
const inputs = {
  hardware: Object.fromEntries(
    entry.accelerators.map((name) => [name, acceleratorSchema.parse(yaml(`hw-configs/accelerators/${name}.yaml`))]),
  ),
  models: {},
  sramTable: parseSramTable(text('hw-configs/energy/sram_cacti7.csv')),
  workload,
};
const reproduction = entry.run(published, inputs);
const { cells, summary } = reproduction;
const value = (row: string, column: string, metric: string): number =>
  cells.find((cell) => cell.row === row && cell.column === column && cell.metric === metric)?.simulated ?? NaN;

interface Figures {
  readonly cycles: number;
  readonly mem_stall_cycles: number;
  readonly bits: Readonly<Record<string, number>>;
  readonly energy_nJ: Readonly<Record<string, number>>;
}
const run = JSON.parse(text('test/fixtures/ant/simulator_run.json')) as { networks: Record<string, Record<string, Figures>> };
const pairs = Object.entries(run.networks).flatMap(([network, machines]) =>
  Object.entries(machines).map(([machine, figures]) => ({ network, machine, figures })),
);

describe("the reproduction of ANT's table", () => {
  it('gives every published cell as printed, the means among them', () => {
    expect(summary).toMatchObject({ cells: 240, exact: 240 });
    expect(cells.filter(({ row, published: printed }) => printed !== null && row !== 'mean')).toHaveLength(210);
    expect(cells.filter(({ note }) => note !== '')).toEqual([]);
  });

  it.each(pairs)('gives cycles, stalls, traffic and energy of $network on $machine to the last digit', ({ network, machine, figures }) => {
    const cell = (metric: string): number => value(network, machine, metric);
    expect([cell('cycles'), cell('mem_stall_cycles')]).toEqual([figures.cycles, figures.mem_stall_cycles]);
    for (const group of ['bits', 'energy_nJ'] as const)
      for (const [name, figure] of Object.entries(figures[group])) expect(cell(`${group}.${name}`), name).toBe(figure);
  });

  it('has the figures of all eight networks on all six machines', () => {
    expect(cells.filter(({ metric }) => metric === 'cycles')).toHaveLength(48);
    expect(value('resnet50', 'ANT-OS', 'cycles')).toBe(69783144);
    expect(value('vit', 'BitFusion', 'cycles')).toBe(1020354336);
  });

  it('is a document the program can print, and says what its mean is', () => {
    expect(reproductionSchema.parse(reproduction)).toEqual(reproduction);
    expect(reproduction.notes[0]).toMatch(/arithmetic mean, which the published table calls Geomean/);
  });
});

describe("the simulator on ANT's layers", () => {
  it.each(['ANT-OS', 'ANT-WS', 'BiScaled'])('gives the cycles and the energy of the reproduction for ResNet-18 on %s', (machine) => {
    const layers = antLayers(antWorkloadSchema.parse(workload), 'resnet18', machine, { patches: false, attention: false });
    const traces = layers.map(({ loops: { b, o, kernelHeight, kernelWidth, strideHeight, strideWidth, ic, oc, p } }) => {
      const conv = {
        batch: b,
        outputHeight: o,
        outputWidth: o,
        kernelHeight,
        kernelWidth,
        strideHeight,
        strideWidth,
        inputChannels: ic,
        outputChannels: oc,
      };
      const product = { m: o * o, n: oc, k: ic * kernelHeight * kernelWidth, gemms: b };
      return layer({ ...product, conv, activation: bits(p), weight: bits(p) });
    });
    const { totals } = simulateAccelerator(inputs.hardware[machine.toLowerCase()]!, [{ layers: traces }], { sramTable: inputs.sramTable });
    expect(totals.latency_cycles).toBe(value('resnet18', machine, 'cycles'));
    const { pe, sram, dram, static: standing } = totals.energyParts_pJ;
    const energy_nJ = ((pe ?? NaN) + (sram ?? NaN) + (dram ?? NaN) + (standing ?? NaN)) / 1000;
    expect(Math.abs(energy_nJ / value('resnet18', machine, 'energy_nJ.total') - 1)).toBeLessThan(1e-12);
  });
});

describe('the corrections of ANT', () => {
  const corrected = entry.run(published, { ...inputs, corrected: true });
  const worth = (row: string, column: string, metric: string): number =>
    corrected.cells.find((cell) => cell.row === row && cell.column === column && cell.metric === metric)?.simulated ?? NaN;

  it('leave the table as it is and add one row each', () => {
    expect(corrected.summary).toEqual(summary);
    const added = corrected.cells.slice(cells.length);
    expect(new Set(added.map(({ row }) => row)).size).toBe(15);
    expect(added).toHaveLength(15 * 6 * 2);
    expect(added.every(({ simulated }) => simulated > 0.5 && simulated < 2)).toBe(true);
  });

  it('show that the true kernels of InceptionV3 take fewer cycles, and an array that fills takes more', () => {
    expect(worth('kernel: both-sides', 'ANT-OS', 'corrected.cycles')).toBeLessThan(0.96);
    expect(worth('arrayFill: per-fold', 'ANT-OS', 'corrected.cycles')).toBeGreaterThan(1.1);
  });

  it('show that shared operands spare SRAM energy, and leaking buffers cost it', () => {
    expect(worth('operandReuse: array', 'ANT-OS', 'corrected.energy')).toBeLessThan(0.9);
    expect(worth('bufferLeakage: charged', 'ANT-OS', 'corrected.energy')).toBeGreaterThan(1.1);
  });

  it('change no cycles where they are about energy only', () => {
    for (const row of ['bufferLeakage: charged', 'dynamicEnergy: used-lanes']) expect(worth(row, 'OLAccel', 'corrected.cycles')).toBe(1);
  });
});

describe("the layers of ANT's comparison", () => {
  const lists = antWorkloadSchema.parse(workload);
  const none = { patches: false, attention: false };

  it.each([
    ['vgg16', 'ANT-OS', 16],
    ['resnet50', 'ANT-OS', 54],
    ['inceptionv3', 'BiScaled', 95],
    ['vit', 'ANT-OS', 49],
    ['vit', 'BitFusion', 50],
    ['cola', 'OLAccel', 74],
  ])('of %s on %s are %i', (network, machine, count) => {
    expect(antLayers(lists, network, machine, none)).toHaveLength(count);
  });

  it('gain the patches of ViT and the products of attention where a correction adds them', () => {
    expect(antLayers(lists, 'vit', 'ANT-OS', { patches: true, attention: true })).toHaveLength(52);
    expect(antLayers(lists, 'vit', 'BitFusion', { patches: true, attention: false })).toHaveLength(50);
    expect(antLayers(lists, 'vgg16', 'ANT-OS', { patches: true, attention: true })).toHaveLength(16);
  });

  it('are refused with a digit of precision too few', () => {
    const vgg16 = lists.networks['vgg16']!;
    const short = { ...lists, networks: { vgg16: { ...vgg16, precision_bits: { 'ANT-OS': '844' } } } };
    expect(() => antLayers(short, 'vgg16', 'ANT-OS', none)).toThrow(/one digit of precision per layer is needed: 3 digits for 16 layers/);
    expect(() => antLayers(lists, 'vgg61', 'ANT-OS', none)).toThrow(/unknown network of ANT: vgg61/);
  });
});
