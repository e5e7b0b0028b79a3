import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/numeric/random.js';
import { dominators } from '../../../src/sweep/pareto/dominators.js';
import { summaryMerger } from '../../../src/sweep/pareto/merge.js';
import { summarise } from '../../../src/sweep/pareto/summarise.js';
import type { SweepPlan } from '../../../src/sweep/plan/sweep-plan.js';
import { sweepResultSchema, type SweepResult } from '../../../src/sweep/sweep-result.js';
import { dominates } from './brute-force.js';
import { admissionOf, batchOf, isFeasible, smallPlan, smallRows, type SmallRow } from './small-sweep.js';

/** The result of rows cut into parts of `size` rows. */
function resultOf(plan: SweepPlan, rows: readonly SmallRow[], size = rows.length): SweepResult {
  const merger = summaryMerger(plan);
  for (let from = 0; from < Math.max(1, rows.length); from += Math.max(1, size)) {
    // Summaries cross a thread boundary.
    merger.add(structuredClone(summarise(plan, batchOf(plan, rows.slice(from, from + size)), admissionOf(plan, 1))));
  }
  return merger.result({ complete: true, notes: [] });
}

/** Objectives minimised: the second one is maximised in the plan. */
const turned = (values: readonly number[]): number[] => values.map((y, o) => (o === 1 ? -y : y));
const known = (row: SmallRow): boolean => isFeasible(row) && row.objectives.every(Number.isFinite);

