/**
 * The reverse pass of a decoder: for every product y = W x of a window of tokens, its input x and the gradient of the loss along its output y.
 * The loss is the sum over scored tokens (all but the first of the window) of -ln p(token), in nats, of the model in float32.
 *   dL/dW = sum over tokens of (dL/dy) x'       whoever needs the gradient of a matrix, or only its sum along a change, makes it from both
 *   head     dL/dz[t, j] = softmax(z[t])[j] - [j = token t + 1],  dL/d normed = dL/dz W_head;  then layers from the last to the first
 * Source: reverse accumulation (Rumelhart, Hinton, Williams, Nature 323, 1986). The hidden state before each layer is kept, everything inside a
 * layer is computed again from it (Chen et al., arXiv:1604.06174): layers x tokens x hidden float32 stay in memory, and one layer's activations.
 * Left out: gradients of embeddings, norms, biases, head and routers; mixtures of experts (refused); activation and cache quantizers.
 */
import { fastExp } from '../../numeric/fast-exp.js';
import { portableLn } from '../../numeric/logarithm.js';
import type { Rows } from '../../numeric/matmul.js';
import { LowbitError } from '../../lowbit-error.js';
import type { DecoderModel } from '../decoder-model.js';
import { LOGIT_BLOCK } from '../decoder-pass.js';
import { layerRun } from '../layer-run.js';
import { normalize } from '../normalization.js';
import { addNormGradient } from './norm-gradient.js';
import { layerGradient } from './layer-gradient.js';
import { addTimesWeight, gradientSpace, type GradientSpace } from './gradient-space.js';
import type { Visit } from './group-gradient.js';

/** A reverse pass over windows of one model. */
export interface LossGradient {
  /** Sum of the losses of a window of 2 to `capacity` tokens, nats; every product is told once, from the last layer to the first. */
  run(tokens: Int32Array, visit: Visit): number;
}

/** A reverse pass for windows of at most `capacity` tokens. Throws LowbitError for a mixture of experts. */
export function lossGradient(model: DecoderModel, capacity: number): LossGradient {
  refuseExperts(model);
  const forward = layerRun(model, capacity);
  const space = gradientSpace(model, capacity);
  return {
    run(tokens, visit) {
      if (tokens.length < 2 || tokens.length > capacity)
        throw new RangeError(`a window of ${tokens.length} tokens in a run of ${capacity}`);
      const states = [forward.embed(tokens)];
      for (const [index, layer] of model.layers.entries()) states.push(forward.layer(layer, index, states[index]!));
      const gradient = space.array('gradient', tokens.length);
      const loss = headGradient(space, model, { tokens, state: states.pop()!, gradient });
      for (const [i, layer] of [...model.layers.entries()].reverse()) layerGradient(space, layer, { state: states[i]!, gradient, visit });
      return loss;
    },
  };
}

function refuseExperts({ name, layers }: DecoderModel): void {
  if (layers.every(({ feedForward: { router, experts } }) => router === undefined && experts.length === 1)) return;
  throw new LowbitError('there is no reverse pass through a mixture of experts', {
    value: name,
    remedy: 'take a decoder with one feed-forward block per layer',
  });
}

interface HeadCall {
  readonly tokens: Int32Array;
  /** Behind the last layer, [tokens, hidden]. */
  readonly state: Float32Array;
  /** Filled with dL/d state. */
  readonly gradient: Rows;
}

/** The loss, and its gradient along the last hidden states. */
function headGradient(space: GradientSpace, { head, finalNorm }: DecoderModel, { tokens, state, gradient }: HeadCall): number {
  const hidden = space.array('hidden', tokens.length);
  const normed = space.array('normed', tokens.length);
  hidden.data.set(state);
  normalize(hidden, finalNorm, normed);
  const along = space.array('along', tokens.length);
  along.data.fill(0, 0, along.rows * along.cols);
  let loss = 0;
  for (let from = 0; from < tokens.length; from += LOGIT_BLOCK) {
    const rows = Math.min(LOGIT_BLOCK, tokens.length - from);
    const logits = space.array('logits', rows);
    space.product({ ...normed, data: normed.data.subarray(from * normed.stride), rows }, head, logits);
    for (let r = 0; r < rows; r++)
      loss += crossEntropyRow(logits.data.subarray(r * logits.cols, (r + 1) * logits.cols), tokens[from + r + 1]);
    addTimesWeight(space, logits, head, { ...along, data: along.data.subarray(from * along.stride), rows });
  }
  gradient.data.fill(0, 0, gradient.rows * gradient.cols);
  addNormGradient(hidden, finalNorm, along, gradient);
  return loss;
}

/** Replaces logits by the gradient of the loss along them; zeros, and no loss, where no token follows. */
function crossEntropyRow(logits: Float32Array, target: number | undefined): number {
  if (target === undefined) {
    logits.fill(0);
    return 0;
  }
  let highest = -Infinity;
  for (const logit of logits) if (logit > highest) highest = logit;
  let sum = 0;
  for (const logit of logits) sum += fastExp(logit - highest);
  const loss = portableLn(sum) + highest - logits[target]!;
  for (let j = 0; j < logits.length; j++) logits[j] = fastExp(logits[j]! - highest) / sum - (j === target ? 1 : 0);
  return loss;
}
