/**
 * KL(weights || values read back) of two histograms over the range of the weights, in nats:
 *   sum over bins of p ln(p / q),   p, q = (count + 1/2) / (total + bins / 2)
 * Values outside the range count in the last bin of their side. Source: AdaPT, arXiv 2107.13490, as recalled; the bins (as many as the square root
 * of the weights, 16 to 256) and the half count are this project's choice. A coarse grid leaves bins empty, so that divergence falls with bits.
 */

const FEWEST_BINS = 16;
const MOST_BINS = 256;
/** Added to every count, so that no bin is impossible. */
const PRIOR = 0.5;

/** 0 for the weights themselves; never below. */
export function weightDivergence(weights: Float32Array, values: Float32Array): number {
  let [least, most] = [Infinity, -Infinity];
  for (const weight of weights) {
    if (weight < least) least = weight;
    if (weight > most) most = weight;
  }
  const bins = Math.min(MOST_BINS, Math.max(FEWEST_BINS, Math.floor(Math.sqrt(weights.length))));
  const count = (data: Float32Array): Float64Array => {
    const counts = new Float64Array(bins);
    const scale = most > least ? bins / (most - least) : 0;
    for (const value of data) counts[Math.min(bins - 1, Math.max(0, Math.floor((value - least) * scale)))]!++;
    return counts;
  };
  const [p, q] = [count(weights), count(values)];
  const total = weights.length + PRIOR * bins;
  return p.reduce((sum, here, bin) => sum + ((here + PRIOR) / total) * Math.log((here + PRIOR) / (q[bin]! + PRIOR)), 0);
}
