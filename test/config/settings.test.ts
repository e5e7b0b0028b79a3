import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { applySettings, isSet } from '../../src/config/settings.js';
import { LowbitError } from '../../src/lowbit-error.js';

const schema = z.strictObject({
  name: z.string(),
  source: z.string(),
  clock_MHz: z.number().positive(),
  array: z.strictObject({ rows: z.int().positive(), columns: z.int().positive() }),
  dram: z.strictObject({
    energy_pJPerBit: z.number().positive().nullable(),
    capacity_GiB: z.number().positive().optional(),
    source: z.string(),
  }),
  pe: z.strictObject({ model: z.enum(['fp16', 'bitmod']) }),
  table: z.record(z.string(), z.number()).optional(),
  sizes: z.array(z.int().positive()).optional(),
  flag: z.boolean().optional(),
});
type Config = z.infer<typeof schema>;

const base: Config = {
  name: 'x',
  source: 'a paper',
  clock_MHz: 1000,
  array: { rows: 32, columns: 24 },
  dram: { energy_pJPerBit: 18.75, source: 'a simulator' },
  pe: { model: 'fp16' },
  sizes: [1, 2],
};

const errorOf = (...settings: string[]): string => {
  try {
    applySettings(base, settings, schema);
  } catch (error) {
    if (error instanceof LowbitError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('applySettings', () => {
  it('changes what the paths name, and leaves the given configuration alone', () => {
    const before = structuredClone(base);
    const changed = applySettings(base, ['array.rows=64', 'dram.capacity_GiB=8', 'sizes.1=5', 'table.k=2.5', 'flag=true'], schema);
    expect(changed).toMatchObject({
      array: { rows: 64, columns: 24 },
      dram: { capacity_GiB: 8 },
      sizes: [1, 5],
      table: { k: 2.5 },
      flag: true,
    });
    expect(base).toEqual(before);
  });

  it('takes values that are no text as they are, and shows the place they came from', () => {
    const given = (path: string, value: unknown) => ({ path, value, place: `hardware.${path}` });
    const changed = applySettings(
      base,
      [given('array', { rows: 8, columns: 4 }), given('dram.energy_pJPerBit', null), given('name', 28)],
      schema,
    );
    expect(changed).toMatchObject({
      name: '28',
      array: { rows: 8, columns: 4 },
      dram: { energy_pJPerBit: null, source: 'a simulator; hardware.dram.energy_pJPerBit' },
    });
    expect(() => applySettings(base, [given('array.rows', 0.5)], schema)).toThrow('0.5 (hardware.array.rows)');
    expect(() => applySettings(base, [given('array.rowz', 1)], schema)).toThrow('unknown path: array.rowz (hardware.array.rowz)');
    expect(isSet([given('array.rows', 4)], 'array')).toBe(true);
  });

  it('returns the configuration itself when nothing is set', () => {
    expect(applySettings(base, [], schema)).toBe(base);
  });

  it('reads the value by the type the schema wants', () => {
    expect(applySettings(base, ['name=12'], schema).name).toBe('12');
    expect(applySettings(base, ['name=null'], schema).name).toBe('null');
    expect(applySettings(base, ['name=a=b: [c'], schema).name).toBe('a=b: [c');
    expect(applySettings(base, ['dram.energy_pJPerBit=null'], schema).dram.energy_pJPerBit).toBeNull();
    expect(applySettings(base, ['array={ rows: 8, columns: 4 }'], schema).array).toEqual({ rows: 8, columns: 4 });
    expect(applySettings(base, [' array.rows = 1e2 '], schema).array.rows).toBe(100);
  });

  it('lets the later of two settings win, and checks them together', () => {
    expect(applySettings(base, ['array.rows=64', 'array.rows=16'], schema).array.rows).toBe(16);
    expect(applySettings(base, ['array.rows=0', 'array.rows=1'], schema).array.rows).toBe(1);
  });

  it('sets any positive whole number of rows, and refuses any other', () => {
    fc.assert(
      fc.property(fc.integer({ min: -5, max: 1 << 20 }), (rows) => {
        if (rows >= 1) expect(applySettings(base, [`array.rows=${rows}`], schema).array.rows).toBe(rows);
        else
          expect(errorOf(`array.rows=${rows}`)).toBe(`array.rows must be a whole number of at least 1: ${rows} (--set array.rows=${rows})`);
      }),
    );
  });

  it('adds a change to the source of its block, so that no source is named for a number it does not give', () => {
    const changed = applySettings(base, ['dram.energy_pJPerBit=3.9', 'array.rows=32', 'clock_MHz=500'], schema);
    expect(changed.dram.source).toBe('a simulator; --set dram.energy_pJPerBit=3.9');
    expect(changed.source).toBe('a paper; --set clock_MHz=500');
    expect(applySettings(base, ['name=y'], schema).source).toBe('a paper');
  });

  it.each([
    ['array.row=4', 'unknown path: array.row (--set array.row=4); expected one of: array.rows, array.columns; did you mean array.rows?'],
    ['rows=4', /^unknown path: rows \(--set rows=4\); .*did you mean array\.rows\?$/],
    ['dramm.capacity_GiB=4', /^unknown path: dramm\.capacity_GiB .*did you mean dram\?$/],
    ['clock_GHz=2', /^unknown path: clock_GHz .*the unit of clock is MHz, not GHz: 1 GHz = 1000 MHz, write clock_MHz: 2000$/],
    ['array.rows.x=4', 'array.rows has no part: x (--set array.rows.x=4)'],
    ['array.rows=four', 'array.rows must be a whole number of at least 1: "four" (--set array.rows=four)'],
    ['array.rows=', 'array.rows must be a whole number of at least 1: null (--set array.rows=)'],
    ['array.rows=[1', 'malformed value: [1 (--set array.rows=[1); flow sequence must end with a ]'],
    ['array={ rows: 8 }', 'missing key: array.columns (--set array={ rows: 8 }); add columns: a whole number of at least 1'],
    ['pe.model=bitmodd', 'unknown pe.model: bitmodd (--set pe.model=bitmodd); expected one of: fp16, bitmod; did you mean bitmod?'],
    ['sizes.2=1', 'sizes has 2 elements, counted from 0: 2 (--set sizes.2=1)'],
    ['sizes.x=1', 'sizes has no part: x (--set sizes.x=1)'],
    ['array.rows', 'malformed setting: array.rows; write --set path=value, e.g. --set array.rows=64'],
    ['=4', 'malformed setting: =4; write --set path=value, e.g. --set array.rows=64'],
    ['__proto__.rows=4', /^unknown path: __proto__\.rows/],
    ['array.constructor=4', /^unknown path: array\.constructor/],
  ])('refuses %s', (setting, message) => {
    if (typeof message === 'string') expect(errorOf(setting)).toBe(message);
    else expect(errorOf(setting)).toMatch(message);
  });

  it('names the setting that is wrong among several', () => {
    expect(errorOf('array.columns=8', 'array.rows=0', 'clock_MHz=-1').split('\n')).toEqual([
      '2 problems in --set',
      '  clock_MHz must be a number above 0: -1 (--set clock_MHz=-1)',
      '  array.rows must be a whole number of at least 1: 0 (--set array.rows=0)',
    ]);
  });
});

describe('isSet', () => {
  it('tells whether a setting lies at or below a path', () => {
    expect(isSet(['array.rows=4'], 'array')).toBe(true);
    expect(isSet(['array={}'], 'array')).toBe(true);
    expect(isSet(['arrayByPhase.decode.rows=4'], 'array')).toBe(false);
    expect(isSet([], 'array')).toBe(false);
  });
});
