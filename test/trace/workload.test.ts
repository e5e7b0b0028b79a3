import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { layerMacs, layerTraceSchema, operandBits, type LayerTrace } from '../../src/trace/layer-trace.js';
import { workload, type Workload } from '../../src/trace/workload/workload.js';
import type { WorkloadRequest } from '../../src/trace/workload/request.js';
import { modelNamed, modelNames, schemeNamed } from './catalogue.js';

const fp16 = schemeNamed('fp16');
const decoders = [
  'opt-1.3b',
  'opt-350m',
  'phi-2',
  'yi-6b',
  'llama-2-7b',
  'llama-3-8b',
  'mixtral-8x7b',
  'gpt2-xl',
  'qwen2.5-7b',
  'bart-base',
  'whisper-base',
];
const noDecode = ['bert-base', 'vit-b', 'vgg16', 'resnet50'];

function make(model: string, request: WorkloadRequest): Workload {
  return workload(modelNamed(model), fp16, request);
}

function rows(made: Workload): LayerTrace[] {
  return made.segments.flatMap((segment) => segment.layers);
}

function macs(layers: readonly LayerTrace[]): number {
  return layers.reduce((sum, layer) => sum + layerMacs(layer) * layer.repeat, 0);
}

function row(made: Workload, name: string): LayerTrace {
  const found = rows(made).find((layer) => layer.name === name);
  if (found === undefined) throw new Error(`no row ${name}`);
  return found;
}

const small = fc.integer({ min: 1, max: 40 });

describe('the corrected convention', () => {
  it('a llama prefill has ten unique rows in the order of the block', () => {
    const made = make('llama-3-8b', { phase: 'prefill', batch: 2, context: 1024 });
    expect(rows(made).map((layer) => layer.name)).toEqual([
      'q_proj',
      'k_proj',
      'v_proj',
      'attention-qk',
      'attention-pv',
      'o_proj',
      'gate_proj',
      'up_proj',
      'down_proj',
      'lm_head',
    ]);
    expect(row(made, 'k_proj')).toMatchObject({ m: 1024, n: 1024, k: 4096, gemms: 2, repeat: 32, sharedOperand: 'weight' });
    expect(row(made, 'attention-qk')).toMatchObject({ m: 4096, n: 1024, k: 128, gemms: 16, repeat: 32, sharedOperand: 'none' });
    expect(row(made, 'attention-pv')).toMatchObject({ m: 4096, n: 128, k: 1024, gemms: 16, repeat: 32, sharedOperand: 'none' });
    expect(row(made, 'lm_head')).toMatchObject({ m: 1024, n: 128256, k: 4096, gemms: 2, repeat: 1 });
  });

  it('a decode step multiplies all sequences at once and attends one query each', () => {
    const made = make('llama-3-8b', { phase: 'decode', batch: 3, context: 1024 });
    expect(row(made, 'q_proj')).toMatchObject({ m: 3, n: 4096, k: 4096, gemms: 1, repeat: 32 });
    expect(row(made, 'attention-qk')).toMatchObject({ m: 4, n: 1024, k: 128, gemms: 24 });
    expect(row(made, 'lm_head')).toMatchObject({ m: 3, gemms: 1 });
  });

  it('OPT and Phi have six linear layers a block, Llama seven', () => {
    const linear = (name: string): string[] =>
      rows(make(name, { phase: 'decode', context: 8 }))
        .filter((layer) => layer.kind === 'gemm')
        .map((layer) => layer.name);
    for (const name of ['opt-1.3b', 'phi-2'])
      expect(linear(name)).toEqual(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'fc1', 'fc2', 'lm_head']);
    expect(linear('llama-2-7b')).toHaveLength(8);
  });

  it('prefill MACs follow the closed form of a dense decoder for any batch and context', () => {
    fc.assert(
      fc.property(small, small, (batch, context) => {
        const block = 4096 * 4096 * 2 + 2 * 4096 * 1024 + 3 * 4096 * 14336;
        const attention = 2 * 32 * context * 128;
        const expected = batch * context * (32 * (block + attention) + 4096 * 128256);
        expect(macs(rows(make('llama-3-8b', { phase: 'prefill', batch, context })))).toBe(expected);
      }),
    );
  });
});

