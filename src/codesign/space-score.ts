/**
 * SpaceEvo's Q-T score, of a whole space of candidates in place of one: the sum over budgets of the quality of what fits each.
 *   as in the paper [recalled]     score = sum over T of max { quality of a : a in the space, cost of a <= T }
 *   released code                  score = sum over T of 1 / (max(1, (t / p)^a) * mean of the `top` lowest losses among samples of cost <= T)
 * with p the share of the samples that T holds. In SpaceEvo quality is INT8 accuracy of subnets, in the code the sum of their block-wise distillation
 * losses, and cost a predicted latency. A study scores hardware by it: the candidates of one design against those of another at the same budgets.
 * A budget that nothing fits into has no quality; spaces are compared by how many budgets they serve first, then by the score [ours; the code takes a
 * loss of 10^5 there]. Sources: SpaceEvo, ICCV 2023; its released code (microsoft/Moonlit, SpaceEvo, block_kd/search/searcher.py: 100,000 samples, top
 * 50, t = 0.1, a = 0.01). Left out: the evolution of a space, sampling, the 10^-5 that the code adds to p and to the number of the best.
 */

export interface SpaceCandidates {
  /** One per candidate; NaN where unknown. */
  readonly cost: ArrayLike<number>;
  /** Larger is better (minus the error, say). */
  readonly quality: ArrayLike<number>;
}

/** Samples of a space, and a loss in place of a quality. */
export interface SpaceSamples {
  /** One per sample; NaN where unknown. */
  readonly cost: ArrayLike<number>;
  /** Smaller is better; above 0, NaN where unknown. */
  readonly loss: ArrayLike<number>;
}

/** Constants of the released code. */
export interface SampleScoring {
  /** Best samples of a budget whose losses are averaged: 50. */
  readonly top: number;
  /** t: a budget that holds less than this share of the samples counts less: 0.1. */
  readonly share: number;
  /** a: how much less: 0.01. */
  readonly exponent: number;
}

const RELEASED: SampleScoring = Object.freeze({ top: 50, share: 0.1, exponent: 0.01 });

/** How many budgets a space serves, and with what quality. */
export interface SpaceScore {
  /** Sum over the budgets that something fits into. */
  readonly score: number;
  /** How many those are. */
  readonly served: number;
  /** Best quality per budget, in the order of the budgets; NaN where nothing fits. */
  readonly best: Float64Array;
}

/** Score of the candidates of one design at these budgets, in the unit of the qualities. */
export function spaceScore({ cost, quality }: SpaceCandidates, budgets: readonly number[]): SpaceScore {
  const best = Float64Array.from(budgets, (budget) => {
    let most = NaN;
    for (let i = 0; i < cost.length; i++) if (cost[i]! <= budget && !(quality[i]! <= most) && !Number.isNaN(quality[i])) most = quality[i]!;
    return most;
  });
  return summed(best);
}

/** Score of samples of one design at these budgets as the released code has it, in units of one over the loss. Throws RangeError for a loss not above 0. */
export function sampledSpaceScore(
  { cost, loss }: SpaceSamples,
  budgets: readonly number[],
  { top, share, exponent }: SampleScoring = RELEASED,
): SpaceScore {
  const samples = Array.from(loss, (value, i) => ({ loss: value, cost: cost[i]! })).filter((one) => !Number.isNaN(one.loss + one.cost));
  if (samples.some((one) => one.loss <= 0)) throw new RangeError('a loss is not above 0');
  samples.sort((a, b) => a.loss - b.loss);
  const best = Float64Array.from(budgets, (budget) => {
    const fitting = samples.filter((one) => one.cost <= budget);
    const lowest = fitting.slice(0, top);
    if (lowest.length === 0) return NaN;
    const rarity = Math.max(1, ((share * samples.length) / fitting.length) ** exponent);
    return lowest.length / (rarity * lowest.reduce((sum, one) => sum + one.loss, 0));
  });
  return summed(best);
}

function summed(best: Float64Array): SpaceScore {
  const known = best.filter((value) => !Number.isNaN(value));
  return { score: known.reduce((sum, value) => sum + value, 0), served: known.length, best };
}

/** Negative when the first space is the better one. */
export function compareSpaces(a: SpaceScore, b: SpaceScore): number {
  return b.served - a.served || b.score - a.score;
}
