import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/numeric/random.js';
import { archiveOf } from '../../../src/sweep/search/archive.js';
import { correlationsOf, fitGaussianProcess, gaussianProcess, initialHyperparameters } from '../../../src/sweep/search/gaussian-process.js';
import { strategies } from '../../../src/sweep/search/index.js';
import { digitsOf } from '../../../src/sweep/search/initial-sample.js';
import { rankingOf } from '../../../src/sweep/search/ranking.js';
import { firstRung } from '../../../src/sweep/search/successive-halving.js';
import { questions, spaceBy } from './spaces.js';

const square = (x: number): number => x * x;
/** Convex trade-off with its front on the line between two corners' neighbourhoods. */
const tradeOff = (digits: number[]) => ({
  objectives: [
    square(digits[0]! - 4) + square(digits[1]! - 4) + digits[2]!,
    square(digits[0]! - 16) + square(digits[1]! - 16) + digits[2]!,
  ],
  violations: 0,
});
const bowl = (digits: number[]) => ({
  objectives: [10 + square(digits[0]! - 7) + 2 * square(digits[1]! - 3) + Math.abs(digits[2]! - 9) + square(digits[3]! - 1)],
  violations: 0,
});

describe('searches', () => {
  it('NSGA-II finds nearly all of a front with a tenth of the points', () => {
    const space = spaceBy([21, 21, 10]);
    const asked = questions({ strategy: strategies.nsga2, space, evaluations: 441, judge: tradeOff, objectives: 2, seed: 5 });
    const onFront = asked.filter(({ point }) => {
      const [a, b, c] = digitsOf(point, space.sizes);
      return a === b && c === 0 && a! >= 4 && a! <= 16;
    });
    expect(onFront.length).toBeGreaterThanOrEqual(12);
  });

  it('refinement of the front leaves no point of the front with a neighbour it does not know, and finds the whole front', () => {
    const space = spaceBy([21, 21, 10]);
    const settings = { sample: 0.02 };
    const asked = questions({ strategy: strategies['refine-front'], space, evaluations: 4000, settings, judge: tradeOff, objectives: 2 });
    const points = new Set(asked.map(({ point }) => point));
    for (let at = 4; at <= 16; at++) expect(points.has(space.pointOf([at, at, 0]))).toBe(true);
    expect(asked.length).toBeLessThan(1500);
  });

  it('expected improvement finds the least of a bowl in 60 of 9,600 points', () => {
    const space = spaceBy([10, 8, 12, 10]);
    const asked = questions({ strategy: strategies['expected-improvement'], space, evaluations: 60, judge: bowl });
    expect(Math.min(...asked.map(({ point }) => bowl([...digitsOf(point, space.sizes)]).objectives[0]!))).toBe(10);
  });

  it('expected improvement finds the least feasible point where the least of all is not feasible', () => {
    const space = spaceBy([20, 20]);
    const judge = (digits: number[]) => ({
      objectives: [1 + square(digits[0]! - 10) + square(digits[1]! - 10)],
      violations: digits[0]! + digits[1]! > 15 ? 1 : 0,
    });
    const asked = questions({ strategy: strategies['expected-improvement'], space, evaluations: 50, judge });
    const feasible = asked.map(({ point }) => judge([...digitsOf(point, space.sizes)])).filter(({ violations }) => violations === 0);
    expect(Math.min(...feasible.map(({ objectives }) => objectives[0]!))).toBe(14);
  });

  it('expected improvement goes on in a space too large to list', () => {
    const space = spaceBy([100, 100, 100]);
    const judge = (digits: number[]) => ({
      objectives: [1 + square(digits[0]! - 30) + square(digits[1]! - 70) + digits[2]!],
      violations: 0,
    });
    const asked = questions({ strategy: strategies['expected-improvement'], space, evaluations: 40, judge, seed: 4 });
    expect(asked.length).toBe(40);
    expect(Math.min(...asked.map(({ point }) => judge([...digitsOf(point, space.sizes)]).objectives[0]!))).toBeLessThan(60);
  });

  it('successive halving sends one in eta on, the best ones, and spends no more than its budget', () => {
    const space = spaceBy([40, 40]);
    const judge = (digits: number[]) => ({ objectives: [sumOf(digits)], violations: 0 });
    const asked = questions({ strategy: strategies['successive-halving'], space, evaluations: 130, rungs: 3, judge });
    const byRung = [0, 1, 2].map((rung) =>
      asked.filter((question) => question.rung === rung).map(({ point }) => sumOf(digitsOf(point, space.sizes))),
    );
    expect(byRung.map(({ length }) => length)).toEqual([90, 30, 10]);
    expect(byRung[1]!.toSorted(ascending)).toEqual(byRung[0]!.toSorted(ascending).slice(0, 30));
    expect(byRung[2]!.toSorted(ascending)).toEqual(byRung[0]!.toSorted(ascending).slice(0, 10));
  });

  it('the first rung of successive halving is the largest that fits the budget', () => {
    expect(firstRung(130, 3, 3)).toBe(90);
    expect(firstRung(129, 3, 3)).toBe(89);
    expect(firstRung(1, 3, 3)).toBe(1);
    expect(firstRung(7, 1, 3)).toBe(7);
  });
});