describe('the result of a sweep', () => {
  it('has the front of all feasible rows, the lowest of equal points, and as many equals as there are', () => {
    for (let seed = 0; seed < 20; seed++) {
      const rows = smallRows(seed, 40 * seed);
      const candidates = rows.filter(known).sort((a, b) => a.point - b.point);
      const undominated = candidates.filter(
        ({ objectives }) => !candidates.some((rival) => dominates(turned(rival.objectives), turned(objectives))),
      );
      const { front } = resultOf(smallPlan(), rows, 64);
      const first = new Map(undominated.toReversed().map((row) => [row.objectives.join(), row]));
      expect(front.map(({ point }) => point).sort((a, b) => a - b)).toEqual(
        [...first.values()].map(({ point }) => point).sort((a, b) => a - b),
      );
      for (const point of front) {
        const row = rows.find((other) => other.point === point.point)!;
        const alike = undominated.filter(({ objectives }) => objectives.join() === row.objectives.join());
        expect(point.same).toBe(alike.length);
        const differ = [0, 1, 2].filter((a) => alike.some(({ axes }) => axes[a] !== row.axes[a]));
        expect(point.alike).toEqual(differ.map((a) => `axis${a}`));
        expect(point.objectives).toEqual({ latency: row.objectives[0], rate: row.objectives[1] });
        expect(point.bounds).toEqual({ latency: row.bounds[0], rate: row.bounds[1] });
        expect(point.columns).toEqual({ latency_s: row.columns[0], energy_J: Number.isNaN(row.columns[1]) ? null : row.columns[1] });
        const there = [0, 1, 2].filter((a) => row.axes[a]! >= 0);
        expect(point.axes).toEqual(Object.fromEntries(there.map((a) => [`axis${a}`, 10 * a + row.axes[a]!])));
      }
      expect(front.map(({ objectives }) => objectives['latency'])).toEqual(
        front.map(({ objectives }) => objectives['latency']!).sort((a, b) => a - b),
      );
    }
  });

  it('counts and lists the points that only the stated errors tell apart from the front', () => {
    for (let seed = 0; seed < 20; seed++) {
      const rows = smallRows(seed, 30 * seed);
      const candidates = rows.filter(known);
      const ends = ({ bounds: [a, b] }: SmallRow): { low: number[]; high: number[] } => ({ low: [a![0], -b![1]], high: [a![1], -b![0]] });
      const { front, withinError } = resultOf(smallPlan(), rows, 50);
      const onFront = new Set(front.map(({ objectives }) => `${objectives['latency']!},${objectives['rate']!}`));
      const expected = candidates.filter(
        (row) => !onFront.has(row.objectives.join()) && !candidates.some((rival) => dominates(ends(rival).high, ends(row).low)),
      );
      expect(withinError?.count).toBe(expected.length);
      const listed = withinError?.points.map(({ point }) => point) ?? [];
      expect(expected.map(({ point }) => point)).toEqual(expect.arrayContaining(listed));
      expect(withinError?.points.reduce((sum, { same }) => sum + same, 0)).toBe(expected.length);
    }
  });

  it('is the same however the rows are cut into parts, and fits its schema', () => {
    for (const [seed, errorBars] of [
      [1, true],
      [2, false],
    ] as const) {
      const plan = smallPlan({ errorBars });
      const rows = smallRows(seed, 700);
      const whole = resultOf(plan, rows);
      expect(sweepResultSchema.parse(JSON.parse(JSON.stringify(whole)))).toBeTruthy();
      for (const size of [1, 7, 100]) {
        const cut = resultOf(plan, rows, size);
        expect({ ...cut, counts: 0, constraints: 0 }).toEqual({ ...whole, counts: 0, constraints: 0 });
      }
    }
  });

  it('counts rows, failures and what each constraint rules out', () => {
    const rows = smallRows(5, 600);
    const result = resultOf(smallPlan(), rows, 200);
    const judged = rows.filter(({ error }) => error === null);
    expect(result.counts).toEqual({
      space: 720,
      excluded: 3,
      rows: 600,
      feasible: rows.filter(isFeasible).length,
      unknown: rows.filter((row) => isFeasible(row) && row.objectives.some(Number.isNaN)).length,
      failed: 600 - judged.length,
      front: result.front.length,
    });
    expect(result.constraints).toEqual([
      {
        text: 'first',
        violated: judged.filter(({ violated, unknown }) => (violated & ~unknown & 1) > 0).length,
        violatedAlone: judged.filter(({ violated, unknown }) => violated === 1 && unknown === 0).length,
        unknown: judged.filter(({ unknown }) => (unknown & 1) > 0).length,
      },
      {
        text: 'second',
        violated: 3 + judged.filter(({ violated, unknown }) => (violated & ~unknown & 2) > 0).length,
        violatedAlone: 3 + judged.filter(({ violated, unknown }) => violated === 2 && unknown === 0).length,
        unknown: judged.filter(({ unknown }) => (unknown & 2) > 0).length,
      },
    ]);
    const lowest = (of: readonly { point: number }[]): number => Math.min(...of.map(({ point }) => point));
    const withoutLatency = rows.filter((row) => isFeasible(row) && Number.isNaN(row.objectives[0]));
    expect(result.unknowns).toMatchObject([
      { of: 'first', kind: 'constraint', point: lowest(judged.filter(({ unknown }) => (unknown & 1) > 0)) },
      { of: 'second', kind: 'constraint', point: lowest(judged.filter(({ unknown }) => (unknown & 2) > 0)) },
      { of: 'latency', kind: 'objective', count: withoutLatency.length, point: lowest(withoutLatency) },
      { of: 'rate', kind: 'objective' },
    ]);
    for (const { message, count, point } of result.failures) {
      const failed = rows.filter(({ error }) => error === message);
      expect([count, point]).toEqual([failed.length, failed[0]!.point]);
    }
    expect(result.failures.map(({ count }) => count)).toEqual(result.failures.map(({ count }) => count).sort((a, b) => b - a));
    expect(result.notes.some((note) => note.startsWith('latency is unknown for '))).toBe(true);
  });

  it('lists 50 kinds of failures and says how many points failed otherwise', () => {
    const failing = smallRows(6, 60).map((row, i) => ({ ...row, error: `reason ${i}` }));
    const result = resultOf(smallPlan(), failing, 9);
    expect(result.failures).toHaveLength(50);
    expect(result.notes).toEqual(['10 more points failed with further messages; they stand in the rows']);
  });

  it('has neither front nor measures without objectives, and no front without rows', () => {
    const none = resultOf(smallPlan({ objectives: [] }), smallRows(7, 100, 0), 30);
    expect(none).toMatchObject({
      front: [],
      withinError: null,
      hypervolume: null,
      knees: [],
      epsilonFront: null,
      sensitivity: {},
      sample: [],
    });
    expect(resultOf(smallPlan(), [])).toMatchObject({ front: [], withinError: { count: 0, points: [] }, hypervolume: null });
  });

  it('measures the front in its own box: hypervolume, knees, epsilon front', () => {
    const rows = [
      [1, 1],
      [2, 8],
      [10, 10],
    ].map((objectives, i) => ({ ...smallRows(8, 3)[i]!, point: 100 + i, objectives, violated: 0, unknown: 0, error: null, bounds: [] }));
    const result = resultOf(smallPlan({ errorBars: false }), rows);
    expect(result.hypervolume?.exact).toBe(true);
    expect(result.hypervolume?.ideal).toEqual([1, 10]);
    expect(result.hypervolume?.reference[0]).toBeCloseTo(10.9, 12);
    expect(result.hypervolume?.reference[1]).toBeCloseTo(0.1, 12);
    // Steps of 1, 8 and 0.9 s times rates above the reference.
    expect(result.hypervolume?.value).toBeCloseTo((1 * 0.9 + 8 * 7.9 + 0.9 * 9.9) / 9.9 ** 2, 12);
    expect(result.knees).toEqual([101]);
    expect(result.epsilonFront).toEqual({ epsilon: 0.05, points: [100, 101, 102] });
  });
});

