/**
 * How far the predictions of a changed model are from those of the model itself: mean over tokens of KL(p || q) = sum_j p_j (ln p_j - ln q_j), nats.
 * On text that the model predicts well it is what the loss grows by, without the noise of the text: it is never negative and needs few windows.
 * Source: Kullback and Leibler, "On information and sufficiency", Ann. Math. Stat. 22(1), 1951. The predictions of the model are kept (4 bytes for
 * every token and word of the vocabulary).
 */
import type { DecoderModel } from '../decoder/decoder-model.js';
import { windowRun } from '../decoder/decoder-run.js';
import type { ExecutionPlan } from '../decoder/execution-plan.js';
import { fastExp } from '../numeric/fast-exp.js';
import { portableLn } from '../numeric/logarithm.js';
import { defaultWindow } from './perplexity.js';

/** By window of a text, nats per token. */
export interface ComparedPredictions {
  readonly divergence_nats: Float64Array;
  /** Mean over the scored tokens (perplexity.ts), changed minus own. */
  readonly lossDifference_nats: Float64Array;
}

/** Divergence of models of one shape, under the plan of that model or their own, from a model on the whole windows of a text. */
export function divergenceFrom(
  model: DecoderModel,
  tokens: Int32Array,
  plan: ExecutionPlan,
): (changed: DecoderModel, itsPlan?: ExecutionPlan) => number {
  const compare = predictionsFrom(model, tokens, plan);
  return (changed, itsPlan) => {
    const { divergence_nats } = compare(changed, itsPlan);
    return divergence_nats.reduce((sum, one) => sum + one, 0) / divergence_nats.length;
  };
}

/** As `divergenceFrom`, window by window, with what the loss grows by. */
export function predictionsFrom(
  model: DecoderModel,
  tokens: Int32Array,
  plan: ExecutionPlan,
): (changed: DecoderModel, itsPlan?: ExecutionPlan) => ComparedPredictions {
  const window = defaultWindow(model);
  const count = Math.floor(tokens.length / window);
  const own = logProbabilities(model, { tokens, window, count, plan });
  return (changed, itsPlan = plan) => {
    const other = logProbabilities(changed, { tokens, window, count, plan: itsPlan });
    const divergence_nats = new Float64Array(count);
    const lossDifference_nats = new Float64Array(count);
    for (let w = 0; w < count; w++) {
      let [divergence, loss] = [0, 0];
      for (let t = w * window; t < (w + 1) * window; t++) {
        const from = t * model.vocabulary;
        for (let i = from; i < from + model.vocabulary; i++) divergence += fastExp(own[i]!) * (own[i]! - other[i]!);
        if (t + 1 < (w + 1) * window) loss += own[from + tokens[t + 1]!]! - other[from + tokens[t + 1]!]!;
      }
      divergence_nats[w] = divergence / window;
      lossDifference_nats[w] = loss / (window - 1);
    }
    return { divergence_nats, lossDifference_nats };
  };
}

interface Text {
  readonly tokens: Int32Array;
  readonly window: number;
  readonly count: number;
  readonly plan: ExecutionPlan;
}

/** ln of the softmax at every token, [tokens, vocabulary]. */
function logProbabilities(model: DecoderModel, { tokens, window, count, plan }: Text): Float32Array {
  const all = new Float32Array(count * window * model.vocabulary);
  const run = windowRun(model, plan, window);
  for (let w = 0; w < count; w++) {
    run.run(tokens.subarray(w * window, (w + 1) * window), ({ data, rows, cols }, from) => {
      for (let r = 0; r < rows; r++) {
        const logits = data.subarray(r * cols, (r + 1) * cols);
        const highest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
        let sum = 0;
        for (const logit of logits) sum += fastExp(logit - highest);
        const shift = highest + portableLn(sum);
        const base = (w * window + from + r) * cols;
        for (let j = 0; j < cols; j++) all[base + j] = logits[j]! - shift;
      }
    });
  }
  return all;
}
