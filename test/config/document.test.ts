import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocument } from '../../src/config/document.js';
import { LowbitError } from '../../src/lowbit-error.js';

const message = (text: string): string => {
  try {
    readDocument(text, 'x.yaml');
  } catch (error) {
    if (error instanceof LowbitError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('readDocument', () => {
  it('reads YAML and JSON to the same plain values', () => {
    const yaml = 'name: bitmod\narray: { rows: 32, columns: 32 }\nlist:\n  - 1\n  - 2.5\nnothing: null\non: true\n';
    const json = '{\n\t"name": "bitmod",\n\t"array": {"rows": 32, "columns": 32},\n\t"list": [1, 2.5], "nothing": null, "on": true}';
    const value = { name: 'bitmod', array: { rows: 32, columns: 32 }, list: [1, 2.5], nothing: null, on: true };
    expect(readDocument(yaml, 'x.yaml').value).toEqual(value);
    expect(readDocument(json, 'x.json').value).toEqual(value);
  });

  it('reads whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify({ value });
        expect(JSON.stringify(readDocument(text, 'x.json').value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it('knows where every value and key stands, with CRLF and a byte order mark too', () => {
    for (const newline of ['\n', '\r\n']) {
      const document = readDocument(['a: 1', 'b:', '  c: 2', '  d: [3, 4]', 'e: { f: 5 }', ''].join(newline), 'x.yaml');
      expect(document.place([])).toBe('x.yaml:1:1');
      expect(document.place(['a'])).toBe('x.yaml:1:4');
      expect(document.place(['a'], 'key')).toBe('x.yaml:1:1');
      expect(document.place(['b'])).toBe('x.yaml:2:1');
      expect(document.place(['b', 'c'])).toBe('x.yaml:3:6');
      expect(document.place(['b', 'c'], 'key')).toBe('x.yaml:3:3');
      expect(document.place(['b', 'd', 1])).toBe('x.yaml:4:10');
      expect(document.place(['e'])).toBe('x.yaml:5:4');
      expect(document.place(['e', 'f'])).toBe('x.yaml:5:9');
    }
    expect(readDocument('\ufeffa: 1\n', 'x.yaml').value).toEqual({ a: 1 });
  });

  it('points at the nearest part that is there when the path is not', () => {
    const document = readDocument('a:\n  b: 1\n', 'x.yaml');
    expect(document.place(['a', 'nothing'])).toBe('x.yaml:1:1');
    expect(document.place(['a', 'b', 'c'])).toBe('x.yaml:2:6');
    expect(document.place(['none', 'c'])).toBe('x.yaml:1:1');
  });

  it('gives null for an empty document and for one of comments', () => {
    for (const text of ['', '\n\n', '# only a comment\n', '---\n']) expect(readDocument(text, 'x.yaml').value).toBeNull();
  });

  it('refuses duplicate keys, each with its place', () => {
    expect(message('a: 1\na: 2\n')).toBe('duplicate key: a (x.yaml:2:1); keep one of the two');
    expect(message('{"a": {"b": 1, "b": 2}}')).toBe('duplicate key: b (x.yaml:1:16); keep one of the two');
    expect(message('a: 1\na: 2\nb: { c: 1, c: 2 }\n')).toBe(
      '2 problems in x.yaml\n  duplicate key: a (x.yaml:2:1); keep one of the two\n  duplicate key: c (x.yaml:3:12); keep one of the two',
    );
  });

  it('refuses tabs as indentation, and only says so', () => {
    expect(message('a:\n\tb: 1\n')).toBe('tabs are not allowed as indentation (x.yaml:2:1); indent with spaces');
    expect(message('a:\n  b:\n\tc: 1\nd: 1\n')).toBe('tabs are not allowed as indentation (x.yaml:3:1); indent with spaces');
  });

  it.each([
    ['a: [1, 2\n', 'x.yaml:2:1'],
    ['a: "x\n', 'x.yaml:2:1'],
    ['a: {b: 1\nc: 2\n', 'x.yaml:'],
    ['a: 1\n---\nb: 2\n', 'x.yaml:2:1'],
    ['a: !color red\n', 'x.yaml:1:4'],
    ['a: *nothing\n', 'x.yaml:1:4'],
    ['{"a": 1,, "b": 2}', 'x.yaml:1:'],
  ])('refuses broken text with its place: %j', (text, place) => {
    expect(message(text)).toContain(`(${place}`);
  });

  it('expands aliases, and refuses those that multiply or contain themselves', () => {
    expect(readDocument('a: &x { r: 1 }\nb: *x\n', 'x.yaml').value).toEqual({ a: { r: 1 }, b: { r: 1 } });
    const lines = ['a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]'];
    for (let i = 1; i < 9; i++)
      lines.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(message(lines.join('\n'))).toContain('aliases multiply (x.yaml:1:1)');
    expect(message('a: &x [*x]\n')).toBe('alias that contains itself: *x (x.yaml:1:8)');
    expect(message('a: &x { b: { c: *x } }\n')).toBe('alias that contains itself: *x (x.yaml:1:17)');
  });

  it('reads 100 levels and refuses the next, however deep the text goes', () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    expect(message(nested(100))).toBe('accepted');
    expect(message(nested(101))).toContain('nesting too deep');
    expect(message(nested(20_000))).toContain('nesting too deep');
    expect(message('- '.repeat(20_000))).toContain('nesting too deep');
    expect(message('{a: '.repeat(5_000))).toContain('nesting too deep');
  });

  it('does not apply merge keys and does not touch prototypes', () => {
    expect(readDocument('<<: { a: 1 }\n', 'x.yaml').value).toEqual({ '<<': { a: 1 } });
    const value = readDocument('__proto__: { polluted: 1 }\n', 'x.yaml').value as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('never fails with anything but a LowbitError, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60, unit: fc.constantFrom(...Array.from('ab:-[]{},&*!|>"\'#? \n\t1.')) }), (text) => {
        expect(typeof message(text)).toBe('string');
      }),
      { numRuns: 2000 },
    );
  });
});
