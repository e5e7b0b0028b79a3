/**
 * What searches for scales try: weights quantized under scales and read back in the old basis, Q(W diag s) diag(1/s), so that the layer can be
 * run on the inputs as they are; and the mean squared difference of what comes out.
 */
import { rowsOf } from '../../numeric/matmul.js';
import type { Matrix } from '../../numeric/matrix.js';
import type { DecoderLayer, Norm, Product, ProductGroup } from '../decoder-model.js';
import type { LayerRun } from '../layer-run.js';
import { normalize } from '../normalization.js';
import type { RewriteContext } from './rewrite.js';
import { mapExperts, type Site } from './sites.js';
import { reciprocals, timesColumns, withWeight } from './weight-change.js';

type QuantizeWeight = RewriteContext['quantizeWeight'];

/** Values of the weight of a product quantized under scales of its columns; without scales as it is. */
export function quantizedUnder({ name, weight }: Product, scales: Float64Array | undefined, quantizeWeight: QuantizeWeight): Matrix {
  if (scales === undefined) return { ...weight, data: quantizeWeight(weight, name) };
  return timesColumns({ ...weight, data: quantizeWeight(timesColumns(weight, scales), name) }, reciprocals(scales));
}

/** A group with all its weights tried. */
export function triedGroup(group: ProductGroup, scales: Float64Array | undefined, quantizeWeight: QuantizeWeight): ProductGroup {
  return {
    ...group,
    products: group.products.map((product) => withWeight(product, () => quantizedUnder(product, scales, quantizeWeight))),
  };
}

/** A layer with the groups of one input changed. */
export function changedAt(layer: DecoderLayer, site: Site, change: (group: ProductGroup) => ProductGroup): DecoderLayer {
  const { attention } = layer;
  switch (site.at) {
    case 'attention-in':
      return { ...layer, attention: { ...attention, input: change(attention.input) } };
    case 'attention-out':
      return { ...layer, attention: { ...attention, output: change(attention.output) } };
    case 'feed-forward-in':
      return mapExperts(layer, (expert) => ({ ...expert, input: change(expert.input) }));
    case 'feed-forward-out':
      return mapExperts(layer, (expert, index) => (index === site.expert ? { ...expert, output: change(expert.output) } : expert));
  }
}

/** The first windows of kept hidden states, one at least and together at most `tokens`. */
export function someWindows({ rows, cols, data }: Matrix, length: number, tokens: number): Float32Array[] {
  const count = Math.min(rows / length, Math.max(1, Math.floor(tokens / length)));
  return Array.from({ length: count }, (_, i) => data.subarray(i * length * cols, (i + 1) * length * cols));
}

/** norm(x) of rows of `width`. */
export function normed(data: Float32Array, norm: Norm, width: number): Matrix {
  const rows = data.length / width;
  const out = new Float32Array(data.length);
  normalize(rowsOf(data, rows, width), norm, rowsOf(out, rows, width));
  return { rows, cols: width, data: out };
}

/** Hidden states behind the attention of a layer. */
export function behindAttention(run: LayerRun, layer: DecoderLayer, hidden: Float32Array, width: number): Float32Array {
  const added = run.attention(layer, normed(hidden, layer.attentionNorm, width));
  return hidden.map((value, i) => value + added[i]!);
}

/** Sum of squared differences of runs. */
export function squaredDifference(runs: readonly Float32Array[], others: readonly Float32Array[]): number {
  let sum = 0;
  for (const [index, run] of runs.entries()) {
    const other = others[index]!;
    for (let i = 0; i < run.length; i++) sum += (run[i]! - other[i]!) ** 2;
  }
  return sum;
}
