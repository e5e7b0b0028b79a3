/** Are models read as their configuration says, and is everything that does not fit told with names and figures? */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { assembleDecoder, weightBytes } from '../../src/accuracy/checkpoint/assemble.js';
import { decoderConfig, type DecoderConfig } from '../../src/accuracy/checkpoint/decoder-config.js';
import type { TensorReader } from '../../src/accuracy/checkpoint/tensor-reader.js';
import { loadDecoder } from '../../src/accuracy/load-model.js';
import { openWeights } from '../../src/tensors/weight-source.js';
import { folderOf, forms, type Form } from '../decoder/small-decoders.js';

type Values = Record<string, unknown>;

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

function configOf(form: Form): Values {
  return JSON.parse(readFileSync(join(folderOf(form), 'config.json'), 'utf8')) as Values;
}

/** A folder with the weights of a form and a changed configuration. */
function folderWith(form: Form, change: Values): string {
  const folder = mkdtempSync(join(tmpdir(), 'lowbit-model-'));
  folders.push(folder);
  copyFileSync(join(folderOf(form), 'model.safetensors'), join(folder, 'model.safetensors'));
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...configOf(form), ...change }));
  return folder;
}

function parsed(values: Values): DecoderConfig {
  return decoderConfig({ value: values, place: (path) => `config.json:${path.join('.')}` }, 'config.json');
}

/** A file that holds tensors of these shapes, all zeros. */
function readerOf(shapes: Readonly<Record<string, readonly number[]>>): TensorReader {
  return {
    path: 'weights',
    names: Object.keys(shapes),
    shapeOf: (name) => shapes[name],
    read: (name) => Promise.resolve(new Float32Array((shapes[name] ?? []).reduce((product, size) => product * size, 1))),
  };
}

/** The tensors of the smallest Qwen2 as zeros, and the model itself. */
async function qwen2Reader() {
  const source = await openWeights(folderOf('qwen2'));
  const shapes = Object.fromEntries(source.tensors.map(({ name, shape }) => [name, shape]));
  await source.close();
  return { loaded: await loadDecoder(folderOf('qwen2')), reader: readerOf(shapes) };
}

