/**
 * Decoders at work. A window run computes whole windows, each by itself; a sequence run goes on where it stopped, with a cache of keys and
 * values for every layer: in one piece, token by token or in between it gives the same bits, as long as the plan treats tokens one by one
 * (an activation quantizer with one scale per tensor sees all tokens of a piece together).
 */
import type { Rows } from '../numeric/matmul.js';
import type { DecoderModel } from './decoder-model.js';
import { decoderPass, LOGIT_BLOCK } from './decoder-pass.js';
import type { ExecutionPlan } from './execution-plan.js';
import type { Matrix } from '../numeric/matrix.js';

/** Told the logits of some tokens [count, vocabulary], a view; `from` is the place of the first within what was run. */
export type LogitReader = (logits: Matrix, from: number) => void;

export interface WindowRun {
  /** Runs one window of 1 to `capacity` tokens; logits come in blocks, in order. Throws RangeError for other lengths and unknown tokens. */
  run(tokens: ArrayLike<number>, read: LogitReader): void;
}

/** A run of windows of at most `capacity` tokens (default: the model's context). */
export function windowRun(model: DecoderModel, plan: ExecutionPlan = {}, capacity = model.context): WindowRun {
  const pass = decoderPass(model, plan, { capacity, caches: 1 });
  return {
    run(tokens, read) {
      checkLength(tokens.length, capacity, 0);
      const hidden = pass.embed(tokens, 0);
      for (const [index, layer] of model.layers.entries()) pass.runLayer(layer, { index, past: 0, cache: 0 }, hidden);
      readLogits(pass.finish(hidden), (rows) => pass.logits(rows), read);
    },
  };
}

/** A sequence that grows, with its caches. */
export interface SequenceRun {
  /** Runs tokens behind those already there. Throws RangeError when they are more than the capacity leaves. */
  extend(tokens: ArrayLike<number>, read: LogitReader): void;
  /** How many tokens are there. */
  length(): number;
}

/** A sequence of at most `capacity` tokens (default: the model's context). */
export function sequenceRun(model: DecoderModel, plan: ExecutionPlan = {}, capacity = model.context): SequenceRun {
  const pass = decoderPass(model, plan, { capacity, caches: model.layers.length });
  let past = 0;
  return {
    extend(tokens, read) {
      checkLength(tokens.length, capacity, past);
      const hidden = pass.embed(tokens, past);
      for (const [index, layer] of model.layers.entries()) pass.runLayer(layer, { index, past, cache: index }, hidden);
      past += tokens.length;
      readLogits(pass.finish(hidden), (rows) => pass.logits(rows), read);
    },
    length: () => past,
  };
}

/** All logits of a window, [tokens, vocabulary]. */
export function windowLogits(model: DecoderModel, tokens: ArrayLike<number>, plan: ExecutionPlan = {}): Matrix {
  const data = new Float32Array(tokens.length * model.vocabulary);
  windowRun(model, plan, tokens.length).run(tokens, (logits, from) => data.set(logits.data, from * model.vocabulary));
  return { rows: tokens.length, cols: model.vocabulary, data };
}

function checkLength(count: number, capacity: number, past: number): void {
  if (count >= 1 && past + count <= capacity) return;
  throw new RangeError(`${count} tokens after ${past} in a run of ${capacity}`);
}

function readLogits(normed: Rows, logitsOf: (rows: Rows) => Rows, read: LogitReader): void {
  for (let from = 0; from < normed.rows; from += LOGIT_BLOCK) {
    const rows = Math.min(LOGIT_BLOCK, normed.rows - from);
    const { data, cols } = logitsOf({ ...normed, data: normed.data.subarray(from * normed.stride), rows });
    read({ rows, cols, data: data.subarray(0, rows * cols) }, from);
  }
}
