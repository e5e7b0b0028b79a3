import { describe, expect, it } from 'vitest';
import { operandBits, type LayerTrace } from '../../src/trace/layer-trace.js';
import { modelSchema } from '../../src/trace/model/model-config.js';
import { schemeSchema, type SchemeConfig } from '../../src/trace/scheme-config.js';
import { workload } from '../../src/trace/workload/workload.js';
import { modelNamed, schemeNamed } from './catalogue.js';

const layersOf = (scheme: SchemeConfig, context = 256, model = 'llama-2-7b'): readonly LayerTrace[] =>
  workload(modelNamed(model), scheme, { phase: 'decode', batch: 1, context }).segments.flatMap(({ layers }) => layers);
const schemeOf = (fields: object): SchemeConfig => schemeSchema.parse({ name: 's', weight: { format: 'fp16' }, ...fields });
const transformsOf = (layers: readonly LayerTrace[]): object[] =>
  layers.filter(({ kind }) => kind === 'transform').map(({ name, n, operationsPerElement }) => ({ name, n, operationsPerElement }));

describe('steps that rewrites leave to run time', () => {
  it('stand in front of the matrix whose input they change, and cost log2 of their block an element', () => {
    const layers = layersOf(schemeNamed('mr-gptq-mxfp4'));
    const at = layers.findIndex(({ name }) => name === 'down_proj');
    expect(layers[at - 1]).toMatchObject({
      name: 'hadamard-32-feed-forward-out',
      kind: 'transform',
      n: 11008,
      m: 1,
      repeat: 32,
      operationsPerElement: 5,
    });
    expect(layers.filter(({ kind }) => kind === 'transform').map(({ name }) => name)).toEqual([
      'hadamard-32-attention-in',
      'hadamard-32-attention-out',
      'hadamard-32-feed-forward-in',
      'hadamard-32-feed-forward-out',
    ]);
  });

  it('are transforms over the heads before o and over the largest power of two that divides the inputs of down', () => {
    const transforms = (model: string): object[] => transformsOf(layersOf(schemeNamed('quarot-w4a4kv4'), 256, model));
    // 32 = 2^5 heads; 11008 = 2^8 * 43.
    expect(transforms('llama-2-7b')).toEqual([
      { name: 'hadamard-32-attention-out', n: 4096, operationsPerElement: 5 },
      { name: 'hadamard-256-feed-forward-out', n: 11008, operationsPerElement: 8 },
    ]);
    // 40 = 2^3 * 5 heads; 13824 = 2^9 * 27.
    expect(transforms('llama-2-13b')).toEqual([
      { name: 'hadamard-8-attention-out', n: 5120, operationsPerElement: 3 },
      { name: 'hadamard-512-feed-forward-out', n: 13824, operationsPerElement: 9 },
    ]);
  });

  it('are none before o where the number of heads is odd', () => {
    const odd = modelSchema.parse({ ...modelNamed('llama-2-7b'), hidden: 3200, heads: 25, kvHeads: 25, feedForward: 8640 });
    const { segments } = workload(odd, schemeNamed('quarot-w4a4kv4'), { phase: 'decode', batch: 1, context: 16 });
    // 8640 = 2^6 * 135.
    expect(transformsOf(segments.flatMap(({ layers }) => layers))).toEqual([
      { name: 'hadamard-64-feed-forward-out', n: 8640, operationsPerElement: 6 },
    ]);
  });

  it('hold the gather of an outlier permutation that folds into no weights behind a transform', () => {
    const gathers = (prepare: readonly object[]): string[] =>
      layersOf(schemeOf({ prepare })).flatMap(({ name, kind }) => (kind === 'transform' ? [name] : []));
    const permutation = { method: 'outlier-permutation', foldHeads: true };
    expect(gathers([permutation])).toEqual(['permutation-attention-in', 'permutation-feed-forward-in']);
    expect(gathers([{ method: 'hadamard' }, permutation])).toEqual([
      'permutation-attention-in',
      'hadamard-32-attention-out',
      'permutation-attention-out',
      'permutation-feed-forward-in',
      'hadamard-256-feed-forward-out',
      'permutation-feed-forward-out',
    ]);
  });

  it('are none where everything folds into weights', () => {
    expect(layersOf(schemeNamed('smoothquant-w8a8')).every(({ kind }) => kind !== 'transform')).toBe(true);
  });
});

describe('factors of a quantizer', () => {
  it('become two more products beside every matrix', () => {
    const layers = layersOf(schemeNamed('lqer-r32-w4a8'));
    const names = layers.map(({ name }) => name);
    expect(names).toContain('q_proj-low-rank-a');
    expect(layers[names.indexOf('q_proj-low-rank-b')]).toMatchObject({ k: 32, n: 4096 });
  });
});

describe('the cache of a scheme', () => {
  const kvBits = (context: number, kv: object): number => {
    const layer = layersOf(schemeOf({ kv }), context).find(({ kind }) => kind === 'attention-qk');
    return operandBits(layer!.weight);
  };

  it('takes what its quantizer stores at the context of the layer', () => {
    const kivi = { quantizer: 'kivi', bits: 2 };
    expect(kvBits(128, kivi)).toBe((3 + 16) / 2);
    expect(kvBits(127, kivi)).toBe(16);
    expect(kvBits(10_240, kivi)).toBeCloseTo(3 + (13 * 128) / 2 / 10_240, 12);
    expect(kvBits(256, { quantizer: 'qoq-kv4' })).toBe(4 + 32 / 128);
  });

  it('is charged to the memory the model needs at its longest', () => {
    const bytes = (kv: object): number =>
      workload(modelNamed('llama-2-7b'), schemeOf({ kv }), { phase: 'decode', batch: 2, context: 256 }).modelBytes.kv;
    expect(bytes({ quantizer: 'qoq-kv4' }) / bytes({ format: 'fp16' })).toBe(4.25 / 16);
  });
});
