/**
 * Layers and parts of them run by themselves on hidden states that somebody keeps: what calibration layer by layer and searches for scales
 * need. Every call is one window from position 0 in float32; results are copies.
 */
import type { Rows } from '../numeric/matmul.js';
import type { Matrix } from '../numeric/matrix.js';
import type { DecoderLayer, DecoderModel } from './decoder-model.js';
import { decoderPass } from './decoder-pass.js';
import type { Observer } from './execution-plan.js';

export interface LayerRun {
  /** Embeddings of a window, [tokens, hidden]. */
  embed(tokens: ArrayLike<number>): Float32Array;
  /** Hidden states behind a layer from those before it, [tokens, hidden]; the layer may differ from that of the model, but not in its sizes. */
  layer(layer: DecoderLayer, index: number, hidden: Float32Array): Float32Array;
  /** What attention adds, from its normed input [tokens, hidden]. */
  attention(layer: DecoderLayer, normed: Matrix): Float32Array;
  /** What the feed-forward blocks add, from their normed input. */
  feedForward(layer: DecoderLayer, normed: Matrix): Float32Array;
}

/** A run of windows of at most `capacity` tokens. */
export function layerRun(model: DecoderModel, capacity: number, observer: Observer = {}): LayerRun {
  const pass = decoderPass(model, { observer }, { capacity, caches: 1 });
  const place = (name: 'hidden' | 'normed', data: Float32Array): Rows => {
    const rows = pass.array(name, data.length / model.hidden);
    rows.data.set(data);
    return rows;
  };
  const copied = ({ data, rows, cols }: Rows): Float32Array => data.slice(0, rows * cols);
  return {
    embed: (tokens) => copied(pass.embed(tokens, 0)),
    layer(layer, index, data) {
      const hidden = place('hidden', data);
      pass.runLayer(layer, { index, past: 0, cache: 0 }, hidden);
      return copied(hidden);
    },
    attention: (layer, normed) => copied(pass.attention(layer, { index: 0, past: 0, cache: 0 }, place('normed', normed.data))),
    feedForward(layer, normed) {
      const hidden = pass.array('hidden', normed.rows);
      hidden.data.fill(0);
      pass.addFeedForward(layer, place('normed', normed.data), hidden);
      return copied(hidden);
    },
  };
}
