import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { layerTraceSchema } from '../../src/trace/layer-trace.js';
import { parseLayersCsv } from '../../src/trace/layers-csv.js';

const defaults = { activation: 'fp16', weight: 'int8', output: 'bf16' };
const read = (text: string) => parseLayersCsv(text, 'l.csv', defaults);

describe('layers from a CSV', () => {
  it('keeps the order of the rows and fills in count and formats', () => {
    const layers = read('name,m,n,k,count,activation,weight,output\nb,1,2,3,4,int8,int4-g128,fp16\na,5,6,7,,,,\n');
    expect(layers.map((layer) => layer.name)).toEqual(['b', 'a']);
    expect(layers[0]).toMatchObject({
      kind: 'gemm',
      m: 1,
      n: 2,
      k: 3,
      repeat: 4,
      gemms: 1,
      weight: { format: 'int4-g128', payload_bitsPerElement: 4, metadata_bitsPerElement: 0.125 },
    });
    expect(layers[1]).toMatchObject({ repeat: 1, activation: { format: 'fp16' }, weight: { format: 'int8' }, output: { format: 'bf16' } });
    for (const layer of layers) expect(layerTraceSchema.safeParse(layer).success).toBe(true);
  });

  it('takes columns in any order, quotes, blanks, CRLF, a byte order mark and empty lines', () => {
    const layers = read('\uFEFFk, n ,m,name\r\n3,2,1,"fc, first"\r\n\r\n,,,\r\n 6,5,4,x\r\n');
    expect(layers.map(({ name, m, n, k }) => [name, m, n, k])).toEqual([
      ['fc, first', 1, 2, 3],
      ['x', 4, 5, 6],
    ]);
  });

  it('the example of the documentation is read', () => {
    const page = readFileSync(new URL('../../docs/trace-format.md', import.meta.url), 'utf8');
    expect(read(/```csv\n([\s\S]*?)```/.exec(page)?.[1] ?? '').map((layer) => layer.repeat)).toEqual([32, 1]);
  });

  it.each([
    ['', /no header \(l.csv\)/],
    ['name,m,n,k\n', /no layers \(l.csv\)/],
    ['name,m,n\na,1,2\n', /column is missing: k \(l.csv:1\)/],
    [
      'name,m,n,k,wieght\n',
      /unknown column: wieght \(l.csv:1\); expected one of: name, m, n, k, count, activation, weight, output; did you mean weight/,
    ],
    ['name,m,n,k,m\n', /column given twice: m \(l.csv:1\)/],
    ['name,m,n,k\na,1,2\n', /row of another length than the header: 3 cells \(l.csv:2\); expected one of: 4 cells/],
    ['name,m,n,k\na,1,2,3\n\nb,1,2,3,4\n', /5 cells \(l.csv:4\)/],
    ['name,m,n,k\n,1,2,3\n', /layer without a name \(l.csv:2\)/],
    ['name,m,n,k\na,1,2,0\n', /k must be a positive integer of at most 2\^40: 0 \(l.csv:2\)/],
    ['name,m,n,k\na,1,2,-3\n', /k must be a positive integer of at most 2\^40: -3/],
    ['name,m,n,k\na,1,2,1e3\n', /: 1e3 \(l.csv:2\)/],
    ['name,m,n,k\na,1,,3\n', /n must be a positive integer of at most 2\^40: nothing \(l.csv:2\)/],
    ['name,m,n,k\na,1,2,1099511627777\n', /k must be/],
    ['name,m,n,k,count\na,1,2,3,0\n', /count must be a positive integer/],
    ['name,m,n,k,weight\na,1,2,3,int4-g12x\n', /unknown operand format: int4-g12x \(l.csv:2, column weight\)/],
    ['name,m,n,k\n"a,1,2,3\n', /not valid CSV \(l.csv:\d\); check the quotes/],
  ])('%j is refused with line and value', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it('a size of 2^40 is accepted', () => {
    expect(read('name,m,n,k\na,1,2,1099511627776\n')[0]?.k).toBe(2 ** 40);
  });
});
