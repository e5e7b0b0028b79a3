import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LowbitError } from '../../src/lowbit-error.js';
import { toCsv } from '../../src/report/csv.js';
import { escapeHtml, htmlTable, scriptJson } from '../../src/report/html.js';
import { jointReasons } from '../../src/report/joint-reasons.js';
import { stableJson } from '../../src/report/json.js';
import { toMarkdown } from '../../src/report/markdown.js';
import { difference, grouped, shortened } from '../../src/report/number-text.js';
import { readDocuments } from '../../src/report/read-documents.js';
import { cellRows, designRows, layerRows, tensorRows } from '../../src/report/rows.js';
import { tableOf } from '../../src/report/table.js';
import { terminalTable } from '../../src/report/terminal-table.js';
import { wrapWords } from '../../src/report/wrap-words.js';
import { everyKind, simulateDocument } from './result-documents.js';

describe('csv', () => {
  it('reads back as the same fields whatever the text holds', async () => {
    const field = fc.string().filter((text) => !/^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(text));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 5 }), async (pairs) => {
        const rows = pairs.map(([a, b]) => ({ a: `x${a}`, b: `x${b}` }));
        expect(parse(await toCsv(rows), { columns: true })).toEqual(rows);
      }),
      { numRuns: 50 },
    );
  });

  it('disarms text that a spreadsheet would run, and leaves negative numbers alone', async () => {
    expect(await toCsv([{ name: '=cmd|calc', dB: -1.5, also: '-2+3', at: '@sum' }])).toBe("name,dB,also,at\n'=cmd|calc,-1.5,'-2+3,'@sum\n");
  });

  it('leaves a value that is not known empty, and joins the columns of unequal rows', async () => {
    expect(await toCsv([{ a: 1, b: null }, { c: true }])).toBe('a,b,c\n1,,\n,,true\n');
    expect(await toCsv([])).toBe('');
  });
});

describe('json', () => {
  it('is the same text for the same content in any order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null))), (record) => {
        const reversed = Object.fromEntries(Object.entries(record).reverse());
        expect(stableJson(reversed)).toBe(stableJson(record));
        expect(JSON.parse(stableJson(record))).toEqual(record);
      }),
    );
  });

  it('begins with the envelope, prints -0 as 0 and drops what is undefined', () => {
    expect(stableJson({ b: -0, a: undefined, configHash: 'x', schemaVersion: 1 })).toBe(
      '{\n  "schemaVersion": 1,\n  "configHash": "x",\n  "b": 0\n}\n',
    );
  });

  it('refuses a number that is not finite and says where it stands', () => {
    expect(() => stableJson({ totals: [{ energy: NaN }] })).toThrow('$.totals[0].energy is NaN');
  });
});

describe('tables', () => {
  const table = tableOf(
    'a <b> | c',
    [
      { title: 'na|me', text: (row: readonly string[]) => row[0] ?? '' },
      { title: 'n', align: 'right', text: (row) => row[1] ?? '' },
    ],
    [
      ['<script>|x', '1'],
      ['long\nname', '22'],
    ],
  );

  it('keep markup of names out of markdown', () => {
    const section = { id: 's', title: 'S', paragraphs: [], figures: [], tables: [table], sections: [] };
    const text = toMarkdown({ title: 'T', headlines: [], sections: [section], versions: [] });
    expect(text.trimEnd().split('\n').slice(4)).toEqual([
      '**a &lt;b> \\| c**',
      '',
      '| na\\|me | n |',
      '| --- | ---: |',
      '| &lt;script>\\|x | 1 |',
      '| long name | 22 |',
    ]);
  });

  it('keep markup of names out of HTML, with caption and scoped headers', () => {
    const html = htmlTable(table);
    expect(html).not.toContain('<script>');
    expect(html).toContain('<caption>a &lt;b&gt; | c</caption>');
    expect(html).toContain('<th scope="col" class="number">n</th>');
    expect(html).toContain('<th scope="row">&lt;script&gt;|x</th>');
    expect(escapeHtml(`"'&`)).toBe('&quot;&#39;&amp;');
  });

  it('align numbers at a terminal and keep control characters from it', () => {
    expect(terminalTable(table)).toBe('a <b> | c\n\nna|me        n\n----------  --\n<script>|x   1\nlong?name   22');
  });

  it('turn on their side when they are too wide for a terminal and hold few rows of numbers', () => {
    const columns = Array.from({ length: 30 }, (_, i) => ({
      title: `column ${i}`,
      align: i === 0 ? ('left' as const) : ('right' as const),
      text: (row: string) => `${row}${i}`,
    }));
    const lines = terminalTable(tableOf('wide', columns, ['a', 'b'])).split('\n');
    expect(lines[2]).toMatch(/^column 0 +a0 +b0$/);
    expect(lines[4]).toMatch(/^column 1 +a1 +b1$/);
  });

  it('break the widest texts when they are too wide for a terminal otherwise', () => {
    const text = tableOf(
      't',
      [
        { title: 'part', text: () => 'x' },
        { title: 'reason', text: () => 'many words '.repeat(40).trim() },
        { title: 'source', text: () => 'other words '.repeat(30).trim() },
        { title: 'short', text: () => 'a few words that fit' },
      ],
      [1],
    );
    const lines = terminalTable(text).split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(120);
    expect(lines.join('\n')).toContain('a few words that fit');
  });
});

