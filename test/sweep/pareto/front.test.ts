import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/numeric/random.js';
import { frontInOrder, paretoFront } from '../../../src/sweep/pareto/front.js';
import { lexicographicOrder } from '../../../src/sweep/pareto/order.js';
import { nonDominatedRanks } from '../../../src/sweep/pareto/ranks.js';
import { allRows, anyRows, columnsOf, dominates, ranksByPeeling } from './brute-force.js';

const equal = (a: readonly number[], b: readonly number[]): boolean => a.every((x, o) => x === b[o]);

/** Random rows of many kinds, large enough for the filter, radix sort and recursion to be used. */
function manyRows(seed: number, length: number, objectives: number): number[][] {
  const random = seededRandom(seed);
  const levels = [0, 3, 40][seed % 3]!;
  return Array.from({ length }, () => {
    const row = Array.from({ length: objectives }, () => (levels === 0 ? random.uniform() : random.integer(levels)));
    // Every second set lies on a plane: hardly a row dominates another.
    const sum = row.reduce((total, x) => total + x, 0);
    return seed % 2 === 1 && sum > 0 ? row.map((x) => Math.round((1000 * x) / sum)) : row;
  });
}

describe('the front', () => {
  it('is what no row dominates, the lowest of equal rows, sorted by the objectives', () => {
    fc.assert(
      fc.property(anyRows, ({ objectives, rows }) => {
        const { rows: front, same } = paretoFront(columnsOf(rows, objectives), allRows(rows.length));
        const known = rows.filter((row) => !row.some(Number.isNaN));
        const expected = rows.flatMap((row, i) =>
          row.some(Number.isNaN) || known.some((rival) => dominates(rival, row)) || rows.slice(0, i).some((other) => equal(other, row))
            ? []
            : [i],
        );
        expect(front.toSorted()).toEqual(Int32Array.from(expected));
        expect(Array.from(same)).toEqual(Array.from(front, (i) => rows.filter((row) => equal(row, rows[i]!)).length));
        const columns = columnsOf(rows, objectives);
        expect(front).toEqual(front.toSorted((a, b) => columns.map((c) => compare(c[a]!, c[b]!)).find((sign) => sign !== 0) ?? a - b));
      }),
      { numRuns: 200 },
    );
  });

  it('is the same for thousands of rows in 2 to 5 objectives, with ties and without', () => {
    for (let seed = 0; seed < 12; seed++) {
      const objectives = 2 + (seed % 4);
      const rows = manyRows(seed, 2200, objectives);
      const { rows: front } = paretoFront(columnsOf(rows, objectives), allRows(rows.length));
      const first = new Map(rows.map((row, i) => [row.join(), i] as const).reverse());
      const expected = [...first.values()].filter((i) => !rows.some((rival) => dominates(rival, rows[i]!))).sort((a, b) => a - b);
      expect(Array.from(front).sort((a, b) => a - b)).toEqual(expected);
    }
  });

  it('takes the lowest row of equals in any order of the candidates, or the first candidate where order counts', () => {
    const values = [Float64Array.of(1, 1, 2), Float64Array.of(2, 2, 1)];
    expect(paretoFront(values, Int32Array.of(2, 1, 0))).toMatchObject({ rows: Int32Array.of(0, 2), same: Float64Array.of(2, 1) });
    expect(frontInOrder(values, Int32Array.of(2, 1, 0)).rows).toEqual(Int32Array.of(1, 2));
  });

  it('holds nothing when there are no candidates or all are unknown', () => {
    expect(paretoFront([Float64Array.of(NaN)], Int32Array.of(0)).rows).toHaveLength(0);
    expect(paretoFront([new Float64Array(), new Float64Array(), new Float64Array()], new Int32Array()).rows).toHaveLength(0);
  });
});

const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

describe('ranks', () => {
  it('are those of peeling fronts', () => {
    fc.assert(
      fc.property(anyRows, ({ objectives, rows }) => {
        expect(Array.from(nonDominatedRanks(columnsOf(rows, objectives)))).toEqual(ranksByPeeling(rows));
      }),
      { numRuns: 200 },
    );
  });

  it('are those of peeling fronts for hundreds of rows in 2 to 5 objectives', () => {
    for (let seed = 0; seed < 12; seed++) {
      const objectives = 2 + (seed % 4);
      const rows = manyRows(seed, 600, objectives);
      expect(Array.from(nonDominatedRanks(columnsOf(rows, objectives)))).toEqual(ranksByPeeling(rows));
    }
  });

  it('leave rows out that are not asked for', () => {
    const values = [Float64Array.of(0, 1, 2), Float64Array.of(0, 1, 2)];
    expect(nonDominatedRanks(values, Int32Array.of(2, 1))).toEqual(Int32Array.of(-1, 0, 1));
  });
});

describe('lexicographic order', () => {
  it('is that of a comparison sort below and above the size from which digits are sorted, equal rows in the order given', () => {
    const special = [0, -0, 1, -1, 1.5, Infinity, -Infinity, 5e-324, -5e-324, 1e308, -1e308];
    for (const length of [255, 256, 3000]) {
      const random = seededRandom(length);
      const columns = [0, 1].map(() =>
        Float64Array.from({ length }, () => (random.uniform() < 0.7 ? special[random.integer(special.length)]! : random.normal())),
      );
      const rows = allRows(length).reverse();
      const expected = Array.from(rows.keys()).sort(
        (i, j) => columns.map((c) => compare(c[rows[i]!]!, c[rows[j]!]!)).find((sign) => sign !== 0) ?? i - j,
      );
      expect(Array.from(lexicographicOrder(columns, rows))).toEqual(expected);
    }
  });
});
