import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { energyTable, sramCosts } from '../../src/accelerator/array-design.js';
import { simulateAccelerator } from '../../src/accelerator/simulate.js';
import { atTechnology } from '../../src/accelerator/technology.js';
import { layerRoofline } from '../../src/accelerator/timing/layer-roofline/layer-roofline.js';
import { loadAccelerator } from '../../src/config/catalogue.js';
import { technologyScaling } from '../../src/energy/technology-scaling.js';
import { accelerator, layer, sramTable } from './hardware.js';

const bitmod = accelerator('bitmod');
const run = (hardware: typeof bitmod) => simulateAccelerator(hardware, [{ layers: [layer({ m: 64, n: 512, k: 512 })] }], { sramTable });

describe('an accelerator at another technology than its PEs were published for', () => {
  it('is left as it is when the nodes agree or the PE names none', () => {
    const { technology_nm: _node, ...pe } = bitmod.pe;
    const unnamed = { ...bitmod, pe };
    expect(atTechnology(bitmod)).toEqual({ hardware: bitmod, notes: [] });
    expect(atTechnology({ ...unnamed, technology_nm: 16 })).toEqual({ hardware: { ...unnamed, technology_nm: 16 }, notes: [] });
  });

  it('has PEs scaled in energy and area, and says by how much and on whose word', () => {
    const { hardware, notes } = atTechnology({ ...bitmod, technology_nm: 7 });
    const { energy, area } = technologyScaling(28, 7);
    expect(hardware.pe).toMatchObject({ energy_pJ: 0.56 * energy, area_um2: 1507.7 * area, technology_nm: 7 });
    expect(notes).toEqual([
      `PEs are scaled from 28 to 7 nm, energy x ${energy.toPrecision(3)}, area x ${area.toPrecision(3)} (Stillmaker and Baas, Integration 58 (2017), at 0.8 V)`,
    ]);
    expect(hardware.pe.source).toMatch(/TSMC 28 nm synthesis.*; scaled from 28 to 7 nm/);
    expect(atTechnology(hardware)).toEqual({ hardware, notes: [] });
  });

  it('scales decoders too, keeps unknown numbers unknown, and says that stated numbers of buffers stay', () => {
    const weight = { ...bitmod.buffers.weight, read_pJPerBit: 0.1, write_pJPerBit: 0.1 };
    const { hardware, notes } = atTechnology({
      ...bitmod,
      technology_nm: 5,
      pe: { ...bitmod.pe, energy_pJ: null, leakage_pJPerCycle: 1 },
      decoders: [{ name: 'd', perBorderLane: 1, area_um2: 10, source: 'measured' }],
      buffers: { ...bitmod.buffers, weight },
    });
    const { energy, area } = technologyScaling(28, 7);
    expect(hardware.pe).toMatchObject({ energy_pJ: null, leakage_pJPerCycle: energy });
    expect(hardware.decoders).toMatchObject([{ area_um2: 10 * area }]);
    expect(notes).toContain('5 nm lies outside the 7 to 130 nm of the table and is taken as 7 nm');
    expect(notes).toContain('stated numbers of buffers are not scaled: weight');
    expect(hardware.buffers.weight).toEqual(weight);
  });

  it('scales dequantization and vector unit from the node of the file that is set to another, in one note with the PEs', () => {
    const file = loadAccelerator('fp16-native').config;
    const { config, notes } = loadAccelerator('fp16-native', ['technology_nm=16']);
    const { energy, area } = technologyScaling(28, 16);
    expect(config.dequantization?.energy_pJPerOperation).toBe((file.dequantization?.energy_pJPerOperation ?? NaN) * energy);
    expect(config.vectorUnit).toMatchObject({
      energy_pJPerOperation: (file.vectorUnit?.energy_pJPerOperation ?? NaN) * energy,
      area_um2: (file.vectorUnit?.area_um2 ?? NaN) * area,
      source: expect.stringMatching(/assumed, one lane per column.*; scaled from 28 to 16 nm/) as string,
    });
    expect(notes).toEqual([expect.stringMatching(/^PEs, dequantization operations, vector lanes are scaled from 28 to 16 nm, energy x/)]);
    expect(atTechnology(config)).toEqual({ hardware: config, notes: [] });
  });

  it('leaves dequantization and vector unit at the node of the accelerator when only its PEs are of another', () => {
    const { config, notes } = loadAccelerator('int8-systolic');
    expect([config.dequantization?.energy_pJPerOperation, config.vectorUnit?.energy_pJPerOperation]).toEqual([0.77, 0.77]);
    expect(notes).toEqual([expect.stringMatching(/^PEs are scaled from 45 to 28 nm/)]);
  });

  it('has parts from several nodes brought to one, each with its own factors', () => {
    const { config, notes } = loadAccelerator('int8-systolic', ['technology_nm=16']);
    expect(config.pe.energy_pJ).toBe(0.3 * technologyScaling(45, 16).energy);
    expect(config.vectorUnit?.energy_pJPerOperation).toBe(0.77 * technologyScaling(28, 16).energy);
    expect(notes.map((note) => note.replace(/ nm, .*/, ''))).toEqual([
      'PEs are scaled from 45 to 16',
      'dequantization operations, vector lanes are scaled from 28 to 16',
    ]);
    const { vectorUnit, pe, technology_nm } = loadAccelerator('qfx').config;
    expect([technology_nm, vectorUnit?.energy_pJPerOperation, pe.energy_pJ]).toEqual([16, 0.77 * technologyScaling(28, 16).energy, null]);
  });

  it('costs less at a smaller node, buffers included, at the same cycles', () => {
    const small = atTechnology({ ...bitmod, technology_nm: 16 }).hardware;
    const [here, there] = [run(bitmod), run(small)];
    expect(there.totals.latency_cycles).toBe(here.totals.latency_cycles);
    for (const part of ['pe', 'sram'] as const)
      expect(there.totals.energyParts_pJ[part]).toBeLessThan(here.totals.energyParts_pJ[part] ?? 0);
    expect(there.totals.energyParts_pJ.dram).toBe(here.totals.energyParts_pJ.dram);
    expect(there.totals.area_mm2).toBeLessThan(here.totals.area_mm2 ?? 0);
    expect(there.notes.join()).toMatch(/SRAM at 16 nm is scaled from 22 nm/);
    expect(here.notes.join()).not.toMatch(/scaled/);
  });

  it('is scaled where a file is read, `--set technology_nm` included', () => {
    const { config, notes } = loadAccelerator('bitmod', ['technology_nm=16']);
    expect(config.pe.energy_pJ).toBe(0.56 * technologyScaling(28, 16).energy);
    expect(notes.join()).toMatch(/PEs are scaled from 28 to 16 nm/);
    expect(loadAccelerator('bitmod').config.pe.energy_pJ).toBe(0.56);
    const { technology_nm: _node, ...pe } = bitmod.pe;
    const folder = mkdtempSync(join(tmpdir(), 'lowbit-technology-'));
    const file = join(folder, 'unnamed.json');
    writeFileSync(file, JSON.stringify({ ...bitmod, pe }));
    expect(loadAccelerator(file, ['technology_nm=16']).config.pe.energy_pJ).toBe(config.pe.energy_pJ);
    rmSync(folder, { recursive: true });
  });

  it('is a defect when it is charged unscaled', () => {
    const unscaled = { ...bitmod, technology_nm: 16 };
    const sram = sramCosts(unscaled, sramTable);
    expect(() => energyTable(unscaled, { sram, timing: layerRoofline, leakage_mW: null })).toThrow(/not scaled/);
    const { vectorUnit } = accelerator('fp16-native');
    const mixed = { ...bitmod, vectorUnit: { ...vectorUnit!, technology_nm: 16 } };
    expect(() => energyTable(mixed, { sram, timing: layerRoofline, leakage_mW: null })).toThrow(/vector lanes of 16 nm at 28 nm/);
  });
});
