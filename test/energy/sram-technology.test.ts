import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sramAtTechnology } from '../../src/energy/sram-technology.js';
import { parseSramTable, sramBuffer } from '../../src/energy/sram.js';

const table = parseSramTable(readFileSync(new URL('../../hw-configs/energy/sram_cacti7.csv', import.meta.url), 'utf8'));
const buffer = { ports: '1r1w', size_bytes: 512 * 1024, banks: 8, bus_bits: 512 };
const cacti = (technology_nm: number) => sramBuffer(table, { ...buffer, technology_nm });
const scaled = (technology_nm: number) => sramAtTechnology(table, { ...buffer, technology_nm });

describe('SRAM at a technology', () => {
  it.each([22, 28, 45, 65])('is the table itself at %d nm, without a note', (node) => {
    expect(scaled(node)).toEqual({ cost: cacti(node) });
  });

  it('follows the square root in energy and the node in area below 22 nm, with a fifth less leakage', () => {
    const { cost, note } = scaled(11);
    const root = Math.sqrt(0.5);
    expect(cost.read_pJ).toBeCloseTo(cacti(22).read_pJ * root, 12);
    expect(cost.write_pJ).toBeCloseTo(cacti(22).write_pJ * root, 12);
    expect(cost.area_mm2).toBeCloseTo(cacti(22).area_mm2 / 2, 12);
    expect(cost.leakage_mW).toBeCloseTo(cacti(22).leakage_mW * root * 0.79, 12);
    expect(cost).toMatchObject({ access_ns: cacti(22).access_ns, bus_bits: 512 });
    expect(note).toMatch(/^SRAM at 11 nm is scaled from 22 nm of the CACTI table/);
  });

  it('lies on the line between its neighbours inside the table', () => {
    const { cost, note } = scaled(32);
    const share = (32 - 28) / (45 - 28);
    for (const key of ['read_pJ', 'write_pJ', 'leakage_mW', 'area_mm2', 'access_ns'] as const) {
      expect(cost[key]).toBeCloseTo(cacti(28)[key] + share * (cacti(45)[key] - cacti(28)[key]), 12);
    }
    expect(cost.bus_bits).toBe(512);
    expect(note).toBe('SRAM at 32 nm is linear between 28 and 45 nm of the CACTI table');
  });

  it('grows with the square of the node above 65 nm', () => {
    expect(scaled(130).cost.read_pJ).toBeCloseTo(4 * cacti(65).read_pJ, 9);
    expect(scaled(130).cost.bus_bits).toBe(512);
  });

  it('gives the same ends as the table just inside it', () => {
    expect(scaled(22.000001).cost.read_pJ).toBeCloseTo(cacti(22).read_pJ, 4);
    expect(scaled(21.999999).cost.read_pJ).toBeCloseTo(cacti(22).read_pJ, 4);
    expect(scaled(65.000001).cost.area_mm2).toBeCloseTo(cacti(65).area_mm2, 4);
  });

  it('has no answer for ports or sizes the table lacks, at any node', () => {
    for (const technology_nm of [7, 28, 32]) {
      expect(() => sramAtTechnology(table, { ...buffer, ports: '2r1w', technology_nm })).toThrow(/no SRAM table/);
      expect(() => sramAtTechnology(table, { ...buffer, banks: 1, size_bytes: 2 ** 23, technology_nm })).toThrow(/bank size outside/);
    }
  });
});
