/** Do weights and activations of a workload carry what their quantizer stores for their shape, by part, and say what is not known? */
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
    const unknown = decode(schemeOf({ quantizer: 'spqr', bits: 3 }));
    expect(layerOf(unknown, 'q_proj').weight.bits?.outlier).toBeNull();
    expect(operandBits(layerOf(unknown, 'q_proj').weight)).toBe(3.625);
    expect(unknown.notes.join('\n')).toMatch(/how many outliers spqr3 stores apart follows from the values/);
    const stated = decode(schemeNamed('spqr-3b'));
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

describe('the activations of a workload', () => {
  const inputOf = (scheme: SchemeConfig, name: string): LayerTrace['activation'] => layerOf(decode(scheme), name).activation;
  const coded = (activation: object, prepare: object[] = []): SchemeConfig =>
    schemeSchema.parse({ name: 's', prepare, weight: { quantizer: 'fmpq' }, activation });
  const permuted = (rule: object): object[] => [{ method: 'outlier-permutation', ...rule }];

  it('pay for the INT8 block of Atom, the last 128 channels of each input, on both sides of the product', () => {
    const scheme = schemeNamed('atom-w4a4kv4');
    for (const [name, k] of [
      ['q_proj', 4096],
      ['down_proj', 11_008],
    ] as const) {
      const { activation, weight } = layerOf(decode(scheme), name);
      for (const operand of [activation, weight]) {
        expect(operandBits(operand)).toBeCloseTo(4.125 + (4 * 128) / k, 12);
        expect(operand.statistics).toEqual({ origin: 'assumed', outlierShare: 128 / k });
      }
      expect(activation.format).toBe('int4-g128');
    }
  });

  it('have the share of INT8 blocks that the scheme states: of FMPQ the one that COMET publishes', () => {
    const activation = inputOf(schemeNamed('fmpq-w4a4kv4'), 'q_proj');
    expect(activation.statistics).toEqual({ origin: 'assumed', outlierShare: 0.16 });
    expect(activation.bits?.outlier).toBeCloseTo(0.64, 12);
    expect(operandBits(activation)).toBeCloseTo(4.125 + 0.64, 12);
    expect(layerOf(decode(schemeNamed('fmpq-w4a4kv4')), 'q_proj').weight.statistics).toBeUndefined();
  });

  it('say null of blocks that the values decide, with a note, and none where no rewrite marks one', () => {
    const unknown = coded({ quantizer: 'fmpq' }, permuted({ rule: 'fmpq' }));
    expect(inputOf(unknown, 'q_proj').bits?.outlier).toBeNull();
    expect(operandBits(inputOf(unknown, 'q_proj'))).toBe(4.125);
    const notes = (scheme: SchemeConfig): string => decode(scheme).notes.join('\n');
    expect(notes(unknown)).toMatch(/how many outliers int4-g128 has in blocks of 8 bits follows from the values.*activation\.outliers/);
    const plain = coded({ quantizer: 'fmpq' });
    expect(inputOf(plain, 'q_proj').bits?.outlier).toBe(0);
    expect(notes(plain)).not.toMatch(/outliers/);
  });

  it.each([
    ['fmpq', { rule: 'fmpq', int4Share: 0.75 }, 4096, 0.25],
    ['fmpq', { rule: 'atom' }, 4096, 1 / 32],
    ['atom', { rule: 'fmpq', int4Share: 0.75 }, 4096, 0.25],
    ['atom', { rule: 'atom' }, 4096, 1 / 32],
  ])('of %s behind %j have the blocks that the rewrite marks', (quantizer, rule, k, share) => {
    const { activation } = layerOf(decode(coded({ quantizer }, permuted(rule))), 'q_proj');
    expect(layerOf(decode(coded({ quantizer }, permuted(rule))), 'q_proj').k).toBe(k);
    expect(activation.statistics?.outlierShare).toBeCloseTo(share, 12);
    expect(activation.bits?.outlier).toBeCloseTo(4 * share, 12);
  });

  it('count a short last block by its channels', () => {
    // 1600 inputs of GPT-2 XL are 12 blocks of 128 and one of 64.
    const { activation } = layerOf(decode(coded({ quantizer: 'atom' }, permuted({ rule: 'atom' })), 'gpt2-xl'), 'q_proj');
    expect(activation.statistics?.outlierShare).toBe(64 / 1600);
    expect(activation.bits?.group).toBe((13 * 16) / 1600);
  });

  it('leave queries, which no rewrite orders, as their format says', () => {
    for (const name of ['atom-w4a4kv4', 'fmpq-w4a4kv4']) {
      const { activation } = layerOf(decode(schemeNamed(name)), 'attention-qk');
      expect([activation.format, operandBits(activation), activation.statistics]).toEqual(['int4-g128', 4.125, undefined]);
    }
  });

  it('are written by the row that quantizes them as the product reads them', () => {
    const request = { phase: 'decode', batch: 3, context: 64, options: { vectorOps: true } } as const;
    const made = workload(modelNamed('llama-2-7b'), schemeNamed('fmpq-w4a4kv4'), request);
    expect(layerOf(made, 'quantize-activations').output.bits).toEqual(layerOf(made, 'q_proj').activation.bits);
    expect(operandBits(layerOf(made, 'quantize-queries').output)).toBe(4.125);
  });

  it('take what is stated beside a format, too', () => {
    const { activation } = layerOf(decode(coded({ format: 'int8', outliers: { share: 0.01, bits: 16 } })), 'q_proj');
    expect(operandBits(activation)).toBeCloseTo(8.16, 12);
    expect(activation.statistics?.outlierShare).toBe(0.01);
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