describe('workloads of every model', () => {
  it.each(modelNames)('%s gives rows the trace schema accepts, with names of their own', (name) => {
    const made = make(name, { phase: 'prefill', context: 16, batch: 2 });
    for (const layer of rows(made)) expect(layerTraceSchema.safeParse(layer).success).toBe(true);
    const names = rows(made).map((layer) => layer.name);
    expect(new Set(names).size).toBe(names.length);
    expect(made.modelBytes.weights).toBeGreaterThan(0);
    expect(made.notes.length).toBeGreaterThan(0);
  });

  it('work is proportional to the batch in prefill and, without a mixture, in decode', () => {
    const dense = [...decoders, ...noDecode].filter((name) => name !== 'mixtral-8x7b');
    for (const name of [...dense, 'mixtral-8x7b']) {
      fc.assert(
        fc.property(small, (batch) => {
          const request = { phase: 'prefill', context: 12 } as const;
          expect(macs(rows(make(name, { ...request, batch })))).toBe(batch * macs(rows(make(name, request))));
        }),
        { numRuns: 5 },
      );
    }
    for (const name of decoders) {
      const request = { phase: 'decode', context: 12 } as const;
      expect(macs(rows(make(name, { ...request, batch: 7 })))).toBe(7 * macs(rows(make(name, request))));
    }
  });

  it('generate is one prefill and the decode steps at growing contexts', () => {
    for (const name of decoders.filter((one) => one !== 'bart-base')) {
      fc.assert(
        fc.property(small, small, fc.integer({ min: 1, max: 4 }), (context, tokens, batch) => {
          const whole = make(name, { phase: 'generate', context, tokens, batch });
          let parts = macs(rows(make(name, { phase: 'prefill', context, batch })));
          for (let step = 0; step < tokens; step++) parts += macs(rows(make(name, { phase: 'decode', context: context + step, batch })));
          expect(macs(rows(whole))).toBe(parts);
          expect(whole.segments.map((segment) => segment.phase)).toEqual(['prefill', 'decode']);
        }),
        { numRuns: 8 },
      );
    }
  });

  it('decode rows of a generation say so and carry their context', () => {
    const made = make('llama-2-7b', { phase: 'generate', context: 256, tokens: 3 });
    const names = made.segments[1]?.layers.map((layer) => layer.name) ?? [];
    expect(names.filter((name) => name.includes('attention-qk'))).toEqual([
      'decode/attention-qk@256',
      'decode/attention-qk@257',
      'decode/attention-qk@258',
    ]);
    expect(row(made, 'decode/q_proj').repeat).toBe(96);
    expect(row(made, 'decode/attention-pv@258').repeat).toBe(32);
  });
});

describe('bad requests', () => {
  it.each(noDecode)('%s refuses to decode', (name) => {
    expect(() => make(name, { phase: 'decode', context: 8 })).toThrow(/has no decode phase: decode; expected one of: prefill/);
    expect(() => make(name, { phase: 'generate', context: 8, tokens: 1 })).toThrow(/has no decode phase/);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 31 + 1])('a batch, context or token count of %s is refused', (value) => {
    expect(() => make('opt-125m', { phase: 'prefill', batch: value, context: 8 })).toThrow(/batch must be a positive integer/);
    expect(() => make('opt-125m', { phase: 'prefill', context: value })).toThrow(/context must be a positive integer/);
    expect(() => make('opt-125m', { phase: 'generate', context: 8, tokens: value })).toThrow(/tokens must be a positive integer/);
  });

  it('a language model needs a context, a generation its tokens, an image network neither', () => {
    expect(() => make('opt-125m', { phase: 'prefill' })).toThrow(/context is missing \(model opt-125m\)/);
    expect(() => make('opt-125m', { phase: 'generate', context: 8 })).toThrow(/generate needs the number of tokens/);
    expect(() => make('opt-125m', { phase: 'generate', context: 8, tokens: 32_769 })).toThrow(/too many tokens.*32769.*fixedContext/);
    const fixed = { phase: 'generate', context: 8, tokens: 32_769, options: { fixedContext: true } } as const;
    expect(make('opt-125m', fixed).segments[1]?.layers.length).toBeLessThan(20);
    expect(rows(make('vit-b', { phase: 'prefill' })).length).toBeGreaterThan(5);
  });

  it('a context beyond the positions of the model is noted at the first token too many', () => {
    const notes = (context: number): string => make('opt-125m', { phase: 'prefill', context }).notes.join('\n');
    expect(notes(2048)).not.toContain('beyond');
    expect(notes(2049)).toContain('context 2049 is beyond the 2048 positions of opt-125m');
    expect(make('opt-125m', { phase: 'generate', context: 2048, tokens: 2 }).notes.join()).toContain('2049');
  });
});

