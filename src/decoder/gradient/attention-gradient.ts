/**
 * The reverse of causal grouped-query attention (attention.ts), for one window from position 0. With P = softmax(Q K' / sqrt(d)) and O = P V:
 *   dV += P' dO,   dP = dO V',   dS = P (dP - sum over i of P dP) / sqrt(d),   dQ = dS K,   dK += dS' Q
 * key heads sum over the query heads that read them; rotary embeddings turn back by the negative angle. Scores are computed again, 64 queries at once.
 * Source: derivatives of the formulas in attention.ts and rotary.ts (the same in FlashAttention, arXiv:2205.14135, appendix B.2).
 */
import type { Rows } from '../../numeric/matmul.js';
import { below, ofHead, QUERY_BLOCK, softmaxCausal } from '../attention.js';
import type { DecoderLayer } from '../decoder-model.js';
import { rotate, type RotaryTable } from '../rotary.js';
import type { GradientSpace } from './gradient-space.js';
import { groupGradient, type Visit } from './group-gradient.js';

export interface AttentionGradientCall {
  /** Input of q, k and v after the steps. The arrays queries, keys, values and mixed hold what `attend` left there. */
  readonly normed: Rows;
  /** dL/dx1. */
  readonly gradient: Rows;
  /** Filled with the gradient along the normed input. */
  readonly along: Rows;
  readonly visit: Visit;
}

/** One head of the arrays that the pass runs over. */
interface Head {
  readonly keys: Rows;
  readonly values: Rows;
  readonly keyGradient: Rows;
  readonly valueGradient: Rows;
}

/** Fills `along`. */
export function attentionGradient(space: GradientSpace, layer: DecoderLayer, call: AttentionGradientCall): void {
  const { attention } = layer;
  const count = call.gradient.rows;
  const array = (name: string, heads: number): Rows => {
    const width = heads * attention.headDim;
    return { ...space.array(name, count), cols: width };
  };
  const [mixed, mixedGradient] = [array('mixed', attention.heads), array('mixedGradient', attention.heads)];
  groupGradient(space, attention.output, { input: mixed, outputs: [call.gradient], along: mixedGradient, visit: call.visit });
  const [queries, queryGradient] = [array('queries', attention.heads), array('queryGradient', attention.heads)];
  const sides = ['keys', 'values', 'keyGradient', 'valueGradient'].map((name) => array(name, attention.kvHeads));
  const [keys, values, keyGradient, valueGradient] = sides as [Rows, Rows, Rows, Rows];
  for (const { data, rows, stride } of [keyGradient, valueGradient]) data.fill(0, 0, rows * stride);
  for (let head = 0; head < attention.heads; head++) {
    const kvHead = Math.floor((head * attention.kvHeads) / attention.heads);
    const slice = (all: Rows): Rows => ofHead(all, kvHead, attention.headDim);
    const side = { keys: slice(keys), values: slice(values), keyGradient: slice(keyGradient), valueGradient: slice(valueGradient) };
    for (let from = 0; from < count; from += QUERY_BLOCK) {
      const rows = Math.min(QUERY_BLOCK, count - from);
      const part = (all: Rows): Rows => ofHead(below(all, from, rows), head, attention.headDim);
      blockGradient(space, { from, query: part(queries), output: part(mixedGradient), queryGradient: part(queryGradient) }, side);
    }
  }
  const table = space.rotaryOf(layer);
  if (table !== undefined) for (const rows of [queryGradient, keyGradient]) rotate(rows, backwards(table), 0, rows);
  const outputs = [queryGradient, keyGradient, valueGradient];
  groupGradient(space, attention.input, { input: call.normed, outputs, along: call.along, visit: call.visit });
}

interface Block {
  /** Position of the first query. */
  readonly from: number;
  readonly query: Rows;
  /** dO. */
  readonly output: Rows;
  readonly queryGradient: Rows;
}

function blockGradient(space: GradientSpace, { from, query, output, queryGradient }: Block, head: Head): void {
  const length = from + query.rows;
  const factor = 1 / Math.sqrt(query.cols);
  const cut = (all: Rows): Rows => ({ ...all, rows: length });
  const scores = { ...space.array('scores', query.rows), cols: length };
  const along = { ...space.array('scoreGradient', query.rows), cols: length };
  space.space.timesTransposed(query, cut(head.keys), scores);
  softmaxCausal(scores, from, factor);
  addTurnedProduct(space, scores, output, cut(head.valueGradient));
  space.space.timesTransposed(output, cut(head.values), along);
  for (let r = 0; r < query.rows; r++) {
    const p = scores.data.subarray(r * scores.stride, r * scores.stride + length);
    const d = along.data.subarray(r * along.stride, r * along.stride + length);
    let sum = 0;
    for (let i = 0; i < length; i++) sum += p[i]! * d[i]!;
    for (let i = 0; i < length; i++) d[i] = p[i]! * (d[i]! - sum) * factor;
  }
  space.space.times(along, cut(head.keys), queryGradient);
  addTurnedProduct(space, along, query, cut(head.keyGradient));
}

/** y += a' b. */
function addTurnedProduct(work: GradientSpace, a: Rows, b: Rows, y: Rows): void {
  const turned = { ...work.array('turned', y.rows), cols: a.rows };
  for (let r = 0; r < a.rows; r++) for (let c = 0; c < a.cols; c++) turned.data[c * turned.stride + r] = a.data[r * a.stride + c]!;
  const part = { ...work.array('headPart', y.rows), cols: b.cols };
  work.space.times(turned, b, part);
  for (let r = 0; r < y.rows; r++) {
    for (let c = 0; c < y.cols; c++) y.data[r * y.stride + c]! += part.data[r * part.stride + c]!;
  }
}

function backwards({ half, cosines, sines }: RotaryTable): RotaryTable {
  return { half, cosines, sines: sines.map((sine) => -sine) };
}
