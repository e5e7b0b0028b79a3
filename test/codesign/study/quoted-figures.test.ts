/** Do pages of co-design quote only figures that the committed reports have? */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const report = (name: string): unknown => JSON.parse(text(`reports/reference/${name}.json`));

interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

function isInterval(value: object): value is Interval {
  const entries = new Map(Object.entries(value));
  return ['mean', 'low', 'high'].every((key) => typeof entries.get(key) === 'number');
}

/** All intervals of a document, wherever they stand. */
function intervalsIn(value: unknown): Interval[] {
  if (typeof value !== 'object' || value === null) return [];
  return [...(isInterval(value) ? [value] : []), ...Object.values(value).flatMap(intervalsIn)];
}

/** As far as the page writes it out; a rounded -0 is 0. */
const isTold = (value: number, told: string): boolean => Number(value.toFixed(told.split('.')[1]!.length)) === Number(told);

describe.each([
  ['docs/codesign/methods.md', 'codesign-methods', 80],
  ['docs/codesign/output-features.md', 'output-features', 15],
])('%s', (page, name, least) => {
  it(`quotes no difference with an interval that ${name}.json does not have`, () => {
    const known = intervalsIn(report(name));
    const quoted = [...text(page).matchAll(/([+-]?\d\.\d+)\s\[([+-]?\d\.\d+), ([+-]?\d\.\d+)\]/g)];
    expect(quoted.length).toBeGreaterThan(least);
    for (const [all, mean = '', low = '', high = ''] of quoted) {
      const found = known.some((one) => isTold(one.mean, mean) && isTold(one.low, low) && isTold(one.high, high));
      expect(found, all).toBe(true);
    }
  });
});
