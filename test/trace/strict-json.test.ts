import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFault } from '../../src/trace/strict-json.js';

describe('where a text stops being JSON', () => {
  it('is nowhere in a JSON text, and before its last bracket when that is left out', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        expect(jsonFault(text)).toBeUndefined();
        expect(jsonFault(`[${text}`)).toEqual({ offset: text.length + 1 });
        expect(jsonFault(`${text}]`)).toEqual({ offset: text.length });
      }),
    );
  });

  it('agrees with JSON.parse on texts with one character changed', () => {
    const strange = fc.constantFrom(
      '',
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '0',
      '-',
      '.',
      'e',
      '\u0000',
      '\t',
      '\u001f',
      '\u007f',
      '\u2028',
    );
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.nat(), strange, (text, at, character) => {
        const changed = text.slice(0, at % text.length) + character + text.slice((at % text.length) + 1);
        const fault = jsonFault(changed);
        if (fault?.duplicateKey !== undefined) return;
        const parse = (): unknown => JSON.parse(changed);
        if (fault === undefined) expect(parse).not.toThrow();
        else expect(parse).toThrow(SyntaxError);
      }),
      { numRuns: 1000 },
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
    ['["\u0001"]', 1],
  ])('%s is at fault at offset %i', (text, offset) => {
    expect(jsonFault(text)).toEqual({ offset });
  });
});

describe('a key that stands twice', () => {
  it.each([
    ['{"m": 1, "m": 64}', 'm', 9],
    ['{"m": 1, "\\u006d": 64}', 'm', 9],
    ['[{"a": {"b": 1, "b": 1}}]', 'b', 16],
    ['{"__proto__": 1, "__proto__": 2}', '__proto__', 17],
    ['{"": 1, "a": 2, "": 3}', '', 16],
  ])('%s has %s again', (text, duplicateKey, offset) => {
    expect(jsonFault(text)).toEqual({ offset, duplicateKey });
  });

  it('is none when the objects differ, or when it is a value', () => {
    for (const text of ['[{"a": 1}, {"a": 1}]', '{"a": {"a": {"a": "a"}}}', '{"a": "b", "b": "a"}', '["a", "a"]'])
      expect(jsonFault(text)).toBeUndefined();
  });

  it('is the first fault only when nothing before it is at fault', () => {
    expect(jsonFault('{"a": 1,, "a": 2}')).toEqual({ offset: 8 });
    expect(jsonFault('{"a": 1, "a": 2')).toEqual({ offset: 9, duplicateKey: 'a' });
  });
});