describe('a large front', () => {
  it('keeps at most 20,000 contenders of a part and says how many are not counted', () => {
    const plan = smallPlan();
    const random = seededRandom(3);
    const length = 21_000;
    const latency = Float64Array.from({ length }, () => 100 + random.uniform());
    // All ends on the far side are the same: the first row is as strong as all, and no row is ruled out.
    const bounds = { low: latency.map(() => 50), high: latency.map(() => 150) };
    const batch = {
      ...batchOf(plan, smallRows(1, 1)),
      ...{ length, points: latency.map((_, i) => i), axes: plan.axes.map(() => new Int32Array(length)) },
      ...{
        columns: plan.columns.map(() => latency),
        objectives: [latency, latency],
        bounds: [bounds, bounds],
        violated: new Int32Array(length),
        unknown: new Int32Array(length),
        errors: new Map(),
      },
    };
    const merger = summaryMerger(plan);
    merger.add(summarise(plan, batch, admissionOf(plan)));
    const result = merger.result({ complete: true, notes: [] });
    expect(result.counts.front).toBe(length);
    expect(result.withinError).toEqual({ count: 0, points: [] });
    expect(result.sample).toHaveLength(2000);
    expect(result.notes).toContainEqual(expect.stringContaining('only some were followed up: 1000 are not counted'));
  });

  it('is listed to 10,000 points with both ends and the knees, counted in full, and long axes have no list of means', () => {
    const small = smallPlan();
    const length = 20_001;
    const [first, ...others] = small.axes;
    if (first === undefined) throw new Error('no axis');
    const plan = { ...small, errorBars: false, axes: [{ ...first, values: Array.from({ length: 1001 }, (_, v) => v) }, ...others] };
    const points = Float64Array.from({ length }, (_, i) => i);
    const batch = {
      ...batchOf(small, smallRows(1, 1)),
      ...{ length, points, axes: plan.axes.map(() => new Int32Array(length)), columns: plan.columns.map(() => points) },
      // A circle, convex towards the ideal: the knee is in the middle.
      objectives: [points.map((i) => 2 - Math.cos((i / 20_000) * 1.5)), points.map((i) => 1 + Math.sin((i / 20_000) * 1.5))],
      ...{ violated: new Int32Array(length), unknown: new Int32Array(length), errors: new Map() },
    };
    const merged = (state: { epsilon?: number }) => {
      const merger = summaryMerger(plan);
      merger.add(summarise(plan, batch, admissionOf(plan)));
      return merger.result({ complete: true, notes: [], ...state });
    };
    const { front, counts, knees, mainEffects, notes } = merged({});
    const listed = front.map(({ point }) => point);
    expect(counts.front).toBe(length);
    expect(listed.length - 10_000).toBeLessThanOrEqual(knees.length);
    expect(listed).toEqual(listed.toSorted((a, b) => a - b));
    expect([listed[0], listed.at(-1)]).toEqual([0, 20_000]);
    expect(knees.length).toBeGreaterThan(0);
    expect(listed).toEqual(expect.arrayContaining(knees));
    expect(Object.values(mainEffects).map((effects) => effects.map(({ axis }) => axis))).toEqual(
      plan.objectives.map(() => others.map(({ name }) => name)),
    );
    expect(notes.join()).toMatch(/of the 20001 points of the front 10000 are listed.*axes of more than 1000 values: /);
    const few = merged({ epsilon: 0.05 });
    expect(few.front.map(({ point }) => point).toSorted()).toEqual(few.epsilonFront?.points.toSorted());
    expect([few.counts.front, few.front.length < 100]).toEqual([length, true]);
  });
});

describe('dominators of a point', () => {
  it('are the feasible rows that are nowhere worse, with their gain in each objective', () => {
    const plan = smallPlan();
    const rows = smallRows(9, 400);
    const target = [6, 7];
    const { rows: found, gains } = dominators(plan, batchOf(plan, rows), target);
    const expected = Array.from(rows.keys()).filter((i) => known(rows[i]!) && dominates(turned(rows[i]!.objectives), turned(target)));
    expect(Array.from(found)).toEqual(expected);
    expect(Array.from(gains)).toEqual(expected.flatMap((i) => [6 - rows[i]!.objectives[0]!, rows[i]!.objectives[1]! - 7]));
    expect(dominators(plan, batchOf(plan, rows), [NaN, 0]).rows).toHaveLength(0);
  });
});
