import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askPartPoints, cutSequence } from '../../../src/sweep/engine/part-sizes.js';
import { progressMeter, type Progress } from '../../../src/sweep/engine/progress.js';
import type { SweepPlan } from '../../../src/sweep/plan/sweep-plan.js';
import { tinyPlan } from '../store/tiny-plan.js';

const withTiming = (timing: string, changes: Partial<SweepPlan> = {}): SweepPlan =>
  tinyPlan({ designs: { hardware: { a: { file: 'a.yaml', text: `name: a\ntiming: ${timing}\n` } }, models: {}, schemes: {} }, ...changes });

describe('cutting a sequence into parts', () => {
  it('covers every position once, in order, and no part is empty', () => {
    fc.assert(
      fc.property(fc.nat(3_000_000), fc.constantFrom('native', 'layer-roofline'), (length, timing) => {
        const cut = cutSequence(withTiming(timing), length);
        let next = 0;
        for (let part = 0; part < cut.count; part++) {
          const { from, to } = cut.range(part);
          if (from !== next || to <= from || to - from > cut.points) expect.fail(`part ${part} is ${from} to ${to}`);
          next = to;
        }
        expect(next).toBe(length);
      }),
    );
  });

  it.each([
    { timing: 'native', length: 16, count: 4, points: 4 },
    { timing: 'native', length: 0, count: 0, points: 4 },
    { timing: 'native', length: 1_000_000, count: 1955, points: 512 },
    { timing: 'layer-roofline', length: 1024, count: 2, points: 1024 },
    { timing: 'layer-roofline', length: 512, count: 1, points: 1024 },
    { timing: 'layer-roofline', length: 10_000_000, count: 612, points: 16_384 },
  ])('makes $count parts of at most $points of $length points by $timing', ({ timing, length, count, points }) => {
    expect(cutSequence(withTiming(timing), length)).toMatchObject({ count, points });
  });

  it('cuts finely as soon as one design or setting searches mappings', () => {
    const base = { hardware: 'a', model: 'm', scheme: 's', workload: {} };
    const set = withTiming('layer-roofline', { base: { ...base, set: [['hardware.timing', 'native']] } });
    const axis = withTiming('layer-roofline', { axes: [{ name: 't', path: 'hardware.timing', values: ['layer-roofline', 'native'] }] });
    expect(cutSequence(set, 1e6).points).toBe(512);
    expect(cutSequence(axis, 1e6).points).toBe(512);
  });

  it('gives a question eight parts', () => {
    expect([1, 8, 9, 16, 17].map(askPartPoints)).toEqual([1, 1, 2, 2, 3]);
  });
});

describe('progress', () => {
  it('measures the rate by what was simulated and tells the time left, at most ten times a second and at the end', () => {
    const seen: Progress[] = [];
    let time = 5;
    const step = progressMeter(
      100,
      (progress) => seen.push(progress),
      () => time,
    );
    step({ positions: 40, rows: 30, failed: 0, found: true });
    time = 5.05;
    step({ positions: 10, rows: 10, failed: 1, found: false });
    time = 6;
    step({ positions: 10, rows: 8, failed: 1, found: false });
    time = 6.01;
    step({ positions: 40, rows: 40, failed: 0, found: false });
    expect(seen).toHaveLength(3);
    expect(seen[0]).toEqual({ done: 40, total: 100, rows: 30, failed: 0, rowsPerSecond: 0, secondsLeft: null });
    expect(seen[1]).toEqual({ done: 60, total: 100, rows: 48, failed: 2, rowsPerSecond: 18, secondsLeft: 2 });
    expect(seen[2]).toMatchObject({ done: 100, rows: 88, secondsLeft: 0 });
  });
});
