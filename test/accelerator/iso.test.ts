import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoValue, readIso, resizeToBudget } from '../../src/accelerator/iso.js';
import { accelerator, sramTable } from './hardware.js';

const fp16 = accelerator('fp16');
const isoKinds = ['area', 'power', 'pes'] as const;
const names = ['fp16', 'ant', 'olive', 'bitmod'];

describe('an array resized to a budget', () => {
  it.each(isoKinds)('of %s stays within it, and with one more column would not', (kind) => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.double({ min: 1, max: 2.5, noNaN: true }), (name, factor) => {
        const value = isoValue(fp16, kind, sramTable) * factor;
        const { config } = resizeToBudget(accelerator(name), { kind, value, origin: 'test' }, sramTable);
        const { rows, columns } = config.array;
        const more = { kind: 'pes', value: rows * (columns + 1), origin: 'one column more' } as const;
        const wider = resizeToBudget(config, more, sramTable).config;
        expect(wider.array.columns).toBe(columns + 1);
        expect(rows).toBe(accelerator(name).array.rows);
        expect(isoValue(config, kind, sramTable)).toBeLessThanOrEqual(value);
        expect(isoValue(wider, kind, sramTable)).toBeGreaterThan(value);
      }),
      { numRuns: 15 },
    );
  });

  it('is unchanged by a budget of its own value', () => {
    for (const kind of isoKinds) {
      const value = isoValue(fp16, kind, sramTable);
      expect(resizeToBudget(fp16, { kind, value, origin: 'its own' }, sramTable).config.array).toEqual(fp16.array);
    }
  });

  it('gives the arrays of its phases as many PEs at their own rows', () => {
    const { config, note } = resizeToBudget(accelerator('bitmod'), { kind: 'pes', value: 2048, origin: '--iso' }, sramTable);
    expect(config).toMatchObject({ array: { rows: 32, columns: 64 }, arrayByPhase: { decode: { rows: 64, columns: 32 } } });
    expect(note).toBe('bitmod: 32 x 32 PEs resized to 32 x 64 for equal pes: 2048 of 2048 PEs (--iso)');
  });

  it('ends at the widest array a description may have, whatever the budget', () => {
    const { note, config } = resizeToBudget(fp16, { kind: 'pes', value: 1e18, origin: '--iso' }, sramTable);
    expect(config.array.columns).toBe(2 ** 20);
    expect(note).toMatch(/a wider array cannot be described$/);
  });

  it('ends where the SRAM table does, and says so', () => {
    const value = 10 * isoValue(fp16, 'area', sramTable);
    const { note, config } = resizeToBudget(accelerator('ant'), { kind: 'area', value, origin: '--iso' }, sramTable);
    expect(note).toMatch(/the SRAM table covers no wider array$/);
    expect(isoValue(config, 'area', sramTable)).toBeLessThan(value);
  });

  it('is refused when not even one column fits, with demand and budget', () => {
    expect(() => resizeToBudget(fp16, { kind: 'pes', value: 63, origin: '--iso' }, sramTable)).toThrow(
      /not even one column of 32 PEs fits the pes budget: 64 PEs of 63 PEs \(--iso\) \(fp16\)/,
    );
    expect(resizeToBudget(fp16, { kind: 'pes', value: 64, origin: '--iso' }, sramTable).config.arrayByPhase?.decode?.columns).toBe(1);
  });

  it('is refused when a number it needs is unknown, naming the number', () => {
    const unknown = { ...fp16, pe: { ...fp16.pe, area_um2: null, energy_pJ: null } };
    expect(() => isoValue(unknown, 'area', sramTable)).toThrow(/the area of this design is not known: fp16; missing: pe/);
    expect(() => isoValue(unknown, 'power', sramTable)).toThrow(/missing: pe.energy_pJ/);
    expect(isoValue(unknown, 'pes', sramTable)).toBe(768);
  });
});

describe('--iso', () => {
  it('is a kind, or a kind and a positive number', () => {
    expect(readIso('area')).toEqual({ kind: 'area' });
    expect(readIso('power=12.5')).toEqual({ kind: 'power', value: 12.5 });
    for (const bad of ['volume', 'area=1=2', '']) expect(() => readIso(bad)).toThrow(/unknown budget of --iso/);
    for (const bad of ['area=', 'area=-1', 'pes=many']) expect(() => readIso(bad)).toThrow(/must be a positive number/);
  });
});
