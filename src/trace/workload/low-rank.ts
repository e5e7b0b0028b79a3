/**
 * The low-rank path beside quantized weights: y = W x + B (A x), A of rank x k, B of n x rank.
 * Per weight matrix two more rows: m x rank x k (`-low-rank-a`) and m x n x rank (`-low-rank-b`); macs grow by rank (k + n) / (k n).
 * Source: LQER, arXiv 2402.02446. Left out: the addition of both products, which reads one of them again.
 */
import type { LayerTrace } from '../layer-trace.js';
import type { WeightMatrix } from '../model/weight-matrices.js';
import { operandBits } from '../layer-trace.js';
import type { LowRank, ResolvedScheme } from '../scheme-config.js';

/** The rows with those of the low-rank path behind each weight matrix; the same rows for a scheme without one. */
export function withLowRank(layers: readonly LayerTrace[], { weight, activation, lowRank }: ResolvedScheme): LayerTrace[] {
  if (lowRank === undefined) return [...layers];
  const { rank, factor } = lowRank;
  return layers.flatMap((layer) => {
    if (layer.kind !== 'gemm' || layer.weight !== weight) return [layer];
    const { conv, ...plain } = layer;
    const narrowed = conv === undefined ? {} : { conv: { ...conv, outputChannels: rank } };
    const first = { ...plain, ...narrowed, name: `${layer.name}-low-rank-a`, n: rank, weight: factor, output: activation };
    return [layer, first, { ...plain, name: `${layer.name}-low-rank-b`, k: rank, activation, weight: factor }];
  });
}

/** Bytes of the factors of these matrices; rows start on a byte. */
export function lowRankBytes(matrices: readonly WeightMatrix[], lowRank: LowRank | undefined): number {
  if (lowRank === undefined) return 0;
  const row_bytes = (elements: number): number => Math.ceil((elements * operandBits(lowRank.factor)) / 8);
  return matrices.reduce((sum, { n, k, count }) => sum + count * (lowRank.rank * row_bytes(k) + n * row_bytes(lowRank.rank)), 0);
}
