/** The loss of a decoder in float64 with plain loops and Math: what gradients are held against by finite differences. */
import type { DecoderLayer, DecoderModel, FeedForward, Norm, Product } from '../../../src/decoder/decoder-model.js';
import { normalCumulative } from '../../../src/numeric/normal-distribution.js';

type Row = Float64Array;
/** One weight moved by `by`. */
export interface Move {
  readonly product: string;
  readonly index: number;
  readonly by: number;
}

/** Sum of -ln p over all tokens but the first, nats. */
export function float64Loss(model: DecoderModel, tokens: Int32Array, move?: Move): number {
  const { embedding, positions, hidden, head } = model;
  const states = Array.from(tokens, (token, t) =>
    Float64Array.from({ length: hidden }, (_, i) => {
      const place = positions === undefined ? 0 : positions.table.data[(t + positions.offset) * hidden + i]!;
      return Math.fround(embedding.data[token * hidden + i]! + place);
    }),
  );
  for (const layer of model.layers) runLayer(layer, states, move);
  let loss = 0;
  for (let t = 0; t + 1 < tokens.length; t++) {
    const logits = times(normed(states[t]!, model.finalNorm), { name: 'head', weight: head });
    const highest = Math.max(...logits);
    const sum = logits.reduce((total, logit) => total + Math.exp(logit - highest), 0);
    loss += Math.log(sum) + highest - logits[tokens[t + 1]!]!;
  }
  return loss;
}

function runLayer(layer: DecoderLayer, states: Row[], move: Move | undefined): void {
  const mixed = attention(
    layer,
    states.map((state) => normed(state, layer.attentionNorm)),
    move,
  );
  for (const [t, state] of states.entries()) {
    addTo(state, times(mixed[t]!, layer.attention.output.products[0]!, move));
    addTo(state, feedForward(layer.feedForward.experts[0]!, normed(state, layer.feedForwardNorm), move));
  }
}

function addTo(state: Row, more: Row): void {
  for (let i = 0; i < state.length; i++) state[i]! += more[i]!;
}

function normed(x: Row, { kind, gain, bias, epsilon }: Norm): Row {
  const mean = kind === 'rms' ? 0 : x.reduce((sum, value) => sum + value, 0) / x.length;
  const square = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map((value, i) => ((value - mean) / Math.sqrt(square + epsilon)) * gain[i]! + (bias?.[i] ?? 0));
}

function times(x: Row, { name, weight: { rows, cols, data }, bias }: Product, move?: Move): Row {
  return Float64Array.from({ length: rows }, (_, n) => {
    let sum = bias?.[n] ?? 0;
    for (let k = 0; k < cols; k++) sum += data[n * cols + k]! * x[k]!;
    if (move?.product === name && Math.floor(move.index / cols) === n) sum += move.by * x[move.index % cols]!;
    return sum;
  });
}

function rotated(x: Row, t: number, headDim: number, base: number | undefined): Row {
  if (base === undefined) return x;
  const half = headDim / 2;
  return x.map((value, i) => {
    const within = i % headDim;
    const angle = t * base ** (-(within % half) / half);
    const other = within < half ? -x[i + half]! : x[i - half]!;
    return value * Math.cos(angle) + other * Math.sin(angle);
  });
}

function attention({ attention: { heads, kvHeads, headDim, rotary, input } }: DecoderLayer, xs: Row[], move: Move | undefined): Row[] {
  const [q, k, v] = input.products.map((product, which) =>
    xs.map((x, t) => (which === 2 ? times(x, product, move) : rotated(times(x, product, move), t, headDim, rotary?.base))),
  ) as [Row[], Row[], Row[]];
  return xs.map((_, t) => {
    const out = new Float64Array(heads * headDim);
    for (let head = 0; head < heads; head++) {
      const from = Math.floor((head * kvHeads) / heads) * headDim;
      const scores = Array.from({ length: t + 1 }, (_unused, i) => {
        let sum = 0;
        for (let c = 0; c < headDim; c++) sum += q[t]![head * headDim + c]! * k[i]![from + c]!;
        return sum / Math.sqrt(headDim);
      });
      const highest = Math.max(...scores);
      const total = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
      for (const [i, score] of scores.entries()) {
        for (let c = 0; c < headDim; c++) out[head * headDim + c]! += (Math.exp(score - highest) / total) * v[i]![from + c]!;
      }
    }
    return out;
  });
}

function feedForward({ activation, gated, input, output }: FeedForward, x: Row, move: Move | undefined): Row {
  const [first, up] = input.products.map((product) => times(x, product, move));
  const inner = first!.map((value, i) => act(activation, value) * (gated ? up![i]! : 1));
  return times(inner, output.products[0]!, move);
}

function act(activation: FeedForward['activation'], x: number): number {
  if (activation === 'silu') return x / (1 + Math.exp(-x));
  if (activation === 'relu') return Math.max(0, x);
  if (activation === 'gelu') return x * normalCumulative(x);
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}
