/** Are output features under a weight of their own layers of their own, charged and timed as what they are, and is every bad list of rows one clear error? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../property-seed.js';
import { loadModel } from '../../src/config/catalogue.js';
import { layerMacs, operandBits, type LayerTrace } from '../../src/trace/layer-trace.js';
import { rowsText } from '../../src/trace/row-ranges.js';
import { resolveScheme, schemeSchema, type SchemeConfig } from '../../src/trace/scheme-config.js';
import { meanWeightBits } from '../../src/trace/workload/model-bytes.js';
import { workload } from '../../src/trace/workload/workload.js';

const model = loadModel('models/tiny').config;
const mixture = loadModel('models/tiny-moe').config;
const request = { phase: 'decode', batch: 1, context: 64, options: { vectorOps: true } } as const;
const four = { quantizer: 'rtn', bits: 4, group: 128 };
const eight = { quantizer: 'rtn', bits: 8, group: 128 };
const scheme = (layers: readonly object[], fields: object = {}): SchemeConfig =>
  schemeSchema.parse({ name: 's', weight: four, layers, ...fields });
const rowsOf = (config: SchemeConfig, of = model): LayerTrace[] => workload(of, config, request).segments.flatMap(({ layers }) => layers);
const bytesOf = (config: SchemeConfig): number => workload(model, config, request).modelBytes.weights;
const down = { match: 'layers.0.mlp.down_proj', rows: '0-24', of: 256, weight: eight };

describe('output features with a weight of their own', () => {
  it('are a layer of their own in the layers that have them, with their number of rows and their format', () => {
    const found = rowsOf(scheme([down])).filter(({ name }) => name.startsWith('down_proj'));
    expect(found.map(({ name, n, repeat, weight }) => [name, n, repeat, operandBits(weight)])).toEqual([
      ['down_proj[layers 0][231 rows of int4-g128]', 231, 1, 4.125],
      ['down_proj[layers 0][25 rows of int8-g128]', 25, 1, 8.125],
      ['down_proj[layers 1-3]', 256, 3, 4.125],
    ]);
  });

  it('leave products, bytes and mean bits what the rows come to, whatever rows they are', () => {
    const sets = fc
      .uniqueArray(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 256 })
      .map((rows) => rows.sort((a, b) => a - b));
    fc.assert(
      fc.property(sets, (rows) => {
        const mixed = scheme([{ ...down, rows: rowsText(rows) }]);
        const macs = (layers: readonly LayerTrace[]): number => layers.reduce((sum, layer) => sum + layerMacs(layer) * layer.repeat, 0);
        expect(macs(rowsOf(mixed))).toBe(macs(rowsOf(scheme([]))));
        expect(bytesOf(mixed) - bytesOf(scheme([]))).toBe((rows.length * 768 * 4) / 8);
        const weights = 4 * (2 * 256 * 256 + 2 * 128 * 256 + 3 * 768 * 256) + 256 * 256;
        expect(meanWeightBits(model, resolveScheme(mixed, ''))).toBeCloseTo(4.125 + (4 * rows.length * 768) / weights, 12);
      }),
      { numRuns: 20 },
    );
  });

  it('are no block where their weight is that of the others, and the whole matrix where they are all', () => {
    expect(rowsOf(scheme([{ ...down, weight: four }]))).toEqual(rowsOf(scheme([])));
    const all = rowsOf(scheme([{ ...down, rows: '0-255' }]));
    const whole = rowsOf(scheme([{ match: 'layers.0.mlp.down_proj', weight: eight }]));
    expect(all.map(({ name: _name, ...row }) => row)).toEqual(whole.map(({ name: _name, ...row }) => row));
  });

  it('go on to the entries behind where they are not listed', () => {
    const three = { quantizer: 'bitmod', bits: 3 };
    const found = rowsOf(scheme([down, { match: 'down_proj', weight: three }])).filter(({ name }) => name.startsWith('down_proj'));
    expect(found.map(({ n, weight }) => [n, weight.format])).toEqual([
      [231, 'bitmod-fp3-g128'],
      [25, 'int8-g128'],
      [256, 'bitmod-fp3-g128'],
    ]);
  });

  it('do not double what rewrites do to the input in front of them', () => {
    const prepare = [{ method: 'hadamard' }];
    const steps = (layers: readonly object[]): number =>
      rowsOf(scheme(layers, { prepare })).filter(({ kind }) => kind === 'transform').length;
    expect(steps([{ match: 'down_proj', rows: '0-24', of: 256, weight: eight }])).toBe(steps([]));
    expect(steps([])).toBeGreaterThan(0);
  });

  it('of experts are those of all experts of a layer', () => {
    const [expert] = rowsOf(scheme([]), mixture).filter(({ name }) => name.startsWith('experts.down_proj'));
    const found = rowsOf(scheme([{ ...down, match: 'layers.*.mlp.experts.*.down_proj', of: expert!.n }]), mixture).filter(({ name }) =>
      name.startsWith('experts.down_proj'),
    );
    expect(found.map(({ n, repeat }) => [n, repeat])).toEqual([
      [expert!.n - 25, expert!.repeat],
      [25, expert!.repeat],
    ]);
  });

  it('are said to read the input again', () => {
    const notes = (layers: readonly object[]): string => workload(model, scheme(layers), request).notes.join();
    expect(notes([down])).toMatch(/reads the input again/);
    expect(notes([])).not.toMatch(/reads the input again/);
  });
});

describe('rows that no matrix has', () => {
  it.each([
    [{ rows: '3,1' }, /rows are numbers and ranges that ascend/],
    [{ rows: '' }, /rows are numbers and ranges that ascend/],
    [{ rows: '0-256' }, /row 256 is outside the matrix: its rows are 0 to 255/],
    [{ of: undefined }, /rows go with of/],
    [{ rows: undefined }, /of goes with rows/],
    [{ activation: { format: 'int8' } }, /an input has one activation for all rows/],
    [{ weight: { quantizer: 'rtn', granularity: 'tensor' } }, /rows that share a scale/],
    [{ weight: { quantizer: 'lqer' } }, /rows that share factors/],
    [{ weight: undefined }, /an entry of layers names a weight or an activation/],
  ])('%j is refused where it is read', (fields, message) => {
    expect(() => scheme([{ ...down, ...fields }])).toThrow(message);
  });

  it('are refused in two entries, of one pattern where they are read, of two with the model', () => {
    const more = { ...down, rows: '24-30', weight: { quantizer: 'rtn', bits: 6, group: 128 } };
    expect(() => scheme([down, more])).toThrow(/row 24 of layers.0.mlp.down_proj stands in entry layers.0 of this scheme too/);
    const patterned = scheme([down, { ...more, match: 'down_proj' }]);
    expect(() => workload(model, patterned, request)).toThrow(/an output feature stands in two entries.*row 24.*layers\.1\.rows/s);
  });

  it('are refused for a matrix of another size, and beside others that share something', () => {
    expect(() => workload(model, scheme([{ ...down, of: 255 }]), request)).toThrow(/those of another matrix.*layers\.0\.of/s);
    expect(() => workload(model, scheme([down], { weight: { quantizer: 'gobo' } }), request)).toThrow(
      /rows beside others that share a table of centroids/,
    );
  });
});
