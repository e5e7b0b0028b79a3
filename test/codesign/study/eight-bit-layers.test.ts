/** The study of docs/codesign/eight-bit-layers.md: are its files read, and does a piece of it find again what the page says of down projections? */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDecoder } from '../../../src/accuracy/load-model.js';
import { quantizeModel } from '../../../src/accuracy/quantize-model.js';
import { schemeNumbers } from '../../../src/accuracy/scheme-numbers.js';
import { uniformScheme } from '../../../src/codesign/study/assigned-scheme.js';
import { itemErrors } from '../../../src/codesign/study/item-error.js';
import { itemsOf } from '../../../src/codesign/study/items.js';
import { readStudy } from '../../../src/codesign/study/read-study.js';
import { readTextBytes } from '../../../src/accuracy/text-tokens.js';

const root = join(import.meta.dirname, '../../..');

interface Interval {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}
interface Measured {
  readonly studies: readonly {
    readonly study: string;
    readonly windows: number;
    readonly errorWindows: number;
    readonly atEight: Interval;
    readonly points: readonly { readonly difference: Interval; readonly promise: Interval | null }[];
  }[];
}
const measured = JSON.parse(readFileSync(join(root, 'reports/reference/eight-bit-layers.json'), 'utf8')) as Measured;

const accelerators = ['bitmod', 'olive', 'ant'] as const;

describe.each(accelerators)('the studies of eight-bit layers on %s', (accelerator) => {
  it('differ in the model alone, and have one area with the others', () => {
    const [study, control] = [`eight-bit-${accelerator}`, `eight-bit-${accelerator}-control`].map((name) => readStudy(name));
    expect([study?.file.model, control?.file.model]).toEqual(['tiny-outlier', 'tiny']);
    expect(control?.options).toEqual(study?.options);
    expect(control?.hardware.map(({ settings }) => settings)).toEqual(study?.hardware.map(({ settings }) => settings));
    expect(study?.file.iso).toBe(readStudy('eight-bit-bitmod').file.iso);
    expect(study?.file.items).toBe('input');
  });
});

describe('the page of the study of eight-bit layers', () => {
  const page = readFileSync(join(root, 'docs/codesign/eight-bit-layers.md'), 'utf8');

  it('quotes no loss with an interval that the committed data do not have', () => {
    const known = measured.studies.flatMap(({ points, atEight }) => [atEight, ...points.flatMap(({ difference, promise }) => (promise === null ? [difference] : [difference, promise]))]); // prettier-ignore
    const quoted = [...page.matchAll(/(-?\d\.\d+)\s\[(-?\d\.\d+), (-?\d\.\d+)\]/g)];
    expect(quoted.length).toBeGreaterThan(10);
    for (const [text, mean = '', low = '', high = ''] of quoted) {
      const alike = (value: number | null, told: string): boolean => value?.toFixed(told.split('.')[1]!.length) === told;
      const found = known.some((one) => alike(one.mean, mean) && alike(one.low, low) && alike(one.high, high));
      expect(found, text).toBe(true);
    }
  });

  it.each(measured.studies.map((row) => [row.study, row] as const))('has the data of %s as its file asks for them', (name, row) => {
    const { windows, errorWindows } = readStudy(name).file;
    expect([row.windows, row.errorWindows]).toEqual([windows, errorWindows]);
  });
});

it('the down projection of the last layer stands four bits of BitMoD better than its gate and up, with outliers', async () => {
  const { scheme, options } = readStudy('eight-bit-bitmod');
  const { model } = await loadDecoder('models/tiny-outlier');
  const only = ['layers.3.mlp.**'].map((match) => ({ match, place: '' }));
  const items = itemsOf(model, { items: 'input', only });
  const base = { ...scheme, weight: { format: 'fp16' } };
  const four = uniformScheme(
    base,
    items,
    options.find(({ name }) => name === 'bitmod4')!,
  );
  const calibration = Int32Array.from(await readTextBytes('models/tiny/calibration.txt'));
  const quantized = quantizeModel(model, schemeNumbers(four));
  const [gateUp = NaN, down = NaN] = itemErrors(
    { model, calibration },
    { scheme: four, base, items, ofModel: 'divergence', errorWindows: 1 },
    quantized,
  );
  expect(items.map(({ matrix }) => matrix)).toEqual(['{gate,up}_proj', 'down_proj']);
  expect(down).toBeGreaterThan(0);
  expect(gateUp / down).toBeGreaterThan(2);
});
