/**
 * Llama, Mistral, Qwen2 and Mixtral checkpoints: names and shapes of Hugging Face, products stored as [N, K] (transformers, modeling_llama.py,
 * modeling_qwen2.py, modeling_mixtral.py). In a Mixtral w1 is the gate, w3 up, w2 down.
 */
import type { DecoderLayer, DecoderModel, FeedForward, Norm, Product, ProductGroup, GroupSite } from '../../decoder/decoder-model.js';
import type { CheckpointTensors, WantedTensors } from './checkpoint-tensors.js';
import type { DecoderConfig } from './decoder-config.js';

/** Every tensor with its shape. */
export function llamaTensors(config: DecoderConfig): WantedTensors {
  const { vocabulary, hidden } = config;
  const wanted: Record<string, readonly number[]> = { 'embed_tokens.weight': [vocabulary, hidden] };
  for (let i = 0; i < config.layers; i++) Object.assign(wanted, layerTensors(config, i));
  wanted['norm.weight'] = [hidden];
  if (!config.tiedEmbeddings) wanted['lm_head.weight'] = [vocabulary, hidden];
  return wanted;
}

function layerTensors(config: DecoderConfig, i: number): WantedTensors {
  const { hidden, heads, kvHeads, headDim, feedForward, experts, bias } = config;
  const at = `layers.${i}.`;
  const product = (name: string, n: number, k: number, biased: boolean): WantedTensors => ({
    [`${at}${name}.weight`]: [n, k],
    ...(biased ? { [`${at}${name}.bias`]: [n] } : {}),
  });
  const blocks = expertNames(config).flatMap(([gate, up, down]) => [
    ...Object.entries(product(gate, feedForward, hidden, bias.feedForward)),
    ...Object.entries(product(up, feedForward, hidden, bias.feedForward)),
    ...Object.entries(product(down, hidden, feedForward, bias.feedForward)),
  ]);
  return {
    [`${at}input_layernorm.weight`]: [hidden],
    ...product('self_attn.q_proj', heads * headDim, hidden, bias.input),
    ...product('self_attn.k_proj', kvHeads * headDim, hidden, bias.input),
    ...product('self_attn.v_proj', kvHeads * headDim, hidden, bias.input),
    ...product('self_attn.o_proj', hidden, heads * headDim, bias.output),
    [`${at}post_attention_layernorm.weight`]: [hidden],
    ...(experts === undefined ? {} : { [`${at}block_sparse_moe.gate.weight`]: [experts.count, hidden] }),
    ...Object.fromEntries(blocks),
  };
}

/** Gate, up and down of every block of a layer. */
function expertNames({ experts }: DecoderConfig): readonly (readonly [string, string, string])[] {
  if (experts === undefined) return [['mlp.gate_proj', 'mlp.up_proj', 'mlp.down_proj']];
  const moe = 'block_sparse_moe.experts';
  return Array.from({ length: experts.count }, (_, e) => [`${moe}.${e}.w1`, `${moe}.${e}.w3`, `${moe}.${e}.w2`] as const);
}

/** The record of a checkpoint whose products are called `prefix` + name. */
export function llamaModel(config: DecoderConfig, tensors: CheckpointTensors, prefix: string): DecoderModel {
  const embedding = tensors.matrix('embed_tokens.weight');
  return {
    name: config.name,
    vocabulary: config.vocabulary,
    hidden: config.hidden,
    context: config.context,
    embedding,
    layers: Array.from({ length: config.layers }, (_, i) => llamaLayer(config, tensors, i, prefix)),
    finalNorm: normOf(config, tensors, 'norm'),
    head: config.tiedEmbeddings ? embedding : tensors.matrix('lm_head.weight'),
  };
}

function normOf({ normEpsilon }: DecoderConfig, tensors: CheckpointTensors, name: string): Norm {
  return { kind: 'rms', gain: tensors.vector(`${name}.weight`), epsilon: normEpsilon };
}

function llamaLayer(config: DecoderConfig, tensors: CheckpointTensors, i: number, prefix: string): DecoderLayer {
  const at = `layers.${i}.`;
  const { heads, kvHeads, headDim, rotary, experts, bias } = config;
  const product = (name: string, biased: boolean): Product => ({
    name: `${prefix}${at}${name}`,
    weight: tensors.matrix(`${at}${name}.weight`),
    ...(biased ? { bias: tensors.vector(`${at}${name}.bias`) } : {}),
  });
  const group = (site: GroupSite, ending: string, products: readonly Product[]): ProductGroup => ({
    name: `${i}.${site}${ending}`,
    site,
    steps: [],
    products,
  });
  const block = ([gate, up, down]: readonly [string, string, string], e: number): FeedForward => {
    const ending = experts === undefined ? '' : `.${e}`;
    return {
      activation: config.activation,
      gated: true,
      input: group('feed-forward-in', ending, [product(gate, bias.feedForward), product(up, bias.feedForward)]),
      output: group('feed-forward-out', ending, [product(down, bias.feedForward)]),
    };
  };
  const names = ['q', 'k', 'v'].map((letter) => `self_attn.${letter}_proj`);
  return {
    attentionNorm: normOf(config, tensors, `${at}input_layernorm`),
    attention: {
      heads,
      kvHeads,
      headDim,
      ...(rotary === undefined ? {} : { rotary }),
      input: group(
        'attention-in',
        '',
        names.map((name) => product(name, bias.input)),
      ),
      output: group('attention-out', '', [product('self_attn.o_proj', bias.output)]),
    },
    feedForwardNorm: normOf(config, tensors, `${at}post_attention_layernorm`),
    feedForward: {
      ...(experts === undefined ? {} : { router: tensors.matrix(`${at}block_sparse_moe.gate.weight`) }),
      perToken: experts?.perToken ?? 1,
      experts: expertNames(config).map(block),
    },
  };
}
