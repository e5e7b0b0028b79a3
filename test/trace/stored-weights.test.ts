/** Do weights of a workload carry what their quantizer stores for their shape, by part, and say what is not known? */
import { describe, expect, it } from 'vitest';
import { quantizers } from '../../src/quantizers/index.js';
import { operandBits, type LayerTrace } from '../../src/trace/layer-trace.js';
import { resolveScheme, schemeSchema, type SchemeConfig } from '../../src/trace/scheme-config.js';
import { parseTrace, traceText } from '../../src/trace/trace-file.js';
import { meanWeightBits } from '../../src/trace/workload/model-bytes.js';
import { workload, type Workload } from '../../src/trace/workload/workload.js';
import { modelNamed, schemeNamed } from './catalogue.js';

const NOTHING = { group: 0, channel: 0, tensor: 0, outlier: 0, lowRank: 0, permutation: 0 };
const schemeOf = (weight: object): SchemeConfig => schemeSchema.parse({ name: 's', weight });
const decode = (scheme: SchemeConfig, model = 'llama-2-7b'): Workload =>
  workload(modelNamed(model), scheme, { phase: 'decode', batch: 1, context: 64 });
const layerOf = ({ segments }: Workload, name: string): LayerTrace =>
  segments.flatMap(({ layers }) => layers).find((layer) => layer.name === name)!;

describe('the weights of a workload', () => {
  it('list what a channel and a tensor take, and are not charged for it', () => {
    const { weight } = layerOf(decode(schemeNamed('bitmod-4b')), 'q_proj');
    expect(weight.bits).toEqual({ ...NOTHING, payload: 4, group: 10 / 128, channel: 16 / 4096 });
    expect(operandBits(weight)).toBe(4 + 10 / 128);
    expect(layerOf(decode(schemeNamed('nvfp4')), 'down_proj').weight.bits?.tensor).toBe(32 / (4096 * 11_008));
  });

  it('pay for the whole scale of a short last group', () => {
    // 1600 inputs of GPT-2 XL are 12.5 groups of 128: 13 scales of 16 bits.
    const { weight } = layerOf(decode(schemeNamed('w4a16-g128'), 'gpt2-xl'), 'q_proj');
    expect(weight.bits?.group).toBe((13 * 16) / 1600);
    expect(weight.metadata_bitsPerElement).toBe((13 * 16) / 1600);
  });

  it('pay for the INT8 block of Atom and its map', () => {
    const scheme = schemeNamed('atom-w4a4kv4');
    const q = layerOf(decode(scheme), 'q_proj').weight;
    // 128 of 4096 columns take 4 bits more.
    expect(q.bits).toEqual({ ...NOTHING, payload: 4, group: 0.125, outlier: 0.125, tensor: 32 / 4096 ** 2 });
    expect(operandBits(q)).toBe(4.25);
    expect(layerOf(decode(scheme), 'down_proj').weight.bits?.outlier).toBeCloseTo((4 * 128) / 11_008, 12);
  });

  it('pay for the group of every column where GPTQ orders columns and groups are those of the new order', () => {
    const gptq = { quantizer: 'gptq', bits: 4, group: 128, actOrder: true };
    expect(layerOf(decode(schemeOf(gptq)), 'q_proj').weight.bits?.permutation).toBe(32 / 4096);
    expect(operandBits(layerOf(decode(schemeOf(gptq)), 'q_proj').weight)).toBe(4 + 16 / 128 + 32 / 4096);
    expect(layerOf(decode(schemeOf({ ...gptq, staticGroups: true })), 'q_proj').weight.bits?.permutation).toBe(0);
  });

  it('list factors of low rank, which are layers of their own, cut to the shorter side', () => {
    const made = decode(schemeOf({ quantizer: 'lqer', rank: 32 }), 'mixtral-8x7b');
    const { bits } = layerOf(made, 'q_proj').weight;
    expect(bits?.lowRank).toBeCloseTo((8.5 * 32 * (4096 + 4096)) / 4096 ** 2, 12);
    expect(operandBits(layerOf(made, 'q_proj').weight)).toBe(4.5);
    // The router has 8 outputs.
    expect(layerOf(made, 'router-low-rank-a').n).toBe(8);
  });

  it('say null of outliers whose number follows from the values, with a note, and charge a stated share', () => {
    const unknown = decode(schemeNamed('spqr-3b'));
    expect(layerOf(unknown, 'q_proj').weight.bits?.outlier).toBeNull();
    expect(operandBits(layerOf(unknown, 'q_proj').weight)).toBe(3.625);
    expect(unknown.notes.join('\n')).toMatch(/how many outliers spqr3 stores apart follows from the values/);
    const stated = decode(schemeOf({ quantizer: 'spqr', bits: 3, outliers: { share: 0.01, bits: 32 } }));
    // The published average at 1 %, and a pointer of 32 bits per row.
    expect(operandBits(layerOf(stated, 'q_proj').weight)).toBeCloseTo(3.945 + 32 / 4096, 12);
    expect(stated.notes.join('\n')).not.toMatch(/outliers/);
  });

  it('take what their format says where the quantizer refuses the shape, with a note', () => {
    const made = workload(modelNamed('resnet18'), schemeNamed('mxfp4'), { phase: 'prefill', batch: 1 });
    const [first] = made.segments.flatMap(({ layers }) => layers);
    // 147 inputs are no blocks of 32.
    expect(first!.k).toBe(147);
    expect(first!.weight.bits).toBeUndefined();
    expect(operandBits(first!.weight)).toBe(4.25);
    expect(made.notes.join('\n')).toMatch(/takes no matrix of the shape of conv1/);
  });

  it('are what every quantizer stores, in traces that can be written and read', () => {
    for (const quantizer of Object.keys(quantizers)) {
      const { segments } = decode(schemeOf({ quantizer }));
      const { weight } = layerOf({ segments } as Workload, 'down_proj');
      expect(weight.bits?.payload, quantizer).toBe(weight.payload_bitsPerElement);
      const layers = segments.flatMap((segment) => segment.layers);
      expect(parseTrace(traceText({ layers }), 'x.trace.json').layers, quantizer).toEqual(layers);
    }
  });
});

describe('the mean bits of a weight', () => {
  it('are those of its matrices in their shapes', () => {
    const model = modelNamed('llama-2-7b');
    const bits = (name: string): number => meanWeightBits(model, resolveScheme(schemeNamed(name), model.name));
    expect(bits('w4a16-g128')).toBe(4.125);
    // 32 x (4 h h + 2 h f) weights have 4096 inputs, 32 h f have 11008, lm_head 4096.
    const [h, f] = [4096, 11_008];
    const [wide, narrow] = [32 * h * f, 32 * (4 * h * h + 2 * h * f) + 32_000 * h];
    expect(bits('atom-w4a4kv4')).toBeCloseTo((wide * (4.125 + (4 * 128) / f) + narrow * 4.25) / (wide + narrow), 12);
  });
});
