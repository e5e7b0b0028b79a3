/**
 * The low-rank path beside quantized weights: y = W x + B (A x), A of rank x k, B of n x rank.
 * Per weight matrix two more rows: m x rank x k (`-low-rank-a`) and m x n x rank (`-low-rank-b`); macs grow by rank (k + n) / (k n).
 * A rank above the shorter side of a matrix is cut to it, as the quantizers do. Source: LQER, arXiv 2402.02446. Left out: the addition of both products, which reads one of them again.
 */
import type { LayerTrace } from '../layer-trace.js';
import { productNames, type WeightMatrix } from '../model/weight-matrices.js';
import { operandBits } from '../layer-trace.js';
import type { LowRank, ResolvedScheme } from '../scheme-config.js';

/** The rows with those of the low-rank path behind each weight matrix that has one. */
export function withLowRank(layers: readonly LayerTrace[], { lowRanks }: Pick<ResolvedScheme, 'lowRanks'>): LayerTrace[] {
  if (lowRanks.size === 0) return [...layers];
  return layers.flatMap((layer) => {
    const lowRank = layer.kind === 'gemm' ? lowRanks.get(layer.weight) : undefined;
    if (lowRank === undefined) return [layer];
    const { factor } = lowRank;
    const rank = Math.min(lowRank.rank, layer.n, layer.k);
    const { conv, ...plain } = layer;
    const narrowed = conv === undefined ? {} : { conv: { ...conv, outputChannels: rank } };
    const first = { ...plain, ...narrowed, name: `${layer.name}-low-rank-a`, n: rank, weight: factor, output: layer.activation };
    return [layer, first, { ...plain, name: `${layer.name}-low-rank-b`, k: rank, weight: factor }];
  });
}

/** Bytes of the factors of these matrices; rows start on a byte. */
export function lowRankBytes(matrices: readonly WeightMatrix[], scheme: ResolvedScheme): number {
  const row_bytes = (elements: number, { factor }: LowRank): number => Math.ceil((elements * operandBits(factor)) / 8);
  const factors = (rank: number, { n, k }: Pick<WeightMatrix, 'n' | 'k'>, lowRank: LowRank): number =>
    rank * row_bytes(k, lowRank) + n * row_bytes(rank, lowRank);
  const bytes = ({ n, k }: WeightMatrix, lowRank: LowRank | undefined): number =>
    lowRank === undefined ? 0 : factors(Math.min(lowRank.rank, n, k), { n, k }, lowRank);
  if (scheme.lowRanks.size === 0) return 0;
  return matrices.reduce(
    (sum, matrix) => productNames(matrix).reduce((all, name) => all + bytes(matrix, scheme.productAt(name).lowRank), sum),
    0,
  );
}
