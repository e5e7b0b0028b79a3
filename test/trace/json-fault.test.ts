import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFaultOffset } from '../../src/trace/json-fault.js';

describe('where a text stops being JSON', () => {
  it('is its end for every JSON text, and before its last bracket when that is left out', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        expect(jsonFaultOffset(text)).toBe(text.length);
        expect(jsonFaultOffset(`[${text}`)).toBe(text.length + 1);
        expect(jsonFaultOffset(`${text}]`)).toBe(text.length);
      }),
    );
  });

  it.each([
    ['{"a": 1,}', 8],
    ['[1 2]', 3],
    ['{a: 1}', 1],
    ['{"a" 1}', 5],
    ['[1]]', 3],
    ['[1}', 2],
    ['{"a": [ }', 8],
    ['[01]', 2],
    ['', 0],
    ['  x', 2],
    ['{"a": "b', 6],
  ])('%s is at fault at offset %i', (text, offset) => {
    expect(jsonFaultOffset(text)).toBe(offset);
  });
});
