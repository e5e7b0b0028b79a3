/** Do entries of single products change those products and no others, in traces and in bytes? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadModel } from '../../src/config/catalogue.js';
import { operandBits } from '../../src/trace/layer-trace.js';
import { nameTest } from '../../src/trace/product-pattern.js';
import { resolveScheme, schemeSchema, type SchemeConfig } from '../../src/trace/scheme-config.js';
import { meanWeightBits } from '../../src/trace/workload/model-bytes.js';
import { workload } from '../../src/trace/workload/workload.js';

const model = loadModel('models/tiny').config;
const mixture = loadModel('models/tiny-moe').config;
const request = { phase: 'decode', batch: 1, context: 64, options: { vectorOps: true } } as const;
const scheme = (layers?: readonly object[], fields: object = {}): SchemeConfig =>
  schemeSchema.parse({
    name: 's',
    weight: { quantizer: 'rtn', bits: 4, group: 128 },
    ...fields,
    ...(layers === undefined ? {} : { layers }),
  });
const eight = { quantizer: 'rtn', bits: 8, group: 128 };
const rowsOf = (config: SchemeConfig, of = model) => workload(of, config, request).segments.flatMap(({ layers }) => layers);

describe('a pattern of layer names', () => {
  it.each([
    ['down_proj', 'model.layers.3.mlp.down_proj', true],
    ['layers.*.mlp.*', 'model.layers.3.mlp.down_proj', true],
    ['*.layers.3.mlp.down_proj', 'model.layers.3.mlp.down_proj', true],
    ['layers.1.**', 'model.layers.11.mlp.down_proj', false],
    ['layers.{1,3}.**', 'model.layers.3.mlp.experts.2.up_proj', true],
    ['mlp.*', 'model.layers.3.mlp.experts.2.up_proj', false],
    ['mlp.**', 'model.layers.3.mlp.experts.2.up_proj', true],
    ['proj', 'model.layers.3.mlp.down_proj', false],
  ])('%s on %s: %s', (pattern, name, matches) => {
    expect(nameTest(pattern)(name)).toBe(matches);
  });

  it('is refused with brackets that do not close', () => {
    expect(() => nameTest('layers.{1,3.**')).toThrow(/malformed pattern of layer names/);
  });
});

describe('entries of layers', () => {
  it('that say what the scheme says leave every row as it is', () => {
    const own = { quantizer: 'rtn', bits: 4, group: 128 };
    expect(rowsOf(scheme([{ match: 'layers.**', weight: own }]))).toEqual(rowsOf(scheme()));
  });

  it('cut rows only where layers differ, and every layer stands in one row', () => {
    const subset = fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(subset, (layers) => {
        const rows = rowsOf(scheme([{ match: `layers.{${layers.join(',')}}.mlp.down_proj`, weight: eight }]));
        const down = rows.filter(({ name }) => name.startsWith('down_proj'));
        expect(down.map(({ weight, repeat }) => [operandBits(weight), repeat]).sort()).toEqual(
          [[4.125, 4 - layers.length] as const, [8.125, layers.length] as const].filter(([, repeat]) => repeat > 0),
        );
        expect(rows.filter(({ name }) => name.startsWith('up_proj'))).toHaveLength(1);
      }),
    );
  });

  it('are in the bytes and in the mean bits', () => {
    const mixed = scheme([{ match: 'layers.0.self_attn.q_proj', weight: eight }]);
    const bytes = (config: SchemeConfig): number => workload(model, config, request).modelBytes.weights;
    expect(bytes(mixed) - bytes(scheme())).toBe((256 * 256 * 4) / 8);
    const weights = 4 * (2 * 256 * 256 + 2 * 128 * 256 + 3 * 768 * 256) + 256 * 256;
    expect(meanWeightBits(model, resolveScheme(mixed, ''))).toBeCloseTo(4.125 + (4 * 256 * 256) / weights, 12);
  });

  it('of activations quantize the inputs they stand for', () => {
    const rows = rowsOf(scheme([{ match: '{gate,up}_proj', activation: { format: 'int8' } }]));
    const quantized = rows.filter(({ name }) => name.startsWith('quantize-activations'));
    expect(quantized.map(({ output, repeat }) => [output.format, repeat])).toEqual([['int8', 4]]);
  });

  it('give factors of low rank to their own products', () => {
    const rows = rowsOf(scheme([{ match: 'layers.0.mlp.up_proj', weight: { quantizer: 'lqer', bits: 4, rank: 8 } }]));
    expect(rows.filter(({ name }) => /low-rank/.test(name)).map(({ name }) => name)).toEqual([
      'up_proj[layers 0]-low-rank-a',
      'up_proj[layers 0]-low-rank-b',
    ]);
  });

  it('that match nothing are refused with the nearest name', () => {
    expect(() => rowsOf(scheme([{ match: 'donw_proj', weight: eight }]))).toThrow(
      /no layer has a name that matches: donw_proj \(scheme s: layers\.0\.match\); did you mean down_proj/,
    );
  });

  it('that match nothing are taken as they are where they are optional', () => {
    expect(rowsOf(scheme([{ match: 'donw_proj', optional: true, weight: eight }]))).toEqual(rowsOf(scheme()));
  });

  it('that give one input two activations are refused', () => {
    expect(() => rowsOf(scheme([{ match: 'gate_proj', activation: { format: 'int8' } }]))).toThrow(
      /read the same input have different activations: model\.layers\.0\.mlp\.gate_proj, model\.layers\.0\.mlp\.up_proj/,
    );
  });

  it('treat the experts of a layer alike, or are refused', () => {
    const all = rowsOf(scheme([{ match: 'layers.0.mlp.experts.*.down_proj', weight: eight }]), mixture);
    expect(all.filter(({ name }) => name.startsWith('experts.down_proj')).map(({ repeat }) => repeat)).toEqual([2, 4]);
    expect(() => rowsOf(scheme([{ match: 'layers.0.mlp.experts.1.down_proj', weight: eight }]), mixture)).toThrow(
      /experts of one layer are quantized differently/,
    );
  });
});
