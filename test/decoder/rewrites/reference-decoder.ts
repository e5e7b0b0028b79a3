/** The function of a decoder in float64, written out plainly to stand against rewrites. */
import type { DecoderLayer, DecoderModel, Experts, FeedForward, Norm, ProductGroup } from '../../../src/decoder/decoder-model.js';
import type { Matrix } from '../../../src/numeric/matrix.js';

export type Row = Float64Array;
export interface Watch {
  readonly input?: (group: ProductGroup, row: Row) => void;
  readonly keys?: (layer: number, row: Row) => void;
  readonly layerInput?: (layer: number, rows: readonly Row[]) => void;
}

/** Logits of every token, in float64 throughout. */
export function referenceLogits(model: DecoderModel, tokens: readonly number[], watch: Watch = {}): Row[] {
  let hidden: Row[] = tokens.map((token, t) => {
    const row = Float64Array.from(rowOf(model.embedding, token));
    if (model.positions !== undefined) addTo(row, rowOf(model.positions.table, t + model.positions.offset));
    return row;
  });
  model.layers.forEach((layer, index) => {
    watch.layerInput?.(index, hidden);
    const attended = attention(
      layer,
      hidden.map((row) => normalized(row, layer.attentionNorm)),
      (row) => watch.keys?.(index, row),
      watch,
    );
    hidden = hidden.map((row, t) => addTo(row.slice(), attended[t]!));
    hidden = hidden.map((row) => addTo(row.slice(), experts(layer.feedForward, normalized(row, layer.feedForwardNorm), watch)));
  });
  return hidden.map((row) => times(model.head, normalized(row, model.finalNorm)));
}

function attention({ attention: a }: DecoderLayer, rows: readonly Row[], keysSeen: (row: Row) => void, watch: Watch): Row[] {
  const projected = rows.map((row) => products(a.input, row, watch));
  const turned = projected.map(([q, k, v], t) => ({ q: rotated(q!, t, a), k: rotated(k!, t, a), v: v! }));
  turned.forEach(({ k }) => keysSeen(k));
  const read = turned.map(({ q }, t) => {
    const out = new Float64Array(a.heads * a.headDim);
    for (let head = 0; head < a.heads; head++) {
      const [from, kvFrom] = [head * a.headDim, Math.floor(head / (a.heads / a.kvHeads)) * a.headDim];
      const scores = turned
        .slice(0, t + 1)
        .map(({ k }) => dot(q.subarray(from, from + a.headDim), k.subarray(kvFrom)) / Math.sqrt(a.headDim));
      const weights = softmax(scores);
      weights.forEach((weight, s) => {
        for (let i = 0; i < a.headDim; i++) out[from + i]! += weight * turned[s]!.v[kvFrom + i]!;
      });
    }
    return out;
  });
  return read.map((row) => products(a.output, row, watch)[0]!);
}

function experts({ router, perToken, experts: all }: Experts, row: Row, watch: Watch): Row {
  const scores = router === undefined ? Float64Array.of(0) : times(router, row);
  const chosen = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, perToken);
  const weights = softmax(chosen.map((index) => scores[index]!));
  const total = new Float64Array(row.length);
  chosen.forEach((index, i) => feedForward(all[index]!, row, watch).forEach((value, j) => (total[j]! += weights[i]! * value)));
  return total;
}

function feedForward({ activation, gated, input, output }: FeedForward, row: Row, watch: Watch): Row {
  const [first, second] = products(input, row, watch);
  const inner = first!.map((x, i) => activations[activation](x) * (gated ? second![i]! : 1));
  return products(output, inner, watch)[0]!;
}

const activations = {
  silu: (x: number) => x / (1 + Math.exp(-x)),
  relu: (x: number) => Math.max(0, x),
  'gelu-tanh': (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  gelu: (): number => {
    throw new Error('no small model uses it');
  },
};

function products(group: ProductGroup, row: Row, watch: Watch): Row[] {
  let x: Row = row;
  for (const step of group.steps) {
    if (step.kind === 'permutation') x = Float64Array.from(step.order, (from) => x[from]!);
    else if (step.kind === 'scale') x = x.map((value, j) => value * step.factors[j]!);
    else x = hadamard(x, step.block);
  }
  watch.input?.(group, x);
  return group.products.map(({ weight, bias }) => (bias === undefined ? times(weight, x) : addTo(times(weight, x), bias)));
}

/** By the definition: H[i][j] = (-1)^popcount(i & j) / sqrt(block). */
function hadamard(x: Row, block: number): Row {
  return x.map((_, at) => {
    const base = at - (at % block);
    let sum = 0;
    for (let j = 0; j < block; j++) {
      const odd = ((at - base) & j).toString(2).replaceAll('0', '').length % 2 === 1;
      sum += odd ? -x[base + j]! : x[base + j]!;
    }
    return sum / Math.sqrt(block);
  });
}

function normalized(row: Row, { kind, gain, bias, epsilon }: Norm): Row {
  const mean = kind === 'layer' ? row.reduce((sum, x) => sum + x, 0) / row.length : 0;
  const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / row.length;
  return row.map((x, j) => ((x - mean) / Math.sqrt(variance + epsilon)) * gain[j]! + (bias?.[j] ?? 0));
}

function rotated(row: Row, t: number, { headDim, rotary }: DecoderLayer['attention']): Row {
  if (rotary === undefined) return row;
  const half = headDim / 2;
  return row.map((x, at) => {
    const i = at % headDim;
    const angle = t * rotary.base ** (-(i % half) / half);
    return i < half ? x * Math.cos(angle) - row[at + half]! * Math.sin(angle) : x * Math.cos(angle) + row[at - half]! * Math.sin(angle);
  });
}

function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function times({ rows, cols, data }: Matrix, x: Row): Row {
  return Float64Array.from({ length: rows }, (_, row) => x.reduce((sum, value, j) => sum + value * data[row * cols + j]!, 0));
}

/** Over the length of the first. */
function dot(a: Row, b: Row): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function addTo(row: Row, other: ArrayLike<number>): Row {
  for (let j = 0; j < row.length; j++) row[j]! += other[j]!;
  return row;
}

function rowOf({ cols, data }: Matrix, row: number): Float32Array {
  return data.subarray(row * cols, (row + 1) * cols);
}