describe('a model folder', () => {
  it.each(forms)('in the form of %s is read with the sizes of its configuration', async (form) => {
    const { model, weight_bytes } = await loadDecoder(folderOf(form));
    expect([model.layers.length, model.hidden, model.vocabulary, model.context]).toEqual([2, 32, 61, 24]);
    expect(weight_bytes).toBe(weightBytes(parsed(configOf(form))));
    expect(model.layers.every(({ attention }) => attention.input.products.length === 3)).toBe(true);
  });

  it('can be named by its weights as well', async () => {
    const { folder } = await loadDecoder(join(folderOf('opt'), 'model.safetensors'));
    expect(folder).toBe(folderOf('opt'));
  });

  it('ties the head to the embedding where the configuration says so', async () => {
    const tied = await loadDecoder(folderOf('qwen2'));
    const own = await loadDecoder(folderOf('mixtral'));
    expect(tied.model.head).toBe(tied.model.embedding);
    expect(own.model.head).not.toBe(own.model.embedding);
  });

  it('holds the rows of q, k and v of a fused Conv1D under names of their own', async () => {
    const { model } = await loadDecoder(folderOf('gpt2'));
    const names = model.layers[1]?.attention.input.products.map(({ name, weight }) => `${name} ${weight.rows} x ${weight.cols}`);
    expect(names).toEqual(['q', 'k', 'v'].map((letter) => `h.1.attn.c_attn.${letter} 32 x 32`));
  });

  it('lists every tensor of another shape than the configuration says', async () => {
    const folder = folderWith('qwen2', { intermediate_size: 40 });
    await expect(loadDecoder(folder)).rejects.toThrow(
      /6 tensors have another shape than the configuration says: layers\.0\.mlp\.gate_proj\.weight is 48 x 32 where the configuration says 40 x 32, /,
    );
  });

  it('lists the tensors that are missing, a dozen at most', async () => {
    await expect(loadDecoder(folderWith('qwen2', { num_hidden_layers: 3 }))).rejects.toThrow(
      /12 of 38 tensors are missing: layers\.2\.input_layernorm\.weight, .*layers\.2\.mlp\.down_proj\.weight \(/,
    );
    await expect(loadDecoder(folderWith('qwen2', { num_hidden_layers: 9 }))).rejects.toThrow(
      /84 of 110 tensors are missing: .* and 72 more/,
    );
  });

  it('names what the file has instead of the tensors that are missing', async () => {
    const wanted = { 'embed_tokens.weight': [61, 32], 'blocks.0.q.weight': [32, 32] };
    await expect(assembleDecoder(parsed(configOf('qwen2')), readerOf(wanted))).rejects.toThrow(
      /tensors are missing: .*; the file also has blocks\.0\.q\.weight$/,
    );
  });

  it('is refused where the file has more layers than the configuration says', async () => {
    await expect(loadDecoder(folderWith('qwen2', { num_hidden_layers: 1 }))).rejects.toThrow(
      /the configuration says 1 layers, the file has more: .*layers\.1\./,
    );
    await expect(loadDecoder(folderWith('gpt2', { n_layer: 1 }))).rejects.toThrow(/the file has more: h\.1\./);
  });

  it('is refused at once where the configuration says more layers or experts than the file has tensors', async () => {
    await expect(loadDecoder(folderWith('qwen2', { num_hidden_layers: 1_000_000_000 }))).rejects.toThrow(/the weights take .* GiB/);
    await expect(loadDecoder(folderWith('qwen2', { num_hidden_layers: 27 }))).rejects.toThrow(
      /the configuration says 27 layers, the file has 26 tensors/,
    );
    await expect(loadDecoder(folderWith('mixtral', { num_local_experts: 1000 }))).rejects.toThrow(
      /the configuration says 2 layers of 1000 experts, the file has \d+ tensors/,
    );
  });

  it('says which tensors of the file are in no forward pass, apart from tables that are computed', async () => {
    const config = parsed(configOf('qwen2'));
    const { loaded, reader } = await qwen2Reader();
    expect(loaded.notes).toEqual([]);
    const names = [...reader.names, 'model.layers.0.self_attn.q_norm.weight', 'model.layers.0.self_attn.rotary_emb.inv_freq'];
    const { notes } = await assembleDecoder(config, { ...reader, names });
    expect(notes).toEqual(['not in the forward pass, though in the file: model.layers.0.self_attn.q_norm.weight']);
  });

  it('says what names it found where it knows none of them', async () => {
    const reader = readerOf({ 'blk.0.attn_q.weight': [4, 4], 'token_embd.weight': [61, 32] });
    await expect(assembleDecoder(parsed(configOf('qwen2')), reader)).rejects.toThrow(
      'unknown naming scheme: the file has blk.0.attn_q.weight, token_embd.weight (weights); expected one of: model.embed_tokens.weight, embed_tokens.weight; ' +
        'a llama checkpoint has the names of Hugging Face transformers',
    );
  });

  it('is refused above the limit, with both figures, before a value is read', async () => {
    const config = parsed({
      ...configOf('mixtral'),
      hidden_size: 4096,
      intermediate_size: 14_336,
      num_hidden_layers: 32,
      head_dim: 128,
      vocab_size: 32_000,
    });
    const reader: TensorReader = { ...readerOf({}), read: () => Promise.reject(new Error('read')) };
    await expect(assembleDecoder(config, reader)).rejects.toThrow(
      /the weights take 64\.6 GiB in float32, more than the limit of 8\.0 GiB: config/,
    );
    await expect(loadDecoder(folderOf('opt'), { limit_bytes: 71_423 })).rejects.toThrow(/more than the limit/);
    await expect(loadDecoder(folderOf('opt'), { limit_bytes: 71_424 })).resolves.toBeDefined();
  });

  it('without a configuration says which file is missing', async () => {
    const folder = folderWith('opt', {});
    rmSync(join(folder, 'config.json'));
    await expect(loadDecoder(folder)).rejects.toThrow(/no such file.*config\.json/);
    await expect(loadDecoder('test/fixtures/nowhere')).rejects.toThrow(/cannot read test\/fixtures\/nowhere/);
  });
});

describe('a configuration', () => {
  it.each(['', 'null', '3'])('that is %j and no object says so', async (text) => {
    const folder = folderWith('opt', {});
    writeFileSync(join(folder, 'config.json'), text);
    await expect(loadDecoder(folder)).rejects.toThrow(/a config\.json holds one object/);
  });

  it('takes the defaults of its family for keys it leaves out', () => {
    const { rope_theta: _theta, rms_norm_eps: _eps, ...rest } = configOf('qwen2');
    expect(parsed(rest)).toMatchObject({
      rotary: { base: 10_000 },
      normEpsilon: 1e-6,
      activation: 'silu',
      bias: { input: true, output: false },
    });
    expect(parsed({ ...rest, rope_parameters: { rope_type: 'default', rope_theta: 5e5 } }).rotary).toEqual({ base: 5e5 });
    expect(parsed(configOf('gpt2'))).toMatchObject({ tiedEmbeddings: true, activation: 'gelu-tanh' });
  });

  it('cuts windows to a sliding window, and says so', () => {
    const { context, notes } = parsed({ ...configOf('qwen2'), model_type: 'mistral', sliding_window: 16, use_sliding_window: null });
    expect(context).toBe(16);
    expect(notes).toEqual(['windows are cut to the 16 keys of the sliding window, where both are the same function']);
    expect(parsed({ ...configOf('qwen2'), sliding_window: 16 }).context).toBe(24);
  });

  it.each([
    [
      'qwen2',
      { rope_scaling: { rope_type: 'yarn', factor: 8 } },
      'a rotary embedding is scaled in an unknown way, or without the factors that takes: yarn (config.json:rope_scaling)',
    ],
    ['qwen2', { rope_scaling: { rope_type: 'llama3', factor: 8 } }, 'or without the factors that takes: llama3'],
    ['opt', { word_embed_proj_dim: 16 }, 'an embedding of another width than the layers is not in the forward pass: 16'],
    ['opt', { do_layer_norm_before: false }, 'a norm behind each sublayer is not in the forward pass'],
    ['gpt2', { scale_attn_by_inverse_layer_idx: true }, 'attention scaled by the layer is not in the forward pass'],
    ['gpt2', { activation_function: 'mish' }, 'mish'],
    ['gpt2', { model_type: 'bloom', hidden_size: 32 }, 'models of this kind have shapes but no forward pass: bloom'],
  ] as const)('of %s that asks for what is left out (%o) is refused', (form, change, message) => {
    expect(() => parsed({ ...configOf(form), ...change })).toThrow(message);
  });
});
