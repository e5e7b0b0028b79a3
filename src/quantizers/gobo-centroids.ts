/**
 * GOBO's centroids: 2^b values that stand for the weights of a tensor, by a k-means variant in one dimension.
 * Start: the sorted weights in 2^b bins of equal population, each bin's mean a centroid. Step: every weight goes to the nearest centroid,
 * every centroid becomes the mean of its weights. Stop: when the L1 norm, sum |w - centroid|, no longer falls; the best table is kept.
 * Bins are runs of the sorted weights, so a step costs a few binary searches and differences of prefix sums. Sums are float64 in sorted
 * order, centroids float32. Source: GOBO, MICRO 2020 (means and the stop on L1 recalled, docs/quantizers/gobo.md).
 * Left out: bins that lose all their weights are not filled again; their entries repeat the largest centroid and no code names them.
 */

/** Entries of a table, rising; repeated at the end where there are fewer than 2^b different ones. */
export type CentroidTable = Float32Array;

interface SortedWeights {
  readonly sorted: Float32Array;
  /** prefix[i] = sum of the first i sorted weights. */
  readonly prefix: Float64Array;
}

/** Table of 2^bits centroids of the weights; zeros where there are none. Sorts `weights` in place. */
export function goboCentroids(weights: Float32Array, bits: number): CentroidTable {
  const entries = 2 ** bits;
  if (weights.length === 0) return new Float32Array(entries);
  const data = sortedWeights(weights);
  let best = distinct(equalBinMeans(data, entries));
  let lowest = l1Norm(data, best);
  for (;;) {
    const next = distinct(meansOfNearest(data, best));
    const norm = l1Norm(data, next);
    if (norm >= lowest) break;
    best = next;
    lowest = norm;
  }
  return Float32Array.from({ length: entries }, (_, i) => best[Math.min(i, best.length - 1)]!);
}

/** Between code and code + 1: the upper bound of the values that take code. Infinite where a repeated entry follows. */
export function cutPoints(table: CentroidTable): Float64Array {
  return Float64Array.from({ length: table.length - 1 }, (_, code) =>
    table[code + 1]! > table[code]! ? (table[code]! + table[code + 1]!) / 2 : Infinity,
  );
}

function sortedWeights(weights: Float32Array): SortedWeights {
  const sorted = weights.sort();
  const prefix = new Float64Array(sorted.length + 1);
  for (let i = 0; i < sorted.length; i++) prefix[i + 1] = prefix[i]! + sorted[i]!;
  return { sorted, prefix };
}

function equalBinMeans({ sorted, prefix }: SortedWeights, entries: number): number[] {
  const bounds = Array.from({ length: entries + 1 }, (_, i) => Math.floor((i * sorted.length) / entries));
  return meansBetween(prefix, bounds);
}

function meansOfNearest(data: SortedWeights, table: CentroidTable): number[] {
  return meansBetween(data.prefix, binBounds(data.sorted, table));
}

function meansBetween(prefix: Float64Array, bounds: readonly number[]): number[] {
  return bounds.slice(1).flatMap((end, i) => {
    const start = bounds[i]!;
    return end > start ? [(prefix[end]! - prefix[start]!) / (end - start)] : [];
  });
}

/** Bin i holds sorted[bounds[i]] .. sorted[bounds[i + 1] - 1]. */
function binBounds(sorted: Float32Array, table: CentroidTable): number[] {
  return [0, ...Array.from(cutPoints(table), (cut) => countBelow(sorted, (value) => value <= cut)), sorted.length];
}

/** Sum of |w - nearest entry|. */
function l1Norm({ sorted, prefix }: SortedWeights, table: CentroidTable): number {
  const bounds = binBounds(sorted, table);
  let norm = 0;
  table.forEach((centroid, i) => {
    const [start, end] = [bounds[i]!, bounds[i + 1]!];
    const middle = Math.min(
      end,
      Math.max(
        start,
        countBelow(sorted, (value) => value < centroid),
      ),
    );
    norm += centroid * (middle - start) - (prefix[middle]! - prefix[start]!) + (prefix[end]! - prefix[middle]!) - centroid * (end - middle);
  });
  return norm;
}

/** How many of the sorted values lie below: `below` holds for a first run of them and for no other. */
function countBelow(sorted: Float32Array, below: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (below(sorted[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As float32, rising, each once. */
function distinct(means: readonly number[]): CentroidTable {
  // + 0 turns the -0 of an underflow into 0.
  return Float32Array.from(new Set(means.map((mean) => Math.fround(mean) + 0).sort((a, b) => a - b)));
}
