/**
 * The parts of a forward pass over one workspace: embedding, layers, final norm, logits. Runs of windows and of sequences are made of them.
 * Left out: dropout and everything else of training.
 */
import type { Rows } from '../numeric/matmul.js';
import { attend, QUERY_BLOCK, type LayerCache } from './attention.js';
import type { DecoderLayer, DecoderModel, FeedForward } from './decoder-model.js';
import type { ExecutionPlan } from './execution-plan.js';
import { addFeedForward } from './experts.js';
import { normalize } from './normalization.js';
import { rotaryTable, type RotaryTable } from './rotary.js';
import { asMatrix, workspace, type ArraySizes, type Workspace } from './workspace.js';

/** Rows of logits computed at once. */
export const LOGIT_BLOCK = 64;

/** Number of a layer, tokens before, and which cache keeps its keys and values. */
export interface LayerPlace {
  readonly index: number;
  readonly past: number;
  readonly cache: number;
}

export interface DecoderPass {
  /** Fills `hidden` with the embeddings of tokens at positions from `past` on. Throws RangeError for a token outside the vocabulary. */
  embed(tokens: ArrayLike<number>, past: number): Rows;
  /** hidden += attention, hidden += feed-forward. */
  runLayer(layer: DecoderLayer, at: LayerPlace, hidden: Rows): void;
  /** The array that holds hidden states or normed inputs, that many rows of it. */
  array(name: 'hidden' | 'normed', rows: number): Rows;
  /** What the attention of a layer adds, from its normed input, which is changed. */
  attention(layer: DecoderLayer, at: LayerPlace, normed: Rows): Rows;
  /** What the feed-forward blocks of a layer add to `hidden`, from their normed input, which is changed. */
  addFeedForward(layer: DecoderLayer, normed: Rows, hidden: Rows): void;
  /** Hidden states after the final norm. */
  finish(hidden: Rows): Rows;
  /** Logits of at most LOGIT_BLOCK rows of what `finish` gave. */
  logits(normed: Rows): Rows;
}

/** A pass for sequences of up to `capacity` tokens with that many caches. Throws RangeError when it does not fit into 4 GiB. */
export function decoderPass(
  model: DecoderModel,
  plan: ExecutionPlan,
  { capacity, caches: cacheCount }: { readonly capacity: number; readonly caches: number },
): DecoderPass {
  const work = workspace(arraySizes(model, plan, capacity, cacheCount), longestRow(model));
  const setting = { work, plan };
  const rotaryOf = rotaryTables(model, capacity);
  const caches = Array.from({ length: cacheCount }, (_, i) => cacheOf(work, plan, capacity, i));
  const attention = (layer: DecoderLayer, { index, past, cache: number }: LayerPlace, normed: Rows): Rows => {
    const cache = caches[number];
    if (cache === undefined) throw new RangeError(`no cache ${number}`);
    const rotary = rotaryOf(layer);
    const out = work.array('down', normed.rows);
    attend(setting, { attention: layer.attention, index, past, cache, ...(rotary === undefined ? {} : { rotary }) }, normed, out);
    return out;
  };
  return {
    embed(tokens, past) {
      const hidden = work.array('hidden', tokens.length);
      const { hidden: width } = model;
      for (let r = 0; r < tokens.length; r++)
        embedToken(model, tokens[r] ?? -1, past + r, hidden.data.subarray(r * width, (r + 1) * width));
      return hidden;
    },
    array: (name, rows) => work.array(name, rows),
    runLayer(layer, at, hidden) {
      plan.observer?.layerInput?.(at.index, asMatrix(hidden));
      const normed = work.array('normed', hidden.rows);
      normalize(hidden, layer.attentionNorm, normed);
      const out = attention(layer, at, normed);
      for (let i = 0; i < hidden.rows * hidden.cols; i++) hidden.data[i]! += out.data[i]!;
      normalize(hidden, layer.feedForwardNorm, normed);
      addFeedForward(setting, layer.feedForward, normed, hidden);
    },
    attention,
    addFeedForward: (layer, normed, hidden) => addFeedForward(setting, layer.feedForward, normed, hidden),
    finish(hidden) {
      const normed = work.array('normed', hidden.rows);
      normalize(hidden, model.finalNorm, normed);
      return normed;
    },
    logits(normed) {
      const logits = work.array('logits', normed.rows);
      work.product(normed, model.head, logits);
      return logits;
    },
  };
}