const ascending = (a: number, b: number): number => a - b;
const sumOf = (digits: ArrayLike<number>): number => Array.from(digits).reduce((total, digit) => total + digit, 0);

describe('the order of points under constraints', () => {
  const archive = archiveOf({ sizes: [10], objectives: 2 });
  const values = [
    [9, 9, 2],
    [1, 5, 0],
    [2, 2, 0],
    [3, 3, 0],
    [NaN, 1, 0],
    [5, 1, 0],
    [0, 0, 1],
  ];
  archive.add(
    Int32Array.from(values, (_, i) => i),
    { objectives: Float64Array.from(values.flatMap(([a, b]) => [a!, b!])), violations: Float64Array.from(values, ([, , v]) => v!) },
  );

  it('is feasible ones by rank and room, then by violations, those with unknown objectives last', () => {
    const { order, rank } = rankingOf(archive, [0, 1, 2, 3, 4, 5, 6], 2);
    expect([...order]).toEqual([1, 5, 2, 3, 6, 0, 4]);
    expect([...rank]).toEqual([0, 0, 0, 1, 2, 3, 4]);
  });
});

describe('a Gaussian process', () => {
  const correlations = correlationsOf([12, 12]);
  const random = seededRandom(11);
  const rows = Array.from({ length: 20 }, () => [random.integer(12), random.integer(12)]);
  const distinct = [...new Map(rows.map((row) => [row.join(' '), row])).values()];
  const digits = Int32Array.from(distinct.flat());
  const values = Float64Array.from(distinct, ([a, b]) => square(a! - 5) / 10 + b!);

  it('goes through what it was told and is sure of it', () => {
    const { mean, deviation } = gaussianProcess({ correlations, digits, values }, initialHyperparameters(2)).predict(digits);
    for (const [i, value] of values.entries()) {
      expect(mean[i]).toBeCloseTo(value, 2);
      expect(deviation[i]!).toBeLessThan(0.05);
    }
  });

  it('is less sure farther away', () => {
    const { deviation } = gaussianProcess(
      { correlations: correlationsOf([100]), digits: Int32Array.of(0), values: Float64Array.of(1) },
      initialHyperparameters(1),
    ).predict(Int32Array.of(0, 10, 40, 99));
    expect([...deviation]).toEqual([...deviation].sort(ascending));
  });

  it('fits longer lengths to dimensions that matter less', () => {
    const flat = Float64Array.from(distinct, ([a]) => (a! % 4) + a!);
    const { hyperparameters } = fitGaussianProcess({ correlations, digits, values: flat }, initialHyperparameters(2));
    expect(hyperparameters.lengths[1]!).toBeGreaterThan(hyperparameters.lengths[0]!);
  });
});
