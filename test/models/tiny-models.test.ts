/** Are the trained models what their configurations and provenance say, and is the one with outliers the same function? */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openWeights } from '../../src/tensors/weight-source.js';

const folder = (model: string): string => fileURLToPath(new URL(`../../models/${model}/`, import.meta.url));
const json = (model: string, file: string): unknown => JSON.parse(readFileSync(`${folder(model)}${file}.json`, 'utf8'));

interface Config {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  readonly vocab_size: number;
  readonly num_local_experts?: number;
}
interface Provenance {
  readonly parameters: number;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly channelMaximumOverMedian?: { readonly before: Record<string, number>; readonly after: Record<string, number> };
  readonly largestLogitDifference?: number;
}
interface Reference {
  readonly inputs: readonly { readonly tokens: number[]; readonly positions: number[]; readonly logits: number[][] }[];
  readonly evaluation: {
    readonly windowBytes: number;
    readonly windows: number;
    readonly scoredBytes: number;
    readonly loss_nats: number;
    readonly perplexity: number;
    readonly bitsPerByte: number;
    readonly windowLosses_nats: number[];
  };
}

const models = ['tiny', 'tiny-outlier', 'tiny-moe'];
const configOf = (model: string): Config => json(model, 'config') as Config;
const provenanceOf = (model: string): Provenance => json(model, 'provenance') as Provenance;
const evaluationText = readFileSync(`${folder('tiny')}evaluation.txt`);

/** Name and shape of every tensor, by the naming of Hugging Face's Llama and Mixtral. */
function expectedShapes(config: Config): Map<string, number[]> {
  const { hidden_size: hidden, intermediate_size: inner, head_dim: size } = config;
  const kv = config.num_key_value_heads * size;
  const queries = config.num_attention_heads * size;
  const shapes = new Map([['model.embed_tokens.weight', [config.vocab_size, hidden]]]);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const set = (name: string, ...shape: number[]): unknown => shapes.set(`model.layers.${layer}.${name}.weight`, shape);
    set('input_layernorm', hidden);
    set('post_attention_layernorm', hidden);
    set('self_attn.q_proj', queries, hidden);
    set('self_attn.k_proj', kv, hidden);
    set('self_attn.v_proj', kv, hidden);
    set('self_attn.o_proj', hidden, queries);
    if (config.num_local_experts === undefined) {
      set('mlp.gate_proj', inner, hidden);
      set('mlp.up_proj', inner, hidden);
      set('mlp.down_proj', hidden, inner);
    } else set('block_sparse_moe.gate', config.num_local_experts, hidden);
    for (let expert = 0; expert < (config.num_local_experts ?? 0); expert++) {
      set(`block_sparse_moe.experts.${expert}.w1`, inner, hidden);
      set(`block_sparse_moe.experts.${expert}.w2`, hidden, inner);
      set(`block_sparse_moe.experts.${expert}.w3`, inner, hidden);
    }
  }
  return shapes.set('model.norm.weight', [hidden]).set('lm_head.weight', [config.vocab_size, hidden]);
}

