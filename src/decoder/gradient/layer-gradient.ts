/**
 * The reverse of a layer x1 = x0 + attention(norm x0), x2 = x1 + feed-forward(norm x1): computed forward again from x0, then back.
 *   dL/dx1 = dL/dx2 + norm'(feed-forward'(dL/dx2)),   dL/dx0 = dL/dx1 + norm'(attention'(dL/dx1))
 *   feed-forward, inner = act(g) u:   dL/dg = dL/d inner u act'(g),   dL/du = dL/d inner act(g);   without a gate inner = act(u)
 * Source: derivatives of the formulas in decoder-pass.ts and experts.ts.
 */
import type { Rows } from '../../numeric/matmul.js';
import { attend } from '../attention.js';
import type { DecoderLayer, FeedForward } from '../decoder-model.js';
import { applySteps } from '../input-steps.js';
import { normalize } from '../normalization.js';
import { runGroup } from '../product-group.js';
import { activationSlope } from './activation-slope.js';
import { attentionGradient } from './attention-gradient.js';
import type { GradientSpace } from './gradient-space.js';
import { groupGradient, type Visit } from './group-gradient.js';
import { addNormGradient } from './norm-gradient.js';

export interface LayerCall {
  /** Before the layer, [tokens, hidden]. */
  readonly state: Float32Array;
  /** dL/dx2, replaced by dL/dx0. */
  readonly gradient: Rows;
  readonly visit: Visit;
}

/** Turns the gradient behind a layer into the one before it. */
export function layerGradient(space: GradientSpace, layer: DecoderLayer, { state, gradient, visit }: LayerCall): void {
  const count = gradient.rows;
  const [hidden, normed, middle] = [space.array('hidden', count), space.array('normed', count), space.array('middle', count)];
  hidden.data.set(state);
  normalize(hidden, layer.attentionNorm, normed);
  const out = space.array('down', count);
  const rotary = space.rotaryOf(layer);
  const cache = { keys: space.array('keys', count), values: space.array('values', count) };
  const call = { attention: layer.attention, index: 0, past: 0, cache, ...(rotary === undefined ? {} : { rotary }) };
  attend({ work: space, plan: {} }, call, normed, out);
  for (let i = 0; i < count * hidden.cols; i++) middle.data[i] = hidden.data[i]! + out.data[i]!;
  const along = space.array('along', count);
  feedForwardGradient(space, layer, { middle, gradient, along, visit });
  addNormGradient(middle, layer.feedForwardNorm, along, gradient);
  attentionGradient(space, layer, { normed, gradient, along, visit });
  addNormGradient(hidden, layer.attentionNorm, along, gradient);
}

interface FeedForwardCall {
  /** x1. */
  readonly middle: Rows;
  readonly gradient: Rows;
  /** Filled with the gradient along the normed input. */
  readonly along: Rows;
  readonly visit: Visit;
}

function feedForwardGradient(space: GradientSpace, layer: DecoderLayer, { middle, gradient, along, visit }: FeedForwardCall): void {
  const [block] = layer.feedForward.experts as readonly [FeedForward];
  const count = middle.rows;
  const feedIn = space.array('feedIn', count);
  normalize(middle, layer.feedForwardNorm, feedIn);
  const width = block.input.products[0]?.weight.rows ?? 0;
  const array = (name: string): Rows => ({ ...space.array(name, count), cols: width, stride: width });
  const [gate, up, inner, innerGradient] = [array('gate'), array('up'), array('inner'), array('innerGradient')];
  const outputs = block.gated ? [gate, up] : [gate];
  runGroup({ work: space, plan: {} }, block.input, feedIn, outputs);
  const slope = activationSlope(block.activation);
  for (let i = 0; i < count * width; i++) inner.data[i] = slope(gate.data[i]!)[0] * (block.gated ? up.data[i]! : 1);
  applySteps(inner, block.output.steps);
  groupGradient(space, block.output, { input: inner, outputs: [gradient], along: innerGradient, visit });
  for (let i = 0; i < count * width; i++) {
    const [value, rise] = slope(gate.data[i]!);
    const back = innerGradient.data[i]!;
    gate.data[i] = back * rise * (block.gated ? up.data[i]! : 1);
    if (block.gated) up.data[i] = back * value;
  }
  groupGradient(space, block.input, { input: feedIn, outputs, along, visit });
}