describe('reasons', () => {
  it('that differ in their numbers alone are one, with all the numbers and how many there are', () => {
    const rows = (k: number): string => `rows of ${k} elements do not divide into mxfp4 blocks`;
    expect(jointReasons([rows(27), 'a vector', rows(9), rows(27), 'I64 is no float', 'I32 is no float'])).toBe(
      '3: rows of 9 or 27 elements do not divide into mxfp4 blocks; 1: a vector; 2: I32 or I64 is no float',
    );
    expect(jointReasons([8, 7, 6, 5, 4, 3, 2].map(rows))).toContain('rows of 2, 3, 4, 5, 6, 7, ... elements');
    expect(jointReasons([])).toBe('');
  });
});

describe('shortened numbers', () => {
  it('keep whole numbers and seven digits of others, alone and inside an expression', () => {
    expect(shortened(1409286144.0000002)).toBe('1409286144');
    expect(shortened('1409286144.0000002 + 320921288.704 + 16084992000')).toBe('1409286144 + 320921289 + 16084992000');
    expect(shortened('ceil(2560 * 4.078125 / 8)')).toBe('ceil(2560 * 4.078125 / 8)');
    expect(shortened(0.060627438716176166)).toBe('0.06062744');
    expect(shortened(1.25e-12)).toBe('1.25e-12');
  });
});

describe('lines', () => {
  it('hold all words in order and exceed the width only for a longer word', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/)), fc.integer({ min: 1, max: 30 }), (words, width) => {
        const lines = wrapWords(words.join(' '), width);
        expect(lines.join(' ')).toBe(words.join(' '));
        for (const line of lines) if (line.includes(' ')) expect(line.length).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('numbers', () => {
  it('are grouped in threes without a locale', () => {
    expect([0, 999, 1000, -1234567, 12.5, 1234.56].map(grouped)).toEqual(['0', '999', '1,000', '-1,234,567', '12.500', '1,234.6']);
  });

  it('call a difference zero only when it is', () => {
    expect([0, 1e-9, 0.0123, -0.5].map(difference)).toEqual(['0 %', '+1.0e-7 %', '+1.2 %', '-50.0 %']);
  });
});

describe('embedded JSON', () => {
  it('cannot end the script element it stands in', () => {
    const text = scriptJson({ name: '</script><!-- \u2028' });
    expect(text).not.toMatch(/[<\u2028]/);
    expect(JSON.parse(text)).toEqual({ name: '</script><!-- \u2028' });
  });
});

describe('rows', () => {
  it('hold one row per design, layer, tensor and cell', () => {
    expect([designRows, layerRows, tensorRows, cellRows].map((rows) => rows(everyKind).length)).toEqual([2, 4, 4, 3]);
  });

  it('name the unit of every quantity and say which parts are missing', () => {
    const [row] = designRows([simulateDocument({ hardware: 'new', layers: [['q', 10, 20]], unknownDram: true })]);
    expect(row).toMatchObject({
      design: 'new',
      latency_cycles: 30,
      energy_pJ: null,
      dram_pJ: null,
      pe_pJ: 20,
      TOPS_W: null,
      omitted: 'dequant: excluded; vector: excluded; static: excluded; dram: unknown',
    });
  });

  it('of the layers add up to the totals of their design', () => {
    for (const design of designRows(everyKind)) {
      const layers = layerRows(everyKind).filter((row) => row['design'] === design['design']);
      for (const column of ['latency_cycles', 'compute_cycles', 'dramStall_cycles', 'energy_pJ', 'macs']) {
        expect(layers.reduce((sum, row) => sum + Number(row[column]), 0)).toBeCloseTo(Number(design[column]), 6);
      }
    }
  });
});

describe('reading documents back', () => {
  it('accepts one document, a list, and the results.json of a report', () => {
    const [first] = everyKind;
    expect(readDocuments(first, 'a.json')).toEqual([first]);
    expect(readDocuments([...everyKind], 'a.json')).toEqual([...everyKind]);
    expect(readDocuments(JSON.parse(stableJson({ documents: everyKind })), 'a.json')).toEqual([...everyKind]);
  });

  it('says what is wrong with anything else', () => {
    const reading = (value: unknown) => () => readDocuments(value, 'a.json');
    expect(reading({ x: 1 })).toThrow(LowbitError);
    expect(reading({ command: 'fly' })).toThrow(
      'no report for this kind of result: fly (a.json); expected one of: simulate, compare, quantize, reproduce',
    );
    expect(reading([everyKind[0], { command: 'simulate' }])).toThrow('a.json, document 2');
  });
});
