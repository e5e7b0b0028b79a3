/**
 * SpaceEvo's Q-T score, of a whole space of candidates in place of one: the sum over budgets of the best quality that fits each,
 *   score = sum over T of max { quality of a : a in the space, cost of a <= T }.
 * A study scores hardware by it: the candidates of one design against those of another at the same budgets. A budget that nothing fits into has no
 * quality; spaces are compared by how many budgets they serve first, then by the score. Source: SpaceEvo, ICCV 2023, as recalled
 * (there the quality is the INT8 accuracy of sampled subnets and the cost a predicted latency). Left out: the
 * evolution of a space, and averages over several top candidates.
 */

export interface SpaceCandidates {
  /** One per candidate; NaN where unknown. */
  readonly cost: ArrayLike<number>;
  /** Larger is better (minus the error, say). */
  readonly quality: ArrayLike<number>;
}

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
  const known = best.filter((value) => !Number.isNaN(value));
  return { score: known.reduce((sum, value) => sum + value, 0), served: known.length, best };
}

/** Negative when the first space is the better one. */
export function compareSpaces(a: SpaceScore, b: SpaceScore): number {
  return b.served - a.served || b.score - a.score;
}
