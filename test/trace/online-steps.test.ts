import { describe, expect, it } from 'vitest';
import { operandBits, type LayerTrace } from '../../src/trace/layer-trace.js';
import { schemeSchema, type SchemeConfig } from '../../src/trace/scheme-config.js';
import { workload } from '../../src/trace/workload/workload.js';
import { modelNamed, schemeNamed } from './catalogue.js';

const layersOf = (scheme: SchemeConfig, context = 256): readonly LayerTrace[] =>
  workload(modelNamed('llama-2-7b'), scheme, { phase: 'decode', batch: 1, context }).segments.flatMap(({ layers }) => layers);
const schemeOf = (fields: object): SchemeConfig => schemeSchema.parse({ name: 's', weight: { format: 'fp16' }, ...fields });

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
