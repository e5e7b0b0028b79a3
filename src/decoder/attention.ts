/**
 * Causal grouped-query attention over a cache: o(t) = sum_i softmax_i(q(t) k(i) / sqrt(headDim)) v(i), i <= t; query head h reads key head
 * floor(h kvHeads / heads) (Ainslie et al., arXiv:2305.13245). New tokens come behind those the cache holds, so a window in one piece and
 * token by token are the same code, and the same bits: scores are single dot products, probabilities beyond t are zeros behind the others.
 * With a cache quantizer (quantizers/kv/kv-quantizer.ts) scores and sums are computed with coded rows before `exactFrom(t)` and exact ones after.
 * Left out: sliding windows (the context of a model is cut to them), quantized queries and probabilities.
 */
import { fastExp } from '../numeric/fast-exp.js';
import type { Rows } from '../numeric/matmul.js';
import type { CodedCache } from '../quantizers/kv/kv-quantizer.js';
import type { Attention } from './decoder-model.js';
import { runGroup, type Setting } from './product-group.js';
import { rotate, type RotaryTable } from './rotary.js';
import { asMatrix } from './workspace.js';

/** Queries taken at once: their scores stay small, and keys behind the last of them are not computed with. */
export const QUERY_BLOCK = 64;

/** Keys and values of one layer, [capacity, kvHeads * headDim] each; `unrotated` keys where the cache is coded before the embedding. */
export interface LayerCache {
  readonly keys: Rows;
  readonly values: Rows;
  readonly unrotated?: Rows;
}

/** Which attention is run, and where. */
export interface AttentionCall {
  readonly attention: Attention;
  /** Of the layer. */
  readonly index: number;
  /** Tokens the cache holds already. */
  readonly past: number;
  readonly cache: LayerCache;
  readonly rotary?: RotaryTable;
}

/** One side of the cache as queries see it. */
interface Side {
  readonly exact: Rows;
  readonly coded?: { readonly rows: Rows; readonly exactFrom: (t: number) => number };
}

/** Replaces `x` [tokens, hidden], the normed input, and fills `out` [tokens, hidden]. */
export function attend(setting: Setting, call: AttentionCall, x: Rows, out: Rows): void {
  const { work, plan } = setting;
  const { attention, index, past, cache, rotary } = call;
  const count = x.rows;
  const queries = work.array('queries', count);
  const keys = below(cache.keys, past, count);
  const fresh = cache.unrotated === undefined ? keys : below(cache.unrotated, past, count);
  runGroup(setting, attention.input, x, [queries, fresh, below(cache.values, past, count)]);
  if (rotary !== undefined) {
    rotate(queries, rotary, past, queries);
    rotate(fresh, rotary, past, keys);
  }
  plan.observer?.keys?.(index, asMatrix(keys));
  const sides = sidesOf(setting, call, past + count);
  const mixed = work.array('mixed', count);
  for (let from = 0; from < count; from += QUERY_BLOCK) {
    const rows = Math.min(QUERY_BLOCK, count - from);
    for (let head = 0; head < attention.heads; head++) {
      const kvHead = Math.floor((head * attention.kvHeads) / attention.heads);
      const slice = (rowsOfAll: Rows, which: number): Rows => ofHead(rowsOfAll, which, attention.headDim);
      const block = { from: past + from, query: slice(below(queries, from, rows), head), output: slice(below(mixed, from, rows), head) };
      const seen = (side: Side): Side => sliceSide(side, past + from + rows, (all) => slice(all, kvHead));
      headOutput(setting, block, seen(sides.keys), seen(sides.values));
    }
  }
  runGroup(setting, attention.output, mixed, [out]);
}

/** `rows` rows from `from` on. */
export function below(all: Rows, from: number, rows: number): Rows {
  return { data: all.data.subarray(from * all.stride), rows, cols: all.cols, stride: all.stride };
}

export function ofHead({ data, rows, stride }: Rows, head: number, headDim: number): Rows {
  return { data: data.subarray(head * headDim), rows, cols: headDim, stride };
}

function sliceSide({ exact, coded }: Side, rows: number, slice: (all: Rows) => Rows): Side {
  const cut = (all: Rows): Rows => slice({ ...all, rows });
  return { exact: cut(exact), ...(coded === undefined ? {} : { coded: { rows: cut(coded.rows), exactFrom: coded.exactFrom } }) };
}

