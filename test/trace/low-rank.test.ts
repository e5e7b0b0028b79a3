import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layerMacs, operandBits, type LayerTrace } from '../../src/trace/layer-trace.js';
import { modelParameters } from '../../src/trace/model/parameters.js';
import { schemeSchema, type SchemeConfig } from '../../src/trace/scheme-config.js';
import { workload } from '../../src/trace/workload/workload.js';
import { modelNamed, schemeNamed } from './catalogue.js';

const plain = (scheme: SchemeConfig): SchemeConfig => {
  const { lowRank: _lowRank, ...weight } = scheme.weight;
  return { ...scheme, weight };
};
const layersOf = (model: string, scheme: SchemeConfig): readonly LayerTrace[] => {
  const request = { phase: 'prefill', batch: 1, ...(model === 'resnet18' ? {} : { context: 64 }) } as const;
  return workload(modelNamed(model), scheme, request).segments.flatMap(({ layers }) => layers);
};
const totalMacs = (layers: readonly LayerTrace[]): number => layers.reduce((sum, layer) => sum + layerMacs(layer) * layer.repeat, 0);

describe('the low-rank path of a scheme', () => {
  const lqer = schemeNamed('lqer-w4a8');

  it('adds rank (k + n) products for each token and weight matrix, the rank at most n and k, and to attention none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 256 }), fc.constantFrom('opt-1.3b', 'mixtral-8x7b', 'resnet18'), (rank, model) => {
        const scheme = { ...lqer, weight: { ...lqer.weight, lowRank: { rank, format: 'mxint8-g16' } } };
        const before = layersOf(model, plain(scheme));
        const linear = before.filter(({ kind }) => kind === 'gemm');
        const expected = linear.reduce((sum, { m, n, k, gemms, repeat }) => sum + m * gemms * Math.min(rank, n, k) * (k + n) * repeat, 0);
        expect(totalMacs(layersOf(model, scheme)) - totalMacs(before)).toBe(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('puts both factors behind their layer, the inner result in the format of the activations', () => {
    const [layer, a, b] = layersOf('opt-1.3b', lqer);
    expect([layer?.name, a?.name, b?.name]).toEqual(['q_proj', 'q_proj-low-rank-a', 'q_proj-low-rank-b']);
    expect([a?.n, a?.k, b?.n, b?.k]).toEqual([32, layer?.k, layer?.n, 32]);
    expect([a?.weight.format, a?.output.format, b?.activation.format]).toEqual(['mxint8-g16', 'mxint8-g16', 'mxint8-g16']);
    expect(b?.output).toEqual(layer?.output);
  });

  it('stores 4 + 8/16 + 8.5 rank (k + n) / (k n) bits per weight, as published', () => {
    const model = modelNamed('opt-1.3b');
    const bytes = (scheme: SchemeConfig): number => workload(model, scheme, { phase: 'prefill', batch: 1, context: 64 }).modelBytes.weights;
    const factors = modelParameters(model).matrices.reduce((sum, { n, k, count }) => sum + count * 32 * (k + n), 0);
    expect(bytes(lqer) - bytes(plain(lqer))).toBe((factors * 8.5) / 8);
  });

  it('is refused in a format nobody knows', () => {
    const issues = schemeSchema.safeParse({ name: 'x', weight: { format: 'int4', lowRank: { rank: 4, format: 'int99' } } }).error?.issues;
    expect(issues?.map(({ path, message }) => [path.join('.'), message])).toEqual([['weight.lowRank.format', 'unknown operand format']]);
  });
});

describe('outliers of a scheme', () => {
  it('cost their share of bits beside the code slot, with and without a quantizer', () => {
    const linear = (weight: SchemeConfig['weight']): LayerTrace | undefined => layersOf('opt-1.3b', { ...schemeNamed('fp16'), weight })[0];
    const outliers = { share: 0.01, bits: 32 };
    expect(operandBits(linear({ format: 'int4-g128', outliers })!.weight)).toBeCloseTo(4.125 + 0.32, 12);
    expect(linear({ format: 'int4-g128', outliers })?.weight.statistics).toEqual({ origin: 'assumed', outlierShare: 0.01 });
    expect(operandBits(linear({ quantizer: 'rtn', bits: 3, granularity: 'channel', outliers })!.weight)).toBeCloseTo(3.32, 12);
  });
});
