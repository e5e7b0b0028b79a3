/** Are rows as text read back as they were written, and is other text none? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../property-seed.js';
import { rowsFromText, rowsText } from '../../src/trace/row-ranges.js';

const rowSets = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 30 }).map((rows) => rows.sort((a, b) => a - b));

describe('rows as text', () => {
  it('are read back as they were written', () => {
    fc.assert(
      fc.property(rowSets, (rows) => {
        expect([...rowsFromText(rowsText(rows))!]).toEqual(rows);
      }),
    );
    expect(rowsText([0, 1, 2, 5, 7, 8])).toBe('0-2,5,7-8');
    expect([...rowsFromText('')!]).toEqual([]);
  });

  it.each(['3,1', '1,1', '2-1', 'a', '1,,2', '-1', '0-3,3'])('are not %s', (text) => {
    expect(rowsFromText(text)).toBeUndefined();
  });
});
