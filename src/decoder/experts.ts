/**
 * Feed-forward blocks: down(act(gate x) * up x), or down(act(up x)) without a gate. With several, a router sends every token to the `perToken`
 * blocks of the highest logits (the first of equals), weighted by a softmax over the chosen ones (Mixtral, arXiv:2401.04088, section 2.1).
 * Left out: capacities, shared experts.
 */
import { fastExp } from '../numeric/fast-exp.js';
import type { Rows } from '../numeric/matmul.js';
import { activateGated, activateInPlace } from './activation-function.js';
import type { Experts, FeedForward } from './decoder-model.js';
import { runGroup, type Setting } from './product-group.js';

/** hidden += feed-forward(x). `x` [tokens, hidden] is changed. */
export function addFeedForward(setting: Setting, { router, perToken, experts }: Experts, x: Rows, hidden: Rows): void {
  const [only] = experts;
  if (only === undefined) throw new Error('a layer without a feed-forward block');
  if (router === undefined) {
    const down = runFeedForward(setting, only, x);
    for (let i = 0; i < x.rows * hidden.cols; i++) hidden.data[i]! += down.data[i]!;
    return;
  }
  const logits = setting.work.array('routerLogits', x.rows);
  setting.work.product(x, router, logits);
  const shares = routedShares(logits, perToken);
  for (const [index, expert] of experts.entries()) {
    const tokens = shares.flatMap((share, token) => (share.has(index) ? [token] : []));
    if (tokens.length === 0) continue;
    const gathered = setting.work.array('gathered', tokens.length);
    for (const [r, token] of tokens.entries()) gathered.data.set(rowOf(x, token), r * gathered.cols);
    const down = runFeedForward(setting, expert, gathered);
    for (const [r, token] of tokens.entries()) addScaled(rowOf(hidden, token), rowOf(down, r), shares[token]?.get(index) ?? 0);
  }
}

function runFeedForward(setting: Setting, { activation, gated, input, output }: FeedForward, x: Rows): Rows {
  const { work } = setting;
  const width = input.products[0]?.weight.rows ?? 0;
  const inner = { ...work.array('inner', x.rows), cols: width, stride: width };
  const length = x.rows * width;
  if (gated) {
    const up = { ...work.array('up', x.rows), cols: width, stride: width };
    runGroup(setting, input, x, [inner, up]);
    activateGated(activation, inner.data.subarray(0, length), up.data);
  } else {
    runGroup(setting, input, x, [inner]);
    activateInPlace(activation, inner.data.subarray(0, length));
  }
  const down = work.array('down', x.rows);
  runGroup(setting, output, inner, [down]);
  return down;
}

function rowOf({ data, cols, stride }: Rows, row: number): Float32Array {
  return data.subarray(row * stride, row * stride + cols);
}

function addScaled(target: Float32Array, source: Float32Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += source[i]! * factor;
}

/** The chosen experts of every token with their weights. */
function routedShares(logits: Rows, perToken: number): ReadonlyMap<number, number>[] {
  return Array.from({ length: logits.rows }, (_, token) => {
    const row = rowOf(logits, token);
    const chosen = [...row.keys()].sort((a, b) => row[b]! - row[a]! || a - b).slice(0, perToken);
    const highest = row[chosen[0] ?? 0]!;
    const weights = chosen.map((expert) => fastExp(row[expert]! - highest));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return new Map(chosen.map((expert, i) => [expert, (weights[i] ?? 0) / sum]));
  });
}
