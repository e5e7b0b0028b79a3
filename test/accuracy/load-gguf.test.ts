import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadDecoder } from '../../src/accuracy/load-model.js';
import { LowbitError } from '../../src/lowbit-error.js';
import { seededRandom } from '../../src/numeric/random.js';
import { writeSafetensors } from '../../src/tensors/safetensors/writer.js';
import { openWeights } from '../../src/tensors/weight-source.js';
import { f32Bytes, f32Pair, ggufFile, textPair, u32Pair, type GgufPair, type GgufTensor } from '../tensors/gguf-bytes.js';

const folder = mkdtempSync(join(tmpdir(), 'lowbit-gguf-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HIDDEN = 8;
const HEADS = 2;
const KV_HEADS = 1;
const HEAD_DIM = 4;
const FFN = 12;
const VOCABULARY = 10;
const EXPERTS = 2;

interface Weight {
  readonly huggingFace: string;
  readonly gguf: string;
  readonly shape: readonly number[];
  /** Heads whose rows the file interleaves. */
  readonly heads?: number;
}

const attention: readonly Weight[] = [
  { huggingFace: 'input_layernorm.weight', gguf: 'attn_norm.weight', shape: [HIDDEN] },
  { huggingFace: 'self_attn.q_proj.weight', gguf: 'attn_q.weight', shape: [HEADS * HEAD_DIM, HIDDEN], heads: HEADS },
  { huggingFace: 'self_attn.k_proj.weight', gguf: 'attn_k.weight', shape: [KV_HEADS * HEAD_DIM, HIDDEN], heads: KV_HEADS },
  { huggingFace: 'self_attn.v_proj.weight', gguf: 'attn_v.weight', shape: [KV_HEADS * HEAD_DIM, HIDDEN] },
  { huggingFace: 'self_attn.o_proj.weight', gguf: 'attn_output.weight', shape: [HIDDEN, HEADS * HEAD_DIM] },
  { huggingFace: 'post_attention_layernorm.weight', gguf: 'ffn_norm.weight', shape: [HIDDEN] },
];
const dense: readonly Weight[] = [
  { huggingFace: 'mlp.gate_proj.weight', gguf: 'ffn_gate.weight', shape: [FFN, HIDDEN] },
  { huggingFace: 'mlp.up_proj.weight', gguf: 'ffn_up.weight', shape: [FFN, HIDDEN] },
  { huggingFace: 'mlp.down_proj.weight', gguf: 'ffn_down.weight', shape: [HIDDEN, FFN] },
];
const outer: readonly Weight[] = [
  { huggingFace: 'model.embed_tokens.weight', gguf: 'token_embd.weight', shape: [VOCABULARY, HIDDEN] },
  { huggingFace: 'model.norm.weight', gguf: 'output_norm.weight', shape: [HIDDEN] },
  { huggingFace: 'lm_head.weight', gguf: 'output.weight', shape: [VOCABULARY, HIDDEN] },
];

const { normal } = seededRandom(4);
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** As the conversion to GGUF does: rows 0, half, 1, half + 1, .. of each head. */
function interleaved(values: Float32Array, rows: number, heads: number): Float32Array {
  const [width, size] = [values.length / rows, rows / heads];
  const order = Array.from({ length: rows }, (_, row) => {
    const inHead = row % size;
    return row - inHead + (inHead % 2) * (size / 2) + Math.floor(inHead / 2);
  });
  return Float32Array.from(order.flatMap((from) => [...values.subarray(from * width, (from + 1) * width)]));
}

const tensorOf = (name: string, shape: readonly number[], values: Float32Array): GgufTensor => ({
  name,
  dimensions: [...shape].reverse(),
  type: 0,
  data: f32Bytes(values),
});

interface Built {
  readonly stored: Map<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;
  readonly gguf: GgufTensor[];
}

function build(layerWeights: readonly Weight[]): Built {
  const built: Built = { stored: new Map(), gguf: [] };
  const named: Weight[] = [
    ...outer,
    ...layerWeights.map((weight) => ({ ...weight, huggingFace: `model.layers.0.${weight.huggingFace}`, gguf: `blk.0.${weight.gguf}` })),
  ];
  for (const { huggingFace, gguf, shape, heads } of named) {
    const values = Float32Array.from({ length: sizeOf(shape) }, () => normal());
    built.stored.set(huggingFace, { shape, values });
    built.gguf.push(tensorOf(gguf, shape, heads === undefined ? values : interleaved(values, shape[0]!, heads)));
  }
  return built;
}

const keys: readonly GgufPair[] = [
  textPair('general.architecture', 'llama'),
  u32Pair('llama.embedding_length', HIDDEN),
  u32Pair('llama.feed_forward_length', FFN),
  u32Pair('llama.block_count', 1),
  u32Pair('llama.attention.head_count', HEADS),
  u32Pair('llama.attention.head_count_kv', KV_HEADS),
  u32Pair('llama.context_length', 16),
  f32Pair('llama.attention.layer_norm_rms_epsilon', 2 ** -17),
  f32Pair('llama.rope.freq_base', 10_000),
];

const config = {
  model_type: 'llama',
  hidden_size: HIDDEN,
  intermediate_size: FFN,
  num_hidden_layers: 1,
  num_attention_heads: HEADS,
  num_key_value_heads: KV_HEADS,
  max_position_embeddings: 16,
  vocab_size: VOCABULARY,
  rms_norm_eps: 2 ** -17,
  tie_word_embeddings: false,
};

async function both(name: string, { stored, gguf }: Built, extra: { config?: object; keys?: readonly GgufPair[] } = {}) {
  const place = mkdtempSync(join(folder, name));
  writeFileSync(join(place, 'config.json'), JSON.stringify({ ...config, ...extra.config }));
  const tensors = [...stored].map(([tensor, { shape, values }]) => ({ name: tensor, dtype: 'F32' as const, shape, data: () => values }));
  await writeSafetensors(join(place, 'model.safetensors'), tensors);
  const file = join(place, 'model.gguf');
  writeFileSync(file, ggufFile({ pairs: [...keys, ...(extra.keys ?? [])], tensors: gguf }));
  const [original, converted] = [await loadDecoder(join(place, 'model.safetensors')), await loadDecoder(file)];
  return { original: original.model, converted: { ...converted.model, name: original.model.name } };
}

/** A whole file with a vocabulary, float, 16-bit and block types, and stacked experts. */
function richFile(): Buffer {
  const { gguf } = build([
    ...attention,
    { huggingFace: 'block_sparse_moe.gate.weight', gguf: 'ffn_gate_inp.weight', shape: [EXPERTS, HIDDEN] },
  ]);
  for (const [part, shape] of [
    ['ffn_gate_exps', [FFN, HIDDEN]],
    ['ffn_down_exps', [HIDDEN, FFN]],
    ['ffn_up_exps', [FFN, HIDDEN]],
  ] as const)
    gguf.push(
      tensorOf(
        `blk.0.${part}.weight`,
        [EXPERTS, ...shape],
        Float32Array.from({ length: EXPERTS * FFN * HIDDEN }, () => normal()),
      ),
    );
  const blocks: GgufTensor[] = [
    { name: 'blk.0.extra_half.weight', dimensions: [4, 2], type: 1, data: new Uint8Array(16) },
    { name: 'blk.0.extra_q4.weight', dimensions: [64], type: 2, data: new Uint8Array(36).fill(7) },
    { name: 'blk.0.extra_q6.weight', dimensions: [256], type: 14, data: new Uint8Array(210).fill(9) },
  ];
  const pairs = [
    ...keys,
    u32Pair('llama.expert_count', EXPERTS),
    u32Pair('llama.expert_used_count', 1),
    { key: 'tokenizer.ggml.tokens', type: 8, value: ['a', 'b', 'ü'] },
    { key: 'tokenizer.ggml.scores', type: 6, value: [0, 1, 2] },
  ];
  return ggufFile({ pairs, tensors: [...gguf, ...blocks] });
}

/** Numbers where counts, lengths, types and offsets break. */
const AWKWARD = [0n, 1n, 7n, 255n, 2n ** 20n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 40n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];

/** One seeded kind of damage: cut off, bits turned over, or a number of the header replaced. */
function damaged(whole: Buffer, seed: number): Buffer {
  const random = seededRandom(seed);
  const bytes = Buffer.from(whole);
  const kind = random.integer(4);
  if (kind === 0) return bytes.subarray(0, random.integer(bytes.length));
  const header = bytes.indexOf('blk.0.extra_q6.weight') + 64;
  if (kind === 1) {
    for (let i = random.integer(8); i >= 0; i--)
      bytes[random.integer(random.integer(4) === 0 ? bytes.length : header)]! ^= 1 << random.integer(8);
    return bytes;
  }
  const value = AWKWARD[random.integer(AWKWARD.length)]!;
  const at = random.integer(header - 8);
  if (kind === 2) bytes.writeBigUInt64LE(value, at);
  else bytes.writeUInt32LE(Number(BigInt.asUintN(32, value)), at);
  return bytes;
}

describe('a damaged GGUF file', () => {
  it('is read or refused with a LowbitError in 500 seeded cases, never with another error and never beyond its own size', async () => {
    const whole = richFile();
    const outcomes = { read: 0, refused: 0 };
    const file = join(folder, 'damaged.gguf');
    writeFileSync(file, whole);
    const { weight_bytes } = await loadDecoder(file);
    for (let seed = 0; seed < 500; seed++) {
      writeFileSync(file, damaged(whole, seed));
      try {
        const source = await openWeights(file);
        try {
          for (const { name, dtype } of source.tensors) if (!dtype.startsWith('I')) await source.readFloats(name);
        } finally {
          await source.close();
        }
        const loaded = await loadDecoder(file);
        expect(loaded.weight_bytes, `seed ${seed}`).toBeLessThanOrEqual(2 * weight_bytes);
        outcomes.read++;
      } catch (error) {
        expect(error, `seed ${seed}`).toBeInstanceOf(LowbitError);
        outcomes.refused++;
      }
    }
    expect(outcomes.refused).toBeGreaterThan(250);
    expect(outcomes.read).toBeGreaterThan(0);
  });

  it('that names 2^40 experts without elements is refused at once', async () => {
    const { gguf } = build([...attention, ...dense]);
    const none: GgufTensor = { name: 'blk.0.ffn_gate_exps.weight', dimensions: [0, 8, 2 ** 40], type: 0, data: new Uint8Array(0) };
    const file = join(folder, 'no-elements.gguf');
    writeFileSync(
      file,
      ggufFile({ pairs: [...keys, u32Pair('llama.expert_count', 2), u32Pair('llama.expert_used_count', 1)], tensors: [...gguf, none] }),
    );
    await expect(loadDecoder(file)).rejects.toThrow(/tensors are missing/);
  });
});

describe('a model converted to GGUF', () => {
  it('is loaded as the record of the original, rows of rotary matrices and all', async () => {
    const { original, converted } = await both('dense', build([...attention, ...dense]));
    expect(converted).toEqual(original);
  });

  it('with experts is loaded as the original too, each expert cut out of the stacked matrices', async () => {
    const { stored, gguf } = build([
      ...attention,
      { huggingFace: 'block_sparse_moe.gate.weight', gguf: 'ffn_gate_inp.weight', shape: [EXPERTS, HIDDEN] },
    ]);
    for (const [part, name, shape] of [
      ['ffn_gate_exps', 'w1', [FFN, HIDDEN]],
      ['ffn_down_exps', 'w2', [HIDDEN, FFN]],
      ['ffn_up_exps', 'w3', [FFN, HIDDEN]],
    ] as const) {
      const all = Float32Array.from({ length: EXPERTS * FFN * HIDDEN }, () => normal());
      gguf.push(tensorOf(`blk.0.${part}.weight`, [EXPERTS, ...shape], all));
      for (let e = 0; e < EXPERTS; e++) {
        const values = all.slice(e * FFN * HIDDEN, (e + 1) * FFN * HIDDEN);
        stored.set(`model.layers.0.block_sparse_moe.experts.${e}.${name}.weight`, { shape, values });
      }
    }
    const { original, converted } = await both(
      'experts',
      { stored, gguf },
      {
        config: { model_type: 'mixtral', num_local_experts: EXPERTS, num_experts_per_tok: 1 },
        keys: [u32Pair('llama.expert_count', EXPERTS), u32Pair('llama.expert_used_count', 1)],
      },
    );
    expect(converted).toEqual(original);
  });

  it('is refused when its architecture has no mapping, when a size is missing, and when its rotary embedding is scaled', async () => {
    const { gguf } = build([...attention, ...dense]);
    const load = async (pairs: readonly GgufPair[]): Promise<unknown> => {
      const file = join(folder, 'refused.gguf');
      writeFileSync(file, ggufFile({ pairs, tensors: gguf }));
      return loadDecoder(file);
    };
    await expect(load([textPair('general.architecture', 'mamba')])).rejects.toThrow(
      /no mapping to Hugging Face names.*mamba.*expected one of: llama, qwen2/,
    );
    await expect(load(keys.filter(({ key }) => key !== 'llama.block_count'))).rejects.toThrow(
      /does not say one number of its model: llama.block_count/,
    );
    await expect(load([...keys, textPair('llama.rope.scaling.type', 'yarn')])).rejects.toThrow(
      /rotary embedding is scaled in an unknown way, or without the factors that takes: yarn/,
    );
  });

  it('is refused when it carries factors on its rotary frequencies, which would be left out without a word', async () => {
    const { gguf } = build([...attention, ...dense]);
    const [first] = gguf;
    if (first === undefined) throw new Error('no tensor was built');
    const file = join(folder, 'factors.gguf');
    writeFileSync(file, ggufFile({ pairs: keys, tensors: [...gguf, { ...first, name: 'rope_freqs.weight' }] }));
    await expect(loadDecoder(file)).rejects.toThrow(/rotary frequencies in a tensor of their own.*rope_freqs.weight.*safetensors/);
  });
});