/** Both sides with their coded rows read back. */
function sidesOf({ work, plan }: Setting, call: AttentionCall, length: number): { readonly keys: Side; readonly values: Side } {
  const { cache, rotary } = call;
  const exact = { keys: { ...cache.keys, rows: length }, values: { ...cache.values, rows: length } };
  if (plan.cache === undefined) return { keys: { exact: exact.keys }, values: { exact: exact.values } };
  const { quantizer, options } = plan.cache;
  const { kvHeads, headDim } = call.attention;
  const shape = { kvHeads, headDim };
  const place = (name: string, coded: CodedCache): NonNullable<Side['coded']> => {
    const rows = work.array(name, length);
    rows.data.set(coded.values.data);
    return { rows, exactFrom: (t) => coded.exactFrom(t) };
  };
  const stored = cache.unrotated === undefined ? exact.keys : { ...cache.unrotated, rows: length };
  const keys = place('codedKeys', quantizer.keys(asMatrix(stored), shape, options));
  if (cache.unrotated !== undefined && rotary !== undefined) rotate(keys.rows, rotary, 0, keys.rows);
  const values = place('codedValues', quantizer.values(asMatrix(exact.values), shape, options));
  return { keys: { exact: exact.keys, coded: keys }, values: { exact: exact.values, coded: values } };
}

interface QueryBlock {
  /** Position of the first query. */
  readonly from: number;
  readonly query: Rows;
  readonly output: Rows;
}

/** One head of a block of queries. */
function headOutput({ work }: Setting, { from, query, output }: QueryBlock, keys: Side, values: Side): void {
  const length = keys.exact.rows;
  const scores = narrow(work.array('scores', query.rows), length);
  work.space.timesTransposed(query, keys.exact, scores);
  if (keys.coded !== undefined) {
    const coded = narrow(work.array('codedScores', query.rows), length);
    work.space.timesTransposed(query, keys.coded.rows, coded);
    for (let r = 0; r < query.rows; r++) copyStart(coded, scores, r, keys.coded.exactFrom(from + r));
  }
  softmaxCausal(scores, from, 1 / Math.sqrt(query.cols));
  if (values.coded === undefined) work.space.times(scores, values.exact, output);
  else mixCoded(work, scores, { from, query, output }, values);
}

function narrow(all: Rows, cols: number): Rows {
  return { ...all, cols };
}

/** The first `count` numbers of a row. */
function copyStart(source: Rows, target: Rows, row: number, count: number): void {
  target.data.set(source.data.subarray(row * source.stride, row * source.stride + count), row * target.stride);
}

/** Probabilities of coded rows times coded values plus those of exact rows times exact values. */
function mixCoded(work: Setting['work'], scores: Rows, { from, query, output }: QueryBlock, { exact, coded }: Side): void {
  if (coded === undefined) return;
  const codedScores = narrow(work.array('codedScores', query.rows), scores.cols);
  for (let r = 0; r < query.rows; r++) {
    const split = coded.exactFrom(from + r);
    copyStart(scores, codedScores, r, split);
    codedScores.data.fill(0, r * codedScores.stride + split, r * codedScores.stride + scores.cols);
    scores.data.fill(0, r * scores.stride, r * scores.stride + split);
  }
  const part = narrow(work.array('codedOutput', query.rows), query.cols);
  work.space.times(scores, exact, output);
  work.space.times(codedScores, coded.rows, part);
  for (let r = 0; r < output.rows; r++) {
    for (let c = 0; c < output.cols; c++) output.data[r * output.stride + c]! += part.data[r * part.stride + c]!;
  }
}

/** Row r, the query at token from + r: softmax of its scores times `factor` over tokens 0 .. from + r, zeros behind. */
export function softmaxCausal(scores: Rows, from: number, factor: number): void {
  const { data, rows, cols, stride } = scores;
  for (let r = 0; r < rows; r++) {
    const base = r * stride;
    const end = base + from + r + 1;
    let highest = -Infinity;
    for (let i = base; i < end; i++) if (data[i]! > highest) highest = data[i]!;
    let sum = 0;
    for (let i = base; i < end; i++) {
      const value = fastExp((data[i]! - highest) * factor);
      data[i] = value;
      sum += value;
    }
    for (let i = base; i < end; i++) data[i]! /= sum;
    data.fill(0, end, base + cols);
  }
}
