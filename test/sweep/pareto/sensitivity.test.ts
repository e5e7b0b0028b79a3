import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectsLayout } from '../../../src/sweep/pareto/effects-layout.js';
import { hashOf, sampleOf } from '../../../src/sweep/pareto/sample.js';
import { addEffects, effectsOf, emptyEffects, mainEffectsOf, sensitivityOf } from '../../../src/sweep/pareto/sensitivity.js';
import type { SweepPlan } from '../../../src/sweep/plan/sweep-plan.js';
import { allRows } from './brute-force.js';
import { batchOf, smallPlan, smallRows, type SmallRow } from './small-sweep.js';

function effectsOfParts(plan: SweepPlan, rows: readonly SmallRow[], size: number): Float64Array {
  const layout = effectsLayout(plan);
  const effects = emptyEffects(layout);
  for (let from = 0; from < rows.length; from += size) {
    const { length, axes, objectives } = batchOf(plan, rows.slice(from, from + size));
    addEffects(
      layout,
      effects,
      effectsOf(layout, { length, axes, objectives: objectives.map((column, o) => (o === 1 ? column.map((y) => -y) : column)) }),
    );
  }
  return effects;
}

const variance = (values: readonly number[]): number => {
  const mean = values.reduce((sum, y) => sum + y, 0) / values.length;
  return values.reduce((sum, y) => sum + (y - mean) ** 2, 0) / values.length;
};

/** Variance of the mean of the group each row belongs to. */
function ofGroupMeans(rows: readonly SmallRow[], o: number, key: (row: SmallRow) => string): number {
  const groups = new Map<string, SmallRow[]>();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return variance(
    [...groups.values()].flatMap((group) => group.map(() => group.reduce((sum, row) => sum + row.objectives[o]!, 0) / group.length)),
  );
}

describe('sensitivity', () => {
  it('is the share of the variance between the means of values and of pairs of values, over rows that have the axes', () => {
    const plan = smallPlan();
    for (const size of [40, 720]) {
      const rows = smallRows(11, 720).map((row) => ({ ...row, error: null }));
      const effects = effectsOfParts(plan, rows, size);
      const shares = sensitivityOf(plan, effectsLayout(plan), effects);
      for (const [o, name] of ['latency', 'rate'].entries()) {
        const known = rows.filter(({ objectives }) => Number.isFinite(objectives[o]));
        const total = variance(known.map(({ objectives }) => objectives[o]!)) * known.length;
        const share = (axes: number[]): number => {
          const having = known.filter((row) => axes.every((a) => row.axes[a]! >= 0));
          const between = (of: number[]): number => ofGroupMeans(having, o, (row) => of.map((a) => row.axes[a]).join());
          const beyond = axes.length === 1 ? between(axes) : between(axes) - axes.reduce((sum, a) => sum + between([a]), 0);
          return (beyond * having.length) / total;
        };
        const sets = [...shares[name]!.main, ...shares[name]!.pairs];
        expect(sets).toHaveLength(6);
        for (const { axes, share: found } of sets)
          expect(found).toBeCloseTo(Math.max(0, share(axes.map((axis) => Number(axis.slice(4))))), 9);
      }
    }
  });

  it('adds up to 1 over a full grid of two axes, and gives a product of effects to the pair', () => {
    const plan = smallPlan({
      axes: smallPlan().axes.slice(0, 2),
      dimensions: smallPlan().dimensions.slice(0, 2),
      objectives: smallPlan().objectives.slice(0, 1),
    });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 12, maxLength: 12 }), (values) => {
        fc.pre(new Set(values).size > 1);
        const rows = values.map((y, point) => ({
          ...smallRows(1, 1)[0]!,
          point,
          axes: [Math.floor(point / 3), point % 3],
          objectives: [y],
          error: null,
        }));
        const { main, pairs } = sensitivityOf(plan, effectsLayout(plan), effectsOfParts(plan, rows, 5))['latency']!;
        expect([...main, ...pairs].reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
      }),
    );
    const product = Array.from({ length: 12 }, (_, point) => ({
      ...{ ...smallRows(1, 1)[0]!, point, axes: [Math.floor(point / 3), point % 3], error: null },
      objectives: [(Math.floor(point / 3) - 1.5) * ((point % 3) - 1)],
    }));
    const { main, pairs } = sensitivityOf(plan, effectsLayout(plan), effectsOfParts(plan, product, 12))['latency']!;
    expect(main.map(({ share }) => share)).toEqual([0, 0]);
    expect(pairs[0]!.share).toBeCloseTo(1, 12);
  });

  it('gives every axis 0 where the objective does not vary', () => {
    const plan = smallPlan();
    const rows = smallRows(12, 300).map((row) => ({ ...row, objectives: [0.1, 1e9], error: null }));
    const shares = sensitivityOf(plan, effectsLayout(plan), effectsOfParts(plan, rows, 300));
    for (const { main, pairs } of Object.values(shares)) for (const { share } of [...main, ...pairs]) expect(share).toBe(0);
  });

  it('has mean and best of each value as written, null where there is no row', () => {
    const plan = smallPlan();
    const rows = smallRows(13, 500).filter(({ axes, error }) => axes[2] !== 7 && error === null);
    const effects = mainEffectsOf(plan, effectsLayout(plan), effectsOfParts(plan, rows, 60));
    for (const [o, name] of ['latency', 'rate'].entries()) {
      for (const [a, { mean, best }] of effects[name]!.entries()) {
        for (const v of mean.keys()) {
          const values = rows.filter((row) => row.axes[a] === v && Number.isFinite(row.objectives[o])).map((row) => row.objectives[o]!);
          if (values.length === 0) expect([mean[v], best[v]]).toEqual([null, null]);
          else {
            expect(mean[v]).toBeCloseTo(values.reduce((sum, y) => sum + y, 0) / values.length, 12);
            expect(best[v]).toBe(o === 1 ? Math.max(...values) : Math.min(...values));
          }
        }
      }
    }
  });

  it('leaves out pairs with more than 65,536 cells, and the largest of many pairs', () => {
    const axis = (size: number): SweepPlan['axes'][number] => ({
      name: `of${size}`,
      path: 'x',
      values: Array.from({ length: size }, (_, v) => v),
    });
    const { pairs, skipped } = effectsLayout(smallPlan({ axes: [axis(256), axis(257), axis(2)] }));
    expect(skipped).toEqual(['of256 x of257']);
    expect(pairs).toHaveLength(2);
    expect(effectsLayout(smallPlan({ axes: [axis(256), axis(256)] })).skipped).toEqual([]);
    const many = effectsLayout(smallPlan({ axes: [250, 251, 252, 253].map(axis) }));
    expect(many.skipped).toEqual(['of250 x of253', 'of251 x of252', 'of251 x of253', 'of252 x of253'].sort());
  });
});

describe('the sample', () => {
  it('holds the points of the smallest hashes, in the order given', () => {
    const points = Float64Array.from({ length: 9000 }, (_, i) => i * 7 + (i % 3) * 2 ** 40);
    const chosen = sampleOf(points, allRows(9000));
    const limit = Array.from(points, hashOf).sort((a, b) => a - b)[1999]!;
    expect(chosen).toHaveLength(2000);
    expect(Array.from(chosen)).toEqual(Array.from(allRows(9000)).filter((row) => hashOf(points[row]!) <= limit));
    expect(sampleOf(points, allRows(2000))).toHaveLength(2000);
    expect(sampleOf(points, allRows(2001))).toHaveLength(2000);
  });
});
