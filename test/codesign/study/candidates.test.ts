/** May a budget be spent to the last bit, by assignments whose bits add up and by those that maps of rows come on top of? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocateWithin } from '../../../src/codesign/study/candidates.js';
import { objectiveTable, resourceTable, valueOf, type StudyTables } from '../../../src/codesign/study/study-tables.js';

/** Rows of two matrices, each of 100 weights; options of 3, 4 and 6 bits, the error halved by every bit. */
const ROWS = 8;
const bitsOf = [3, 4, 6];
function tablesOf(of: 'features' | 'matrices'): StudyTables {
  const items = Array.from({ length: 2 * ROWS }, (_, i) => ({ name: `${i}`, products: [], weights: 100 }));
  const features = { matrices: [], counts: [ROWS, ROWS], storedRows: [ROWS, ROWS] };
  return {
    items,
    ...(of === 'features' ? { features } : {}),
    options: bitsOf.map((bits) => ({ name: `int${bits}` })),
    error: Float64Array.from(items.flatMap((_, i) => bitsOf.map((bits) => (1 + i) / 2 ** bits))),
    bits: Float64Array.from(items.flatMap(() => bitsOf.map((bits) => 100 * bits))),
    hardware: [{ costs: {} }],
    weights: 200 * ROWS,
  } as unknown as StudyTables;
}

const bitsTable = (tables: StudyTables) => resourceTable(tables, 'bits', 0);

describe.each(['matrices', 'features'] as const)('a budget in bits of %s', (of) => {
  const tables = tablesOf(of);
  const table = bitsTable(tables);
  const within = async (value: number, method: string) => allocateWithin({ tables, table, value }, method, { seed: 1 });

  it.each([
    [3, 3],
    [4 - 1e-9, 3],
    [4, 4],
    [6 - 1e-9, 4],
    [6, 6],
  ])('of %d is %d for all', async (value, bits) => {
    expect([...(await within(value, 'uniform')).choice]).toEqual(Array.from({ length: 2 * ROWS }, () => bitsOf.indexOf(bits)));
  });

  it.each(['ilp', 'greedy', 'random', 'uniform'])('that is the smallest is enough for %s', async (method) => {
    const { choice } = await within(3, method);
    expect(valueOf(table, bitsOf.length, choice)).toBe(3);
  });

  it.each(['ilp', 'greedy', 'random', 'uniform'])('is never exceeded by %s, maps and all', async (method) => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 3, max: 6, noNaN: true }), async (value) => {
        const { choice } = await within(value, method);
        expect(valueOf(table, bitsOf.length, choice)).toBeLessThanOrEqual(value * (1 + 1e-12));
      }),
      { numRuns: 30 },
    );
  });

  it('of more is never a larger error of uniform', async () => {
    const errors = objectiveTable(tables, 'error', 0);
    let before = Infinity;
    for (let value = 3; value <= 6.1; value += 0.05) {
      const error = valueOf(errors, bitsOf.length, (await within(value, 'uniform')).choice);
      expect(error).toBeLessThanOrEqual(before);
      before = error;
    }
  });
});