describe.each(models)('models/%s', (model) => {
  it('holds the tensors of its configuration, float16, finite, in at most 8 MB', async () => {
    const source = await openWeights(folder(model));
    try {
      const found = new Map(source.tensors.map(({ name, shape }) => [name, [...shape]]));
      expect(found).toEqual(expectedShapes(configOf(model)));
      expect(source.tensors.every(({ dtype }) => dtype === 'F16')).toBe(true);
      for (const { name, layout } of source.tensors) {
        if (layout !== undefined) expect((await source.readMatrix(name)).data.every(Number.isFinite), name).toBe(true);
      }
    } finally {
      await source.close();
    }
    expect(provenanceOf(model).size_bytes).toBeLessThanOrEqual(8e6);
  });

  it('is the file its provenance was written for', () => {
    const bytes = readFileSync(`${folder(model)}model.safetensors`);
    const { parameters, size_bytes, sha256 } = provenanceOf(model);
    const counted = [...expectedShapes(configOf(model)).values()].map((shape) => shape.reduce((a, b) => a * b));
    expect(parameters).toBe(counted.reduce((a, b) => a + b));
    expect(size_bytes).toBe(bytes.length);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  });

  it('comes with a reference over the evaluation text that agrees with itself', () => {
    const { inputs, evaluation } = json(model, 'reference') as Reference;
    for (const { tokens, positions, logits } of inputs) {
      expect(tokens).toEqual([...evaluationText.subarray(0, tokens.length)]);
      expect(logits.map((row) => row.length)).toEqual(positions.map(() => 256));
    }
    expect(evaluation.windows).toBe(Math.floor(evaluationText.length / evaluation.windowBytes));
    expect(evaluation.scoredBytes).toBe(evaluation.windows * (evaluation.windowBytes - 1));
    const mean = evaluation.windowLosses_nats.reduce((a, b) => a + b) / evaluation.windows;
    expect(mean).toBeCloseTo(evaluation.loss_nats, 7);
    expect(Math.log(evaluation.perplexity)).toBeCloseTo(evaluation.loss_nats, 12);
    expect(evaluation.bitsPerByte * Math.LN2).toBeCloseTo(evaluation.loss_nats, 12);
  });
});

describe('models/tiny-outlier', () => {
  it('has the loss of models/tiny in every window, and the same logits', () => {
    const [plain, outlier] = ['tiny', 'tiny-outlier'].map((model) => json(model, 'reference') as Reference);
    expect(outlier?.evaluation.windowLosses_nats).toEqual(plain?.evaluation.windowLosses_nats);
    expect(provenanceOf('tiny-outlier').largestLogitDifference).toBeLessThanOrEqual(1e-5);
  });

  it('has a channel 20 to 100 times the median wherever something was scaled', () => {
    const { before, after } = provenanceOf('tiny-outlier').channelMaximumOverMedian ?? { before: {}, after: {} };
    const scaled = Object.entries(after).filter(([name]) => name !== 'model.norm');
    expect(scaled.length).toBe(configOf('tiny').num_hidden_layers * 5);
    for (const [name, ratio] of scaled) {
      expect(ratio, name).toBeGreaterThanOrEqual(20);
      expect(ratio, name).toBeGreaterThanOrEqual(before[name] ?? Infinity);
      expect(ratio, name).toBeLessThanOrEqual(Math.max(100, before[name] ?? NaN));
    }
  });

  it('differs from models/tiny by powers of two only', async () => {
    const [plain, outlier] = await Promise.all([openWeights(folder('tiny')), openWeights(folder('tiny-outlier'))]);
    let scaled = 0;
    for (const { name, layout } of plain.tensors) {
      if (layout === undefined) continue;
      const [a, b] = await Promise.all([plain.readMatrix(name), outlier.readMatrix(name)]);
      const wrong = a.data.findIndex((value, i) => value !== b.data[i] && !Number.isInteger(Math.log2((b.data[i] ?? NaN) / value)));
      expect(wrong, name).toBe(-1);
      scaled += a.data.filter((value, i) => value !== b.data[i]).length;
    }
    await Promise.all([plain.close(), outlier.close()]);
    expect(scaled).toBeGreaterThan(10_000);
  });
});

describe('the texts of models/tiny', () => {
  it('share no 64 bytes, whatever their place', () => {
    const calibration = readFileSync(`${folder('tiny')}calibration.txt`, 'latin1');
    const text = evaluationText.toString('latin1');
    const pieces = new Set(Array.from({ length: calibration.length - 63 }, (_, i) => calibration.slice(i, i + 64)));
    const common = Array.from({ length: text.length - 63 }, (_, i) => text.slice(i, i + 64)).filter((piece) => pieces.has(piece));
    expect(common).toEqual([]);
  });
});
