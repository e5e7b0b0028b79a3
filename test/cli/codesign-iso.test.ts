/** Does `iso` of a study resize arrays as `--iso` of compare does, and is hardware without an array refused where it stands? */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { CodesignDocument, CompareDocument } from '../../src/report/documents.js';
import { lowbit, lowbitJson, scratchFolder } from './built-program.js';

const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true }));

const study = (hardware: string, iso: string): string => {
  const path = join(folder, 'study.yaml');
  const text = `name: equal
model: tiny
scheme: bitmod-4b
items: block
products: [layers.0.**]
error: weight
options:
  - { name: four, weight: { quantizer: rtn, bits: 4, group: 128 } }
  - { name: eight, weight: { quantizer: rtn, bits: 8, group: 128 } }
hardware: ${hardware}
iso: ${iso}
workload: { phase: decode, context: 64 }
budgets: [{ resource: latency_s, count: 2 }]
methods: [ilp]
objectives: [error, latency_s]
verify: 0
`;
  writeFileSync(path, text);
  return path;
};
const documentOf = (hardware: string, iso: string): CodesignDocument => lowbitJson(['codesign', study(hardware, iso), '--quiet']);
const compared = (iso: string, hardware = 'bitmod-native,fp16-native'): CompareDocument =>
  lowbitJson([
    ...['compare', '--hw', hardware, '--model', 'tiny', '--scheme', 'bitmod-4b', '--phase', 'decode', '--context', '64', '--iso', iso],
    '--quiet',
  ]);

describe('a study of arrays resized to one budget', () => {
  it.each([
    ['area', 'the first design'],
    ['area=6', 'a number'],
    ['power', 'the first design'],
    ['pes', 'the first design'],
  ])('has the areas that compare gives with --iso %s, of %s', (iso) => {
    const { hardware, notes } = documentOf('[bitmod-native, fp16-native]', iso);
    expect(hardware.map(({ area_mm2 }) => area_mm2)).toEqual(compared(iso).rows.map(({ area_mm2 }) => area_mm2));
    expect(notes.filter((note) => note.includes('resized'))).toHaveLength(iso === 'area=6' ? 2 : 1);
  });

  it('has equal areas up to a column that no longer fits', () => {
    const [first, second] = documentOf('[bitmod-native, fp16-native]', 'area').hardware;
    const share = second!.area_mm2! / first!.area_mm2!;
    expect(share).toBeLessThanOrEqual(1);
    expect(share).toBeGreaterThan(0.95);
  });

  it('takes settings of the study before it resizes', () => {
    const [own, set] = documentOf('[bitmod-native, { hw: bitmod-native, name: rows, set: { array.rows: 16 } }]', 'pes').hardware;
    expect(set!.settings).toEqual({ 'array.rows': 16 });
    // As many PEs of one kind with the same buffers, in half the rows.
    expect(set!.area_mm2! / own!.area_mm2!).toBeCloseTo(1, 1);
  });
});

describe('a study of iso that cannot be', () => {
  it.each([
    [
      'a GPU',
      '[bitmod-native, a100-80gb-sxm]',
      'area',
      /iso resizes arrays of accelerators: a100-80gb-sxm \(\S+study\.yaml:10:\d+\); leave the GPUs out/,
    ],
    ['one design without a number', '[bitmod-native]', 'area', /--iso of one design needs a budget: area \(\S+study\.yaml:11:\d+\)/],
    ['a word that is no budget', '[bitmod-native]', 'volume=2', /unknown budget of --iso: volume=2 \(\S+study\.yaml:11:\d+\)/],
    ['a budget that one column exceeds', '[bitmod-native]', 'area=0.1', /not even one column .*\(\S+study\.yaml:11:\d+/],
  ])('names %s with its place, before anything is measured', (_, hardware, iso, message) => {
    const out = join(folder, 'out');
    const result = lowbit(['codesign', study(hardware, iso), '--out', out, '--json', '--quiet']);
    expect([result.code, result.out]).toEqual([1, '']);
    expect(result.err).toMatch(message);
    expect(existsSync(join(out, 'measured'))).toBe(false);
  });
});
