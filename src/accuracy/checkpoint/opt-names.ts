/**
 * OPT checkpoints: names of Hugging Face (transformers, modeling_opt.py). Position t takes row t + 2 of the learned table; LayerNorm before each
 * sublayer and at the end, biases everywhere, the head is the embedding unless the file has its own.
 */
import type { DecoderModel, Norm, Product } from '../../decoder/decoder-model.js';
import type { CheckpointTensors, WantedTensors } from './checkpoint-tensors.js';
import { classicLayer } from './classic-layer.js';
import type { DecoderConfig } from './decoder-config.js';

const POSITION_OFFSET = 2;

/** Every tensor with its shape. */
export function optTensors({ vocabulary, hidden, context, layers, feedForward, tiedEmbeddings, bias }: DecoderConfig): WantedTensors {
  const wanted: Record<string, readonly number[]> = {
    'embed_tokens.weight': [vocabulary, hidden],
    'embed_positions.weight': [context + POSITION_OFFSET, hidden],
  };
  const norm = (name: string): void => void Object.assign(wanted, { [`${name}.weight`]: [hidden], [`${name}.bias`]: [hidden] });
  const product = (name: string, n: number, k: number): void =>
    void Object.assign(wanted, { [`${name}.weight`]: [n, k], ...(bias.input ? { [`${name}.bias`]: [n] } : {}) });
  for (let i = 0; i < layers; i++) {
    norm(`layers.${i}.self_attn_layer_norm`);
    for (const name of ['q_proj', 'k_proj', 'v_proj', 'out_proj']) product(`layers.${i}.self_attn.${name}`, hidden, hidden);
    norm(`layers.${i}.final_layer_norm`);
    product(`layers.${i}.fc1`, feedForward, hidden);
    product(`layers.${i}.fc2`, hidden, feedForward);
  }
  norm('final_layer_norm');
  if (!tiedEmbeddings) wanted['lm_head.weight'] = [vocabulary, hidden];
  return wanted;
}

/** The record of a checkpoint whose products are called `prefix` + name. */
export function optModel(config: DecoderConfig, tensors: CheckpointTensors, prefix: string): DecoderModel {
  const norm = (name: string): Norm => ({
    kind: 'layer',
    gain: tensors.vector(`${name}.weight`),
    bias: tensors.vector(`${name}.bias`),
    epsilon: config.normEpsilon,
  });
  const product = (name: string): Product => ({
    name: `${prefix}${name}`,
    weight: tensors.matrix(`${name}.weight`),
    ...(config.bias.input ? { bias: tensors.vector(`${name}.bias`) } : {}),
  });
  const embedding = tensors.matrix('embed_tokens.weight');
  return {
    name: config.name,
    vocabulary: config.vocabulary,
    hidden: config.hidden,
    context: config.context,
    embedding,
    positions: { table: tensors.matrix('embed_positions.weight'), offset: POSITION_OFFSET },
    layers: Array.from({ length: config.layers }, (_, i) =>
      classicLayer(config, i, {
        attentionNorm: norm(`layers.${i}.self_attn_layer_norm`),
        input: ['q', 'k', 'v'].map((letter) => product(`layers.${i}.self_attn.${letter}_proj`)),
        output: product(`layers.${i}.self_attn.out_proj`),
        feedForwardNorm: norm(`layers.${i}.final_layer_norm`),
        up: product(`layers.${i}.fc1`),
        down: product(`layers.${i}.fc2`),
      }),
    ),
    finalNorm: norm('final_layer_norm'),
    head: config.tiedEmbeddings ? embedding : tensors.matrix('lm_head.weight'),
  };
}
