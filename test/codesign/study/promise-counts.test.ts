/** Are verified points of the studies counted in docs/codesign.md as the committed report has them, and do they hold what it says they hold? */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const text = (path: string): string => readFileSync(join(import.meta.dirname, '../../..', path), 'utf8');

interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}
interface Counted {
  readonly study: string;
  readonly promises: {
    readonly points: readonly { readonly promised: Interval | null; readonly measured: Interval; readonly holds: boolean; readonly promiseWithin: boolean; readonly sum: number; readonly sumWithin: boolean }[]; // prettier-ignore
  };
}
const counted = JSON.parse(text('reports/reference/codesign-methods.json')) as readonly Counted[];

const pageRows = [...text('docs/codesign.md').matchAll(/^ *\| `([\w-]+)`, \d+ windows \|([ \d|]+)\|$/gm)];

describe('the table of promises in docs/codesign.md', () => {
  it('has the studies that ship', () => {
    expect(pageRows.map(([, study]) => study)).toEqual(expect.arrayContaining(['tiny-bitmod', 'tiny-methods', 'outlier-methods']));
  });

  it.each(pageRows.map(([, study, cells]) => [study, cells!] as const))('counts %s as its points do', (study, cells) => {
    const { points } = counted.find((row) => row.study === study)!.promises;
    const count = (test: (point: (typeof points)[number]) => boolean): number => points.filter(test).length;
    const counts = [points.length, count((one) => one.sumWithin), count((one) => one.promiseWithin), count((one) => one.holds)];
    expect(cells.split('|').map(Number)).toEqual(counts);
  });
});

describe.each(counted.map((row) => [row.study, row.promises] as const))('promises of %s', (_study, promises) => {
  it('hold where promised and measured mean are no farther apart than the halves of their intervals that face each other', () => {
    for (const { promised, measured, holds, promiseWithin, sum, sumWithin } of promises.points) {
      if (promised === null) continue;
      const isAbove = measured.mean > promised.mean;
      const own = isAbove ? promised.high - promised.mean : promised.mean - promised.low;
      const other = isAbove ? measured.mean - measured.low : measured.high - measured.mean;
      expect(holds).toBe(Math.abs(measured.mean - promised.mean) <= Math.hypot(own, other));
      expect(promiseWithin).toBe(promised.mean >= measured.low && promised.mean <= measured.high);
      expect(sumWithin).toBe(sum >= measured.low && sum <= measured.high);
    }
  });
});