function embedToken({ embedding, positions, vocabulary, hidden }: DecoderModel, token: number, position: number, out: Float32Array): void {
  if (!(token >= 0 && token < vocabulary)) throw new RangeError(`token ${token} of a vocabulary of ${vocabulary}`);
  out.set(embedding.data.subarray(token * hidden, (token + 1) * hidden));
  if (positions === undefined) return;
  const row = (position + positions.offset) * hidden;
  for (let i = 0; i < hidden; i++) out[i]! += positions.table.data[row + i]!;
}

function cacheOf(work: Workspace, plan: ExecutionPlan, capacity: number, i: number): LayerCache {
  const unrotated = keepsUnrotated(plan) ? { unrotated: work.array(`unrotated ${i}`, capacity) } : {};
  return { keys: work.array(`keys ${i}`, capacity), values: work.array(`values ${i}`, capacity), ...unrotated };
}

function keepsUnrotated({ cache }: ExecutionPlan): boolean {
  return cache?.quantizer.preRotaryKeys(cache.options) === true;
}

/** The table of a layer; layers of one model share it. */
function rotaryTables({ layers }: DecoderModel, capacity: number): (layer: DecoderLayer) => RotaryTable | undefined {
  const tables = new Map<string, RotaryTable>();
  const keyOf = ({ headDim, rotary }: DecoderLayer['attention']): string => JSON.stringify([headDim, rotary]);
  for (const { attention } of layers) {
    const { rotary, headDim } = attention;
    if (rotary !== undefined && !tables.has(keyOf(attention))) tables.set(keyOf(attention), rotaryTable(capacity, headDim, rotary));
  }
  return ({ attention }) => tables.get(keyOf(attention));
}

function expertsOf({ layers }: DecoderModel): FeedForward[] {
  return layers.flatMap(({ feedForward }) => feedForward.experts);
}

const innerWidth = ({ input }: FeedForward): number => input.products[0]?.weight.rows ?? 0;

function longestRow(model: DecoderModel): number {
  const attention = model.layers.map(({ attention: { heads, headDim } }) => heads * headDim);
  return Math.max(model.hidden, ...attention, ...expertsOf(model).map(innerWidth));
}

function arraySizes(model: DecoderModel, plan: ExecutionPlan, capacity: number, cacheCount: number): ArraySizes {
  const { hidden, layers } = model;
  const largest = (of: (layer: DecoderLayer) => number): number => Math.max(0, ...layers.map(of));
  const attentionWidth = largest(({ attention }) => attention.heads * attention.headDim);
  const kvWidth = largest(({ attention }) => attention.kvHeads * attention.headDim);
  const inner = Math.max(0, ...expertsOf(model).map(innerWidth));
  const routed = largest(({ feedForward }) => (feedForward.router === undefined ? 0 : feedForward.experts.length));
  const queries = Math.min(QUERY_BLOCK, capacity);
  const each = (name: string): ArraySizes =>
    Object.fromEntries(Array.from({ length: cacheCount }, (_, i) => [`${name} ${i}`, [capacity, kvWidth] as const]));
  return {
    hidden: [capacity, hidden],
    normed: [capacity, hidden],
    down: [capacity, hidden],
    queries: [capacity, attentionWidth],
    mixed: [capacity, attentionWidth],
    inner: [capacity, inner],
    up: [capacity, inner],
    scores: [queries, capacity],
    logits: [Math.min(LOGIT_BLOCK, capacity), model.vocabulary],
    ...each('keys'),
    ...each('values'),
    ...(routed === 0 ? {} : { routerLogits: [capacity, routed], gathered: [capacity, hidden] }),
    ...(plan.cache === undefined ? {} : codedSizes(capacity, kvWidth, queries)),
    ...(keepsUnrotated(plan) ? each('unrotated') : {}),
  };
}

function codedSizes(capacity: number, kvWidth: number, queries: number): ArraySizes {
  return {
    codedKeys: [capacity, kvWidth],
    codedValues: [capacity, kvWidth],
    codedScores: [queries, capacity],
    codedOutput: [queries, kvWidth],
  };
}
