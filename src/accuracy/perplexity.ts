/**
 * Perplexity by the project's rules: natural logarithm, windows of the model's context that do not overlap, a last window that is not whole is
 * left out, the first token of a window is not scored, the same windows for every scheme. A window's loss is the mean over its scored tokens,
 * in float64 from float32 logits: ln sum_j e^(z_j - max) + max - z_target. perplexity = e^(mean of the window losses), since all windows are alike.
 */
import type { DecoderModel } from '../decoder/decoder-model.js';
import { windowRun } from '../decoder/decoder-run.js';
import type { ExecutionPlan } from '../decoder/execution-plan.js';
import { LowbitError } from '../lowbit-error.js';
import { fastExp } from '../numeric/fast-exp.js';
import { portableExp, portableLn } from '../numeric/logarithm.js';

/** Windows of rotary models whose context is longer end here unless asked otherwise; the usual length in published tables. */
const LONGEST_WINDOW = 2048;

/** How a text is scored. */
export interface PerplexityOptions {
  readonly plan?: ExecutionPlan;
  /** Tokens of a window; default: the model's context, at most 2048. */
  readonly window?: number;
  /** Only so many windows, from the start of the text. */
  readonly maxWindows?: number;
  /** Told after each window. */
  readonly progress?: (done: number, count: number) => void;
}

/** Losses of a text, window by window. */
export interface PerplexityResult {
  readonly window: number;
  readonly scoredTokens: number;
  /** Mean loss of each window, nats per token. */
  readonly windowLosses_nats: Float64Array;
  readonly loss_nats: number;
  readonly perplexity: number;
  /** Token of the highest logit (the first of equals) at every scored place. */
  readonly predictions: Int32Array;
}

/** Tokens of a window unless asked otherwise. */
export function defaultWindow(model: DecoderModel): number {
  return Math.min(model.context, LONGEST_WINDOW);
}

/** Throws LowbitError for a text shorter than a window, and for a window longer than the model's context. */
export function perplexity(model: DecoderModel, tokens: Int32Array, options: PerplexityOptions = {}): PerplexityResult {
  const { plan = {}, window = defaultWindow(model), progress } = options;
  const count = Math.min(wholeWindows(model, tokens, window), options.maxWindows ?? Infinity);
  const run = windowRun(model, plan, window);
  const windowLosses_nats = new Float64Array(count);
  const predictions = new Int32Array(count * (window - 1));
  for (let w = 0; w < count; w++) {
    const part = tokens.subarray(w * window, (w + 1) * window);
    let sum = 0;
    run.run(part, ({ data, rows, cols }, from) => {
      for (let r = 0; r < rows && from + r + 1 < window; r++) {
        const logits = data.subarray(r * cols, (r + 1) * cols);
        const { loss, best } = score(logits, part[from + r + 1]!);
        sum += loss;
        predictions[w * (window - 1) + from + r] = best;
      }
    });
    windowLosses_nats[w] = sum / (window - 1);
    progress?.(w + 1, count);
  }
  const loss_nats = windowLosses_nats.reduce((sum, loss) => sum + loss, 0) / count;
  return { window, scoredTokens: predictions.length, windowLosses_nats, loss_nats, perplexity: exponential(loss_nats), predictions };
}

/** e^loss; a model that lost everything has no finite perplexity. */
function exponential(loss: number): number {
  return loss <= 700 ? portableExp(loss) : Infinity;
}

function wholeWindows(model: DecoderModel, tokens: Int32Array, window: number): number {
  if (!Number.isInteger(window) || window < 2 || window > model.context) {
    throw new LowbitError('a window must have between 2 tokens and the context of the model', {
      value: window,
      place: model.name,
      remedy: `its context is ${model.context}`,
    });
  }
  const count = Math.floor(tokens.length / window);
  if (count >= 1) return count;
  throw new LowbitError('the text is shorter than one window', {
    value: `${tokens.length} tokens`,
    remedy: `give a text of at least ${window} tokens, better of a hundred times that`,
  });
}

function score(logits: Float32Array, target: number): { readonly loss: number; readonly best: number } {
  let best = 0;
  for (let j = 1; j < logits.length; j++) if (logits[j]! > logits[best]!) best = j;
  const highest = logits[best]!;
  let sum = 0;
  for (let j = 0; j < logits.length; j++) sum += fastExp(logits[j]! - highest);
  return { loss: portableLn(sum) + highest - logits[target]!, best };
}

/** Bits per byte of text: the loss of all scored tokens over the bytes they stand for (for a byte vocabulary loss / ln 2). */
export function bitsPerByte({ loss_nats, scoredTokens }: PerplexityResult, scoredBytes: number): number {
  return (loss_nats * scoredTokens) / scoredBytes / Math.LN2;
}

/** Share of scored places where both predict the same next token. Throws RangeError when they scored different windows. */
export function nextTokenAgreement(a: PerplexityResult, b: PerplexityResult): number {
  if (a.window !== b.window || a.predictions.length !== b.predictions.length)
    throw new RangeError('agreement of results over different windows');
  let same = 0;
  for (let i = 0; i < a.predictions.length; i++) if (a.predictions[i] === b.predictions[i]) same++;
  return same / a.predictions.length;
}
