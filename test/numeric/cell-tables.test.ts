/** Do the tables over cells give, to the bit, what looking up every quotient and adding square by square gives: in short groups and in long ones? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../property-seed.js';
import { cellCodes, CELLS, pairTable, searchCells } from '../../src/numeric/cell-tables.js';
import type { GroupedSpans } from '../../src/numeric/group-runs.js';
import { seededRandom } from '../../src/numeric/random.js';

const { fround } = Math;
const entries = 2 * CELLS + 1;
const random = seededRandom(5);
const tables = [0, 1, 2, 3].map(() => Float32Array.from({ length: entries }, (_, i) => (CELLS - i) / 4 + random.normal()));
const codeTables = [0, 1, 2, 3].map((t) => Uint8Array.from({ length: entries }, (_, i) => (i * 7 + t * 31) % 256));
const pairs = [pairTable(tables[0]!, tables[1]!), pairTable(tables[2]!, tables[3]!)] as const;

/** Entry of the cell of x / s: quarters above and up to. */
const entryOf = (x: number, scale: number): number => Math.min(entries - 1, Math.max(0, CELLS - Math.ceil(fround(x / scale) * 4)));

/** Start and end of every group. */
function groups({ spans, spanLength, group }: GroupedSpans): [number, number][] {
  const found: [number, number][] = [];
  for (let span = 0; span < spans; span++)
    for (let from = 0; from < spanLength; from += group)
      found.push([span * spanLength + from, span * spanLength + Math.min(from + group, spanLength)]);
  return found;
}

/** Values on, between and just beside the ends of cells, within the tables. */
function valuesOf(length: number, seed: number): Float32Array {
  const { uniform, integer } = seededRandom(seed);
  return Float32Array.from(
    { length },
    () => (integer(3) === 0 ? (integer(65) - 32) / 4 : (uniform() - 0.5) * 16) * (integer(50) === 0 ? 1e-12 : 1),
  );
}

function check(spans: GroupedSpans, seed: number): void {
  const values = valuesOf(spans.spans * spans.spanLength, seed);
  const all = groups(spans);
  const scaleOf = (index: number, pair: number): number => fround(1 + 0.01 * ((index * 5 + pair * 3) % 7));
  const seen: number[] = [];
  searchCells(values, spans, pairs, {
    scale(index, magnitude, scales, at) {
      const [start, end] = all[index]!;
      expect(magnitude).toBe(values.subarray(start, end).reduce((most, x) => Math.max(most, Math.abs(x)), 0));
      [scales[at], scales[at + 1]] = [scaleOf(index, 0), scaleOf(index, 1)];
    },
    choose(index, sums, at) {
      const [start, end] = all[index]!;
      const expected = tables.map((table, t) => {
        const scale = scaleOf(index, t >> 1);
        let sum = 0;
        for (let i = start; i < end; i++) {
          const error = fround(fround(table[entryOf(values[i]!, scale)]! * scale) - values[i]!);
          sum += fround(error * error);
        }
        return sum;
      });
      expect([...sums.subarray(at, at + 4)]).toEqual(expected);
      seen.push(index);
    },
  });
  expect(seen).toEqual(all.map((_, index) => index));
  const scales = Float32Array.from(all, (_, index) => 0.3 * scaleOf(index, 0));
  const selectors = Uint8Array.from(all, (_, index) => index % 4);
  const expected = all.flatMap(([start, end], index) =>
    Array.from(values.subarray(start, end), (x) => codeTables[index % 4]![entryOf(x, scales[index]!)]!),
  );
  expect([...cellCodes(values, spans, codeTables, { scales, selectors })]).toEqual(expected);
}

describe('tables over cells', () => {
  it('give the sums and entries of one look-up after the other, for groups of any length', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(),
        (spans, spanLength, group, seed) => check({ spans, spanLength, group }, seed),
      ),
    );
  });

  it.each([
    [16_384, 16_384],
    [16_385, 16_385],
    [40_001, 20_000],
  ])('go on from piece to piece: rows of %i in groups of %i', (spanLength, group) => {
    check({ spans: 2, spanLength, group }, 1);
  });
});
