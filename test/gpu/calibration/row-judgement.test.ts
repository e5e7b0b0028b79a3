import { describe, expect, it } from 'vitest';
import { gemmRow } from '../../../src/gpu/calibration/dtype-formats.js';
import type { JudgedRows } from '../../../src/gpu/calibration/row-judgement.js';
import { judgeRows as judge } from '../../../src/gpu/calibration/row-judgement.js';
import { bits, card, kernel } from './small-card.js';

const machine = { device: card, kernel, file: 'f.csv' };
type Measured = Parameters<typeof gemmRow>[0];
const measured = (sizes: readonly [m: number, n: number, k: number], latency_us: number, line = 2): Measured => {
  const [m, n, k] = sizes;
  return { line, m, n, k, latency_us };
};
const judgeRows = (rows: readonly Measured[], on = machine): JudgedRows<unknown> =>
  judge(
    rows.map((row) => gemmRow(row, bits)),
    on,
  );
/** 8192^3 products at 102.4e12 a second. */
const tensor_us = (8192 ** 3 / 102.4e12) * 1e6;
/** One row of 16384 x 16384 weights: everything but what 10 MiB of L2 can hold, at 1000 GB/s. */
const dram_us = (2 * (16384 + 16384 ** 2 + 16384) - 10 * 2 ** 20) / 1e6;
const fine = measured([64, 4096, 4096], 60, 9);

describe('measured rows', () => {
  it.each<[string, Measured, number, RegExp]>([
    ['tensor peak', measured([8192, 8192, 8192], 1), tensor_us / 1.02, /TOPS are above the 205 TOPS/],
    ['DRAM peak', measured([1, 16384, 16384], 1), dram_us / 1.02, /GB\/s beyond what L2 holds are above the 1000 GB\/s of DRAM/],
  ])('just below the %s are kept, just above refused with both rates', (reason, row, bound_us, why) => {
    expect(judgeRows([{ ...row, latency_us: bound_us * 1.0001 }]).refused).toEqual([]);
    const { rows, refused } = judgeRows([{ ...row, latency_us: bound_us * 0.9999 }, fine]);
    expect(rows).toHaveLength(1);
    expect(refused).toEqual([expect.objectContaining({ line: 2, reason, why: expect.stringMatching(why) as string })]);
  });

  it('of weights that L2 holds may beat DRAM', () => {
    // 2 MiB of weights in 2.5 us are 840 GB/s beyond any DRAM of 100 GB/s.
    const slow = { ...card, dram: { ...card.dram, bandwidth_GBps: 100 } };
    expect(judgeRows([measured([1, 1024, 1024], 2.5)], { ...machine, device: slow }).refused).toEqual([]);
  });

  it('in milliseconds are told from rows that are merely too fast', () => {
    const { refused } = judgeRows([measured([8192, 8192, 8192], (tensor_us / 0.9) * 1e-3), fine]);
    expect(refused).toEqual([expect.objectContaining({ reason: 'unit', why: expect.stringContaining('milliseconds?') as string })]);
  });

  it('in nanoseconds are refused, and slow ones of an old library kept', () => {
    const { refused } = judgeRows([measured([1, 1024, 1024], 3000), measured([1, 1024, 1024], 300, 3)]);
    expect(refused).toEqual([expect.objectContaining({ line: 2, reason: 'unit', why: expect.stringContaining('nanoseconds?') as string })]);
  });

  it('are an error once more than half cannot be true, row by row until then', () => {
    const fast = [2, 3].map((line) => measured([8192, 8192, 8192], 1, line));
    expect(judgeRows([...fast, fine, fine]).refused).toHaveLength(2);
    expect(() => judgeRows([...fast, fine])).toThrow(
      /^2 of 3 measured rows cannot be true of small-card: 2 by unit, first line 2 \(1 us are .* \(f\.csv\); latency_us is in microseconds/,
    );
  });

  it.each([
    ['milliseconds', 1e-3, 1000],
    ['nanoseconds', 1e3, 0.001],
    ['seconds', 1e-6, 1000000],
  ])('are told to be in %s when these make them possible, few plausible ones among them or not', (unit, scale, factor) => {
    const sizes = Array.from({ length: 12 }, (_, i) => [64 * (i + 1), 8192, 8192] as const);
    const slow = sizes.map(([m, n, k], i) => measured([m, n, k], (tensor_us * m) / 8192 / 0.6 + 150, i + 2));
    const wrong = slow.map((row) => ({ ...row, latency_us: row.latency_us * scale }));
    expect(judgeRows(slow).refused).toEqual([]);
    const message = `read as ${unit}, 12 of 12 rows are possible: multiply the column by ${factor}`;
    expect(() => judgeRows(wrong)).toThrow(message);
    expect(() => judgeRows([...wrong, fine])).toThrow(`read as ${unit}`);
  });

  it('are not told another unit when none makes them possible', () => {
    const rows = [1, 1e-9].map((latency_us, i) => measured([8192, 8192, 8192], latency_us, i + 2));
    expect(() => judgeRows(rows)).toThrow(/no other unit makes them possible: check the type \(--dtype\)/);
  });
});
