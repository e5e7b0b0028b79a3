/** Does c - a b give what its order of subtraction says, to the bit, and the blocked factor what a plain one gives? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../property-seed.js';
import { eliminationSpace, padded, type Block } from '../../src/numeric/elimination.js';
import { seededRandom } from '../../src/numeric/random.js';
import { upperFactor } from '../../src/numeric/upper-factor.js';

type Numbers = Float32Array | Float64Array;

function randomBlock<N extends Numbers>(data: N, shape: readonly [rows: number, cols: number, stride: number], seed: number): Block<N> {
  const { normal } = seededRandom(seed);
  for (let i = 0; i < data.length; i++) data[i] = normal();
  return { data, start: 1, rows: shape[0], cols: shape[1], stride: shape[2] };
}

/** c - a0 b0 - a1 b1 - ..., each step rounded; what is there beside c. */
function byRule(a: Block<Numbers>, b: Block<Numbers>, c: Block<Numbers>, [at, round]: readonly [number, (x: number) => number]): number {
  const [i, j] = [Math.floor((at - 1) / c.stride), (at - 1) % c.stride];
  let value = c.data[at]!;
  if (at === 0 || i >= c.rows || j >= c.cols) return value;
  for (let k = 0; k < a.cols; k++) value = round(value - round(a.data[a.start + i * a.stride + k]! * b.data[b.start + k * b.stride + j]!));
  return value;
}

const shapes = fc.record({
  m: fc.integer({ min: 1, max: 11 }),
  units: fc.integer({ min: 1, max: 4 }),
  k: fc.integer({ min: 0, max: 9 }),
  seed: fc.nat(),
});

describe('subtracting a product', () => {
  it.each([
    ['subtract32', 8, Math.fround],
    ['subtract64', 4, (x: number) => x],
  ] as const)('%s goes in rising order and touches nothing beside the result', (kernel, unit, round) => {
    fc.assert(
      fc.property(shapes, ({ m, units, k, seed }) => {
        const space = eliminationSpace(200_000);
        const n = units * unit;
        const fresh = (length: number): Numbers => (kernel === 'subtract32' ? space.singles(length) : space.doubles(length));
        const a = randomBlock(fresh(1 + m * (k + 2)), [m, k, k + 2], seed);
        const b = randomBlock(fresh(1 + k * (n + 1)), [k, n, n + 1], seed + 1);
        const c = randomBlock(fresh(2 + m * (n + 3)), [m, n, n + 3], seed + 2);
        const expected = c.data.map((_, at) => byRule(a, b, c, [at, round]));
        space[kernel](a as never, b as never, c as never);
        expect(c.data).toEqual(expected);
      }),
    );
  });

  it('is the same whether the inner dimension is taken at once or in parts, and over several panels', () => {
    const [m, n, k] = [5, 600, 200];
    const run = (cuts: readonly number[]): Float32Array => {
      const space = eliminationSpace(4 * (m * k + k * n + m * n) + 96);
      const a = randomBlock(space.singles(m * k), [m, k, k], 1);
      const b = randomBlock(space.singles(k * n), [k, n, n], 2);
      const c = randomBlock(space.singles(m * n), [m, n, n], 3);
      cuts.slice(1).forEach((to, i) => {
        const from = cuts[i]!;
        const cols = to - from;
        space.subtract32({ ...a, start: from, cols }, { ...b, start: from * n, rows: cols }, { ...c, start: 0 });
      });
      return c.data;
    };
    expect(run([0, 200])).toEqual(run([0, 1, 64, 131, 200]));
  });

  it('refuses blocks that do not fit together, lie elsewhere or have columns left over', () => {
    const space = eliminationSpace(4096);
    const block = (rows: number, cols: number): Block<Float32Array> => ({
      data: space.singles(rows * cols),
      start: 0,
      rows,
      cols,
      stride: cols,
    });
    expect(() => space.subtract32(block(2, 3), block(3, 8), block(2, 8))).not.toThrow();
    expect(() => space.subtract32(block(2, 3), block(2, 8), block(2, 8))).toThrow(/2 x 8 minus 2 x 3 times 2 x 8/);
    expect(() => space.subtract32(block(2, 3), block(3, 7), block(2, 7))).toThrow(RangeError);
    expect(() => space.subtract32(block(2, 3), { ...block(3, 8), data: new Float32Array(24) }, block(2, 8))).toThrow(/do not lie/);
    expect(() => space.subtract32(block(2, 3), block(3, 8), { ...block(2, 8), start: 1 })).toThrow(/do not lie/);
    expect(() => space.singles(10_000)).not.toThrow();
    expect(() => space.singles(10_000)).toThrow(/no room/);
    expect([padded(1, 4), padded(8, 4), padded(9, 4), padded(5, 8)]).toEqual([8, 8, 16, 8]);
  });
});

/** B B' / n + I / 10 of a random B. */
function positiveDefinite(n: number, seed: number): Float64Array {
  const { normal } = seededRandom(seed);
  const b = Array.from({ length: n * n }, normal);
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = i === j ? 0.1 : 0;
    for (let k = 0; k < n; k++) sum += (b[i * n + k]! * b[j * n + k]!) / n;
    return sum;
  });
}

describe('the upper factor', () => {
  it.each([1, 2, 3, 63, 64, 65, 130, 200])('of %i x %i times its transpose gives the matrix', (n) => {
    const matrix = positiveDefinite(n, n);
    const { diagonal, ratios } = upperFactor(n, (i, j) => matrix[i * n + j]!)!;
    const r = (i: number, j: number): number => (i === j ? diagonal[j]! : i < j ? ratios[j * n + i]! * diagonal[j]! : 0);
    let worst = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = i; k < n; k++) sum += r(i, k) * r(j, k);
        worst = Math.max(worst, Math.abs(sum - matrix[i * n + j]!));
      }
    }
    expect(worst).toBeLessThan(1e-6);
  });

  it('of a diagonal matrix has the roots, and ratios of exactly 0', () => {
    const { diagonal, ratios } = upperFactor(100, (i, j) => (i === j ? (i + 1) ** 2 : 0))!;
    expect([...diagonal]).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect(ratios.every((ratio) => ratio === 0)).toBe(true);
  });

  it('does not exist for a matrix that is singular, indefinite or not a number', () => {
    expect(upperFactor(2, () => 1)).toBeUndefined();
    expect(upperFactor(2, (i, j) => (i === j ? 1 : 2))).toBeUndefined();
    expect(upperFactor(1, () => 0)).toBeUndefined();
    expect(upperFactor(1, () => NaN)).toBeUndefined();
    expect(upperFactor(100, (i, j) => (i % 70 === j % 70 ? 1 : 0))).toBeUndefined();
  });
});
