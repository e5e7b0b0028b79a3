import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../../src/config/parse-config.js';
import { LowbitError } from '../../src/lowbit-error.js';

const schema = z.strictObject({
  name: z.string().min(1),
  rows: z.int().positive(),
  clock_MHz: z.number().positive(),
  share: z.number().min(0).max(1).optional(),
  energy_pJ: z.number().positive().nullable().describe('null: unknown'),
  kind: z.enum(['pe-array', 'gpu']).default('pe-array'),
  block: z.strictObject({ size_KiB: z.number().positive(), banks: z.int().positive() }).optional(),
  sizes: z.array(z.int().positive()).min(1).optional(),
  table: z.record(z.string(), z.number()).optional(),
  kernel: z.union([z.int(), z.tuple([z.int(), z.int()])]).optional(),
  on: z.boolean().optional(),
});

const good = ['name: x', 'rows: 4', 'clock_MHz: 1000', 'energy_pJ: 0.5', ''].join('\n');
const messageOf = (text: string, of: z.ZodType = schema): string => {
  try {
    parseConfig(text, 'f.yaml', of);
  } catch (error) {
    if (error instanceof LowbitError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('parseConfig', () => {
  it('returns the typed value with defaults', () => {
    expect(parseConfig(good, 'f.yaml', schema)).toEqual({ name: 'x', rows: 4, clock_MHz: 1000, energy_pJ: 0.5, kind: 'pe-array' });
    expect(parseConfig('{"name":"x","rows":4,"clock_MHz":1e3,"energy_pJ":null}', 'f.json', schema).energy_pJ).toBeNull();
  });

  it.each([
    ['rows: 4', 'rows: 0', 'rows must be a whole number of at least 1: 0 (f.yaml:2:7)'],
    ['rows: 4', 'rows: -3', 'rows must be a whole number of at least 1: -3 (f.yaml:2:7)'],
    ['rows: 4', 'rows: 1.5', 'rows must be a whole number of at least 1: 1.5 (f.yaml:2:7)'],
    ['rows: 4', 'rows: "4"', 'rows must be a whole number of at least 1: "4" (f.yaml:2:7)'],
    ['rows: 4', 'rows: 1_000', 'rows must be a whole number of at least 1: "1_000" (f.yaml:2:7)'],
    ['rows: 4', 'rows:', 'rows must be a whole number of at least 1: null (f.yaml:2:6)'],
    ['rows: 4', 'rows: [4]', 'rows must be a whole number of at least 1: a list (f.yaml:2:7)'],
    ['rows: 4', 'rows: { x: 4 }', 'rows must be a whole number of at least 1: a mapping (f.yaml:2:7)'],
    ['rows: 4', 'rows: .inf', 'rows must be a whole number of at least 1: Infinity (f.yaml:2:7)'],
    ['clock_MHz: 1000', 'clock_MHz: .nan', 'clock_MHz must be a number above 0: NaN (f.yaml:3:12)'],
    ['clock_MHz: 1000', 'clock_MHz: 0', 'clock_MHz must be a number above 0: 0 (f.yaml:3:12)'],
    ['energy_pJ: 0.5', 'energy_pJ: low', 'energy_pJ must be a number above 0 or null: "low" (f.yaml:4:12)'],
    ['name: x', 'name: 7', 'name must be text: 7 (f.yaml:1:7)'],
    ['name: x', 'name: ""', 'name must not be empty (f.yaml:1:7)'],
  ])('refuses %j changed to %j', (line, changed, message) => {
    expect(messageOf(good.replace(line, changed))).toBe(message);
  });

  it.each([
    ['share: 1.01', 'share must be a number of at least 0 and at most 1: 1.01 (f.yaml:5:8)'],
    ['kind: pe_array', 'unknown kind: pe_array (f.yaml:5:7); expected one of: pe-array, gpu; did you mean pe-array?'],
    ['kind: 3', 'unknown kind: 3 (f.yaml:5:7); expected one of: pe-array, gpu'],
    ['block: { size_KiB: 1, banks: 0 }', 'block.banks must be a whole number of at least 1: 0 (f.yaml:5:30)'],
    ['block: 512', 'block must be a mapping (key: value): 512 (f.yaml:5:8)'],
    ['block:\n  size_KiB: 1', 'missing key: block.banks (f.yaml:5:1); add banks: a whole number of at least 1'],
    ['block:\n  size_KiB: 1\n  bank: 8', 'unknown key in block: bank (f.yaml:7:3); expected one of: size_KiB, banks; did you mean banks?'],
    [
      'block:\n  size_MiB: 0.5\n  banks: 8',
      'unknown key in block: size_MiB (f.yaml:6:3); expected one of: size_KiB, banks; the unit of size is KiB, not MiB: 1 MiB = 1024 KiB, write size_KiB: 512',
    ],
    ['sizes: []', 'sizes must not be empty (f.yaml:5:8)'],
    ['sizes:\n  - 1\n  - 0', 'sizes.1 must be a whole number of at least 1: 0 (f.yaml:7:5)'],
    ['table: { a: 1, b: two }', 'table.b must be a number: "two" (f.yaml:5:19)'],
    ['kernel: wide', 'kernel must be a whole number or a list of at least 2: "wide" (f.yaml:5:9)'],
    ['kernel: [3, wide]', 'kernel.1 must be a whole number: "wide" (f.yaml:5:13)'],
    ['on: yes', 'on must be true or false: "yes" (f.yaml:5:5)'],
    ['"__proto__": 1', /^unknown key: __proto__ \(f\.yaml:5:1\)/],
    ['constructor: 1', /^unknown key: constructor \(f\.yaml:5:1\)/],
    ['<<: { rows: 1 }', /^unknown key: << \(f\.yaml:5:1\)/],
  ])('refuses an additional %j', (line, message) => {
    if (typeof message === 'string') expect(messageOf(`${good}${line}\n`)).toBe(message);
    else expect(messageOf(`${good}${line}\n`)).toMatch(message);
  });

  it('accepts the values next to each bound', () => {
    for (const line of [
      'share: 0',
      'share: 1',
      'sizes: [1]',
      'block: { size_KiB: 0.001, banks: 1 }',
      'kernel: [3, 1]',
      'kernel: 3',
      'on: false',
    ]) {
      expect(messageOf(`${good}${line}\n`)).toBe('accepted');
    }
  });

  it('lists all problems of a file, in the order of unknown keys, then values', () => {
    const text = 'nam: x\nrows: 0\nclock_GHz: 1\nenergy_pJ: -1\n';
    expect(messageOf(text).split('\n')).toEqual([
      '4 problems in f.yaml',
      expect.stringMatching(/^ {2}unknown key: nam \(f\.yaml:1:1\); expected one of: .*; did you mean name\?$/),
      expect.stringMatching(/^ {2}unknown key: clock_GHz \(f\.yaml:3:1\); .*write clock_MHz: 1000$/),
      '  rows must be a whole number of at least 1: 0 (f.yaml:2:7)',
      '  energy_pJ must be a number above 0 or null: -1 (f.yaml:4:12)',
    ]);
  });

  it('says what a missing key must hold, with the note of the schema', () => {
    expect(messageOf('name: x\nrows: 4\nclock_MHz: 1\n')).toBe(
      'missing key: energy_pJ (f.yaml:1:1); add energy_pJ: a number above 0 or null (null: unknown)',
    );
  });

  it('says of an empty document what it must hold, and of another kind of document that it must be a mapping', () => {
    expect(messageOf('# nothing\n')).toBe('empty document (f.yaml:1:1); it must hold name, rows, clock_MHz, energy_pJ');
    expect(messageOf('- 1\n')).toBe('the document must be a mapping (key: value): a list (f.yaml:1:1)');
    expect(messageOf('bitmod\n')).toBe('the document must be a mapping (key: value): "bitmod" (f.yaml:1:1)');
  });

  it('lists 50 problems at most and counts the rest', () => {
    const many = Array.from({ length: 60 }, (_, i) => `k${i}: 1`).join('\n');
    const lines = messageOf(`${good}${many}`).split('\n');
    expect(lines[0]).toBe('60 problems in f.yaml');
    expect(lines).toHaveLength(52);
    expect(lines.at(-1)).toBe('  and 10 more');
  });

  it('names the keys of the alternative that a discriminator picks, and the alternatives when it picks none', () => {
    const either = z.discriminatedUnion('family', [
      z.strictObject({ family: z.literal('cnn'), kernel: z.int() }),
      z.strictObject({ family: z.enum(['llama', 'opt']), layers: z.int().positive(), refined: z.int().optional() }),
    ]);
    expect(messageOf('family: llama\nlayer: 2\n', either)).toBe(
      'unknown key: layer (f.yaml:2:1); expected one of: family, layers, refined; did you mean layers?',
    );
    expect(messageOf('family: lama\nlayers: 2\n', either)).toBe(
      'unknown family: lama (f.yaml:1:9); expected one of: cnn, llama, opt; did you mean llama?',
    );
    expect(messageOf('layers: 2\n', either)).toContain('missing key: family (f.yaml:1:1)');
  });

  it('reports rules between keys at the key they name', () => {
    const ruled = z.strictObject({ a: z.int(), b: z.int() }).superRefine((value, context) => {
      if (value.a > value.b)
        context.addIssue({ code: 'custom', path: ['a'], message: 'a must not exceed b', params: { remedy: 'swap them' } });
    });
    expect(messageOf('a: 2\nb: 1\n', ruled)).toBe('a must not exceed b: 2 (f.yaml:1:4); swap them');
    expect(messageOf('a: 1\nb: 1\n', ruled)).toBe('accepted');
  });
});
