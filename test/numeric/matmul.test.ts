/** Do the vector kernels give what their order of summation says, to the bit, for every shape? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../property-seed.js';
import { matmulSpace, rowsOf, type MatmulSpace, type Rows } from '../../src/numeric/matmul.js';
import { seededRandom } from '../../src/numeric/random.js';

/** Rows of `cols` at a distance of cols + gap; normal numbers, so that the order of a sum shows in its last bits. */
function randomRows(space: MatmulSpace, rows: number, cols: number, [gap, seed]: readonly [number, number]): Rows {
  const stride = cols + gap;
  const data = space.allocate(rows * stride);
  const random = seededRandom(seed);
  for (let i = 0; i < data.length; i++) data[i] = random.normal();
  return { data, rows, cols, stride };
}

const at = ({ data, stride }: Rows, r: number, c: number): number => data[r * stride + c] ?? NaN;
const { fround } = Math;

/** The documented order of x w': four lanes, then pairs. */
function transposedByRule(x: Rows, w: Rows, i: number, j: number): number {
  const lanes = [0, 0, 0, 0];
  for (let k = 0; k < x.cols; k++) lanes[k % 4] = fround((lanes[k % 4] ?? 0) + fround(at(x, i, k) * at(w, j, k)));
  const [a = 0, b = 0, c = 0, d = 0] = lanes;
  return fround(fround(a + b) + fround(c + d));
}

/** The documented order of a b: k in rising order. */
function plainByRule(a: Rows, b: Rows, i: number, j: number): number {
  let sum = 0;
  for (let k = 0; k < a.cols; k++) sum = fround(sum + fround(at(a, i, k) * at(b, k, j)));
  return sum;
}

const size = fc.integer({ min: 1, max: 19 });
const shape = fc.record({ m: size, n: size, k: fc.integer({ min: 0, max: 37 }), gap: fc.integer({ min: 0, max: 5 }), seed: fc.nat() });

describe('a product of matrices', () => {
  it("x w' sums in four lanes and touches nothing beside the result", () => {
    fc.assert(
      fc.property(shape, ({ m, n, k, gap, seed }) => {
        const space = matmulSpace(16_000);
        const x = randomRows(space, m, k, [gap, seed]);
        const w = randomRows(space, n, k, [gap + 1, seed + 1]);
        const y = randomRows(space, m, n, [gap, seed + 2]);
        const before = y.data.slice();
        space.timesTransposed(x, w, y);
        for (let i = 0; i < y.data.length; i++) {
          const [r, c] = [Math.floor(i / y.stride), i % y.stride];
          expect(y.data[i]).toBe(c < n ? transposedByRule(x, w, r, c) : before[i]);
        }
      }),
    );
  });

  it('a b sums in rising order and touches nothing beside the result', () => {
    fc.assert(
      fc.property(shape, ({ m, n, k, gap, seed }) => {
        const space = matmulSpace(16_000);
        const a = randomRows(space, m, k, [gap, seed]);
        const b = randomRows(space, k, n, [gap + 2, seed + 1]);
        const y = randomRows(space, m, n, [gap, seed + 2]);
        const before = y.data.slice();
        space.times(a, b, y);
        for (let i = 0; i < y.data.length; i++) {
          const [r, c] = [Math.floor(i / y.stride), i % y.stride];
          expect(y.data[i]).toBe(c < n ? plainByRule(a, b, r, c) : before[i]);
        }
      }),
    );
  });

  it.each([
    [127, 8192],
    [128, 8192],
    [5, 40_000],
  ])('of %i rows over k = %i, several panels long, is what single rows give', (m, k) => {
    const space = matmulSpace(m * k + 3 * k + 3 * m + 100);
    const x = randomRows(space, m, k, [0, 1]);
    const w = randomRows(space, 3, k, [0, 2]);
    const y = rowsOf(space.allocate(m * 3), m, 3);
    space.timesTransposed(x, w, y);
    const one = rowsOf(space.allocate(3), 1, 3);
    for (let i = 0; i < m; i += 25) {
      space.timesTransposed({ ...x, data: x.data.subarray(i * k), rows: 1 }, w, one);
      expect(one.data).toEqual(y.data.slice(i * 3, i * 3 + 3));
    }
  });

  it.each([9, 16, 17])('of %i columns over a long k is what single columns give', (n) => {
    const k = 9000;
    const space = matmulSpace(n * k + 5 * k + 5 * n + 100);
    const a = randomRows(space, 5, k, [0, 1]);
    const b = randomRows(space, k, n, [0, 2]);
    const y = rowsOf(space.allocate(5 * n), 5, n);
    space.times(a, b, y);
    const one = rowsOf(space.allocate(5), 5, 1);
    for (let j = 0; j < n; j++) {
      space.times(a, { ...b, data: b.data.subarray(j), cols: 1 }, one);
      expect([...one.data]).toEqual([0, 1, 2, 3, 4].map((r) => at(y, r, j)));
    }
  });
});

describe('a space', () => {
  it('is full at its size, and one number more is refused', () => {
    const space = matmulSpace(16_384);
    expect(space.allocate(16_380).length).toBe(16_380);
    expect(space.allocate(4).length).toBe(4);
    expect(() => space.allocate(1)).toThrow('no room for 1 numbers: 16384 of 16384 are taken');
  });

  it('refuses arrays from elsewhere, shapes that do not fit and rows that run over the end', () => {
    const space = matmulSpace(100);
    const [x, w, y] = [rowsOf(space.allocate(6), 2, 3), rowsOf(space.allocate(12), 4, 3), rowsOf(space.allocate(8), 2, 4)];
    expect(() => space.timesTransposed(x, w, y)).not.toThrow();
    expect(() => space.timesTransposed(x, rowsOf(new Float32Array(12), 4, 3), y)).toThrow('lies outside the space');
    expect(() => space.timesTransposed(x, w, rowsOf(y.data, 4, 2))).toThrow('2 x 3 times 3 x 4 does not give 4 x 2');
    expect(() => space.times(x, w, y)).toThrow('2 x 3 times 4 x 3 does not give 2 x 4');
    expect(() => space.timesTransposed({ ...x, stride: 4 }, w, y)).toThrow('2 rows of 3 at distance 4 need 7 numbers, got 6');
    expect(() => matmulSpace(2 ** 40)).toThrow('beyond the 4 GiB');
  });
});
