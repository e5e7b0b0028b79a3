/**
 * GPT-2 checkpoints: names of Hugging Face (transformers, modeling_gpt2.py). Products are Conv1D modules, stored input-major as [K, N] and
 * transposed here; c_attn holds q, k and v one after the other. Positions are learned, the head is the embedding unless the file has its own.
 */
import type { DecoderModel, Norm, Product } from '../../decoder/decoder-model.js';
import type { Matrix } from '../../numeric/matrix.js';
import type { CheckpointTensors, WantedTensors } from './checkpoint-tensors.js';
import { classicLayer } from './classic-layer.js';
import type { DecoderConfig } from './decoder-config.js';

/** Every tensor with its shape. */
export function gpt2Tensors({ vocabulary, hidden, context, layers, feedForward, tiedEmbeddings }: DecoderConfig): WantedTensors {
  const wanted: Record<string, readonly number[]> = { 'wte.weight': [vocabulary, hidden], 'wpe.weight': [context, hidden] };
  const norm = (name: string): void => void Object.assign(wanted, { [`${name}.weight`]: [hidden], [`${name}.bias`]: [hidden] });
  const product = (name: string, k: number, n: number): void =>
    void Object.assign(wanted, { [`${name}.weight`]: [k, n], [`${name}.bias`]: [n] });
  for (let i = 0; i < layers; i++) {
    norm(`h.${i}.ln_1`);
    product(`h.${i}.attn.c_attn`, hidden, 3 * hidden);
    product(`h.${i}.attn.c_proj`, hidden, hidden);
    norm(`h.${i}.ln_2`);
    product(`h.${i}.mlp.c_fc`, hidden, feedForward);
    product(`h.${i}.mlp.c_proj`, feedForward, hidden);
  }
  norm('ln_f');
  if (!tiedEmbeddings) wanted['lm_head.weight'] = [vocabulary, hidden];
  return wanted;
}

/** The record of a checkpoint whose products are called `prefix` + name. */
export function gpt2Model(config: DecoderConfig, tensors: CheckpointTensors, prefix: string): DecoderModel {
  const { hidden, normEpsilon } = config;
  const norm = (name: string): Norm => ({
    kind: 'layer',
    gain: tensors.vector(`${name}.weight`),
    bias: tensors.vector(`${name}.bias`),
    epsilon: normEpsilon,
  });
  /** Output channels from `start` on. */
  const product = (name: string, start: number, rows: number, ending = ''): Product => ({
    name: `${prefix}${name}${ending}`,
    weight: columnsAsRows(tensors.matrix(`${name}.weight`), start, rows),
    bias: tensors.vector(`${name}.bias`).slice(start, start + rows),
  });
  const embedding = tensors.matrix('wte.weight');
  return {
    name: config.name,
    vocabulary: config.vocabulary,
    hidden,
    context: config.context,
    embedding,
    positions: { table: tensors.matrix('wpe.weight'), offset: 0 },
    layers: Array.from({ length: config.layers }, (_, i) =>
      classicLayer(config, i, {
        attentionNorm: norm(`h.${i}.ln_1`),
        input: ['q', 'k', 'v'].map((letter, part) => product(`h.${i}.attn.c_attn`, part * hidden, hidden, `.${letter}`)),
        output: product(`h.${i}.attn.c_proj`, 0, hidden),
        feedForwardNorm: norm(`h.${i}.ln_2`),
        up: product(`h.${i}.mlp.c_fc`, 0, config.feedForward),
        down: product(`h.${i}.mlp.c_proj`, 0, hidden),
      }),
    ),
    finalNorm: norm('ln_f'),
    head: config.tiedEmbeddings ? embedding : tensors.matrix('lm_head.weight'),
  };
}

/** Columns start .. start + count - 1 of [K, N] as [count, K]. */
function columnsAsRows({ rows, cols, data }: Matrix, start: number, count: number): Matrix {
  const to = new Float32Array(count * rows);
  for (let k = 0; k < rows; k++) {
    for (let n = 0; n < count; n++) to[n * rows + k] = data[k * cols + start + n]!;
  }
  return { rows: count, cols: rows, data: to };
}
