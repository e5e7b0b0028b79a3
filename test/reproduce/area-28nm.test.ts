import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { acceleratorSchema, type AcceleratorConfig } from '../../src/accelerator/accelerator-config.js';
import { isoValue, resizeToBudget } from '../../src/accelerator/iso.js';
import { physicalDesign } from '../../src/accelerator/physical-design.js';
import { parseSramTable } from '../../src/energy/sram.js';
import { reproductions } from '../../src/reproduce/index.js';
import { publishedTableSchema } from '../../src/reproduce/published-table.js';
import { reproductionSchema } from '../../src/reproduce/reproduction.js';

const text = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const yaml = (path: string): unknown => parse(text(path));
const machine = (name: string): AcceleratorConfig => acceleratorSchema.parse(yaml(`hw-configs/accelerators/${name}.yaml`));
const entry = reproductions['area-28nm']!;
const published = publishedTableSchema.parse(yaml('reports/published/area-28nm.yaml'));
const sramTable = parseSramTable(text('hw-configs/energy/sram_cacti7.csv'));
const inputs = { hardware: Object.fromEntries(entry.accelerators.map((name) => [name, machine(name)])), models: {}, sramTable };
const reproduction = entry.run(published, inputs);
const { cells, summary } = reproduction;
const value = (row: string, column: string): number => cells.find((cell) => cell.row === row && cell.column === column)?.simulated ?? NaN;

describe('the core areas at 28 nm', () => {
  it('are those of the elements: decoders on the borders and 4096 4-bit PEs', () => {
    expect(value('OliVe', 'PEs and decoders')).toBeCloseTo((128 * 60.29 + 64 * 80.18 + 4096 * 79.57) / 1e6, 12);
    expect(value('ANT', 'PEs and decoders')).toBeCloseTo((128 * 4.9 + 4096 * 79.57) / 1e6, 12);
    expect(value('BitFusion', 'PEs and decoders')).toBeCloseTo((4096 * 79.57) / 1e6, 12);
  });

  it('meet two of three as printed; OliVe prints one more in the last digit, and the note says why', () => {
    expect(cells.filter((cell) => cell.published !== null).map((cell) => cell.published)).toEqual([0.338, 0.327, 0.326]);
    expect(summary).toMatchObject({ cells: 3, exact: 2, within1pct: 3 });
    const olive = cells.find(({ row }) => row === 'OliVe');
    expect(olive?.simulated.toFixed(3)).toBe('0.339');
    expect(olive?.note).toMatch(/^0\.001: 128 x 60\.29 \+ 64 x 80\.18 \+ 4096 x 79\.57 um2 = 0\.33877 mm2 prints as 0\.339/);
  });

  it('add up from PEs and decoders', () => {
    for (const row of ['OliVe', 'ANT']) expect(value(row, 'PEs') + value(row, 'decoders')).toBe(value(row, 'PEs and decoders'));
    expect(value('BitFusion', 'PEs')).toBe(value('BitFusion', 'PEs and decoders'));
  });

  it('list the other designs as totals, of which nothing is computed', () => {
    expect(reproduction.notes[0]).toMatch(/^totals only, nothing reproduced: .*OLAccel.*BiScaled.*AdaFloat.*Eyeriss/);
    expect(reproductionSchema.parse(reproduction)).toEqual(reproduction);
  });

  it('are refused for a row without an accelerator, or one whose areas are unknown', () => {
    const [table] = published.tables;
    const eyeriss = { ...published, tables: [{ ...table!, rows: { Eyeriss: [0.309] } }] };
    expect(() => entry.run(eyeriss, inputs)).toThrow(/unknown design of the area table: Eyeriss/);
    const ant = inputs.hardware['ant-os']!;
    const unknown = { ...inputs, hardware: { ...inputs.hardware, 'ant-os': { ...ant, pe: { ...ant.pe, area_um2: null } } } };
    expect(() => entry.run(published, unknown)).toThrow(/the core area needs the areas of PE and decoders: ant-os/);
  });
});

describe('areas derived from a total', () => {
  it.each([
    ['olaccel', 0.309, 1152 / 4],
    ['biscaled', 0.328, 2560],
    ['adafloat', 0.327, 896],
    ['eyeriss', 0.309, 168],
  ])('of %s give its %d mm2 back, and say that they are derived', (name, total_mm2, pes) => {
    const hardware = machine(name);
    expect(hardware.array.rows * hardware.array.columns).toBe(pes);
    expect(physicalDesign(hardware, sramTable).area_mm2.pe?.toFixed(3)).toBe(total_mm2.toFixed(3));
    expect(hardware.pe.source).toMatch(new RegExp(`derived from a total, ${total_mm2} mm2`));
    expect(published.notes?.[1]).toMatch(new RegExp(`of the accelerators .*\\b${name}\\b.* is derived from these totals`));
  });
});

describe('the compared machines at equal area', () => {
  const reference = machine('adafloat');
  const value_mm2 = isoValue(reference, 'area', sramTable);

  it.each([
    ['olive-os', 30],
    ['ant-os', 32],
    ['ant-ws', 32],
    ['bitfusion', 32],
    ['olaccel', 19],
    ['biscaled', 81],
  ])('%s gets %i columns beside AdaFloat: as published, or within two of it', (name, columns) => {
    const { config } = resizeToBudget(machine(name), { kind: 'area', value: value_mm2, origin: 'adafloat' }, sramTable);
    expect(config.array.columns).toBe(columns);
    expect(Math.abs(columns - machine(name).array.columns)).toBeLessThanOrEqual(2);
  });
});