describe('named refinements', () => {
  const base = { phase: 'prefill', batch: 2, context: 64 } as const;
  const plain = make('llama-3-8b', base);

  it('causal charges half of the square and leaves decode alone', () => {
    const half = make('llama-3-8b', { ...base, options: { causal: true } });
    for (const name of ['attention-qk', 'attention-pv']) expect(2 * layerMacs(row(half, name))).toBe(layerMacs(row(plain, name)));
    const decode = { phase: 'decode', context: 64 } as const;
    expect(make('llama-3-8b', { ...decode, options: { causal: true } }).segments).toEqual(make('llama-3-8b', decode).segments);
  });

  it('lastTokenHead gives lm_head one token per sequence', () => {
    expect(row(make('llama-3-8b', { ...base, options: { lastTokenHead: true } }), 'lm_head')).toMatchObject({ m: 2, gemms: 1 });
  });

  it('fusedAttention moves no score', () => {
    const fused = make('llama-3-8b', { ...base, options: { fusedAttention: true } });
    expect(operandBits(row(fused, 'attention-qk').output)).toBe(0);
    expect(operandBits(row(fused, 'attention-pv').activation)).toBe(0);
    expect(macs(rows(fused))).toBe(macs(rows(plain)));
  });

  it('kvWrite lets k_proj and v_proj write in the format of the cache, and nothing else', () => {
    const bitmod = schemeNamed('bitmod-4b');
    const written = workload(modelNamed('llama-3-8b'), bitmod, { ...base, options: { kvWrite: true } });
    const formats = rows(written).map((layer) => layer.output.format);
    expect(formats).toEqual(rows(written).map((layer) => (['k_proj', 'v_proj'].includes(layer.name) ? 'int8' : 'fp16')));
    expect(rows(workload(modelNamed('llama-3-8b'), bitmod, base)).every((layer) => layer.output.format === 'fp16')).toBe(true);
  });

  it('mergedPrefill is the same work in one product', () => {
    const merged = make('llama-3-8b', { ...base, options: { mergedPrefill: true } });
    expect(row(merged, 'q_proj')).toMatchObject({ m: 128, gemms: 1 });
    expect(macs(rows(merged))).toBe(macs(rows(plain)));
  });

  it('fixedContext charges each step at the context of the prompt', () => {
    const fixed = make('llama-3-8b', { phase: 'generate', context: 64, tokens: 20, options: { fixedContext: true } });
    expect(row(fixed, 'decode/attention-qk@64').repeat).toBe(20 * 32);
    const step = macs(rows(make('llama-3-8b', { phase: 'decode', context: 64 })));
    expect(macs(fixed.segments[1]?.layers ?? [])).toBe(20 * step);
  });

  it('vectorOps adds rows without a MAC and leaves the others as they are', () => {
    const all = make('llama-3-8b', { ...base, options: { vectorOps: true } });
    const added = rows(all).filter((layer) => !rows(plain).some((one) => one.name === layer.name));
    expect(added.map((layer) => layer.kind).sort()).toEqual(['elementwise', 'elementwise', 'norm', 'softmax']);
    expect(macs(rows(all))).toBe(macs(rows(plain)));
    expect(rows(all).filter((layer) => !added.includes(layer))).toEqual(rows(plain));
  });
});

describe('memory', () => {
  it('weights of an FP16 model take two bytes a parameter, the cache what grouped queries leave', () => {
    const made = make('llama-3-8b', { phase: 'decode', batch: 4, context: 1000 });
    expect(made.modelBytes.weights).toBe(2 * 8030261248);
    expect(made.modelBytes.kv).toBe(4 * 1000 * 32 * 2 * 8 * 128 * 2);
  });

  it('a generation holds the longest context', () => {
    const { kv } = make('llama-3-8b', { phase: 'generate', context: 100, tokens: 11 }).modelBytes;
    expect(kv).toBe(make('llama-3-8b', { phase: 'decode', context: 110 }).modelBytes.kv);
  });
});

describe('convolutions', () => {
  it('say that their input is the expanded image, with the most copies of a pixel, where there are any', () => {
    const notes = (model: string): string =>
      make(model, { phase: 'prefill', ...(model.startsWith('bert') ? { context: 8 } : {}) }).notes.join('\n');
    expect(notes('vgg16')).toMatch(/im2col-expanded input.*up to 9\)/);
    expect(notes('resnet50')).toMatch(/im2col-expanded input.*up to 16\)/);
    for (const model of ['bert-base', 'vit-b']) expect(notes(model)).not.toContain('im2col');
  });
});
