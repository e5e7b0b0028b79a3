/**
 * Feed-forward of a mixture of experts: which experts work, and on how many tokens.
 * Routing is taken as uniform: of E experts, `perToken` per token, t tokens reach
 *   active = round( E * (1 - (1 - perToken/E)^t) ) experts, at least perToken, at most min(E, t * perToken),
 * and their t * perToken assignments are split evenly: with a = assignments, r = a mod active experts get floor(a/active) + 1 tokens, the rest floor.
 * Each active expert is a GEMM with its own weights. A prefill routes every sequence on its own, over the same active experts.
 * Source: expectation of independent uniform draws; routers of published mixtures are trained towards it (Mixtral, arXiv 2401.04088). Left out: measured skew.
 */
import type { LayerTrace } from '../layer-trace.js';
import type { WeightMatrix } from '../model/weight-matrices.js';
import { linearRows, type RowSetting, type TokenRows } from './rows.js';

export interface Mixture {
  readonly experts: number;
  readonly expertsPerToken: number;
}

/** Experts that work on the same number of tokens. */
export interface ExpertGroup {
  readonly experts: number;
  readonly tokens: number;
}

/** Distinct experts that `tokens` tokens are expected to reach, as an integer. */
function activeExperts(mixture: Mixture, tokens: number): number {
  const { experts, expertsPerToken } = mixture;
  const miss = 1 - expertsPerToken / experts;
  let untouched = 1;
  for (let token = 0; token < tokens && untouched > Number.EPSILON; token++) untouched *= miss;
  const expected = Math.round(experts * (1 - untouched));
  return Math.min(Math.max(expected, expertsPerToken), Math.min(experts, tokens * expertsPerToken));
}

/** The even split of all assignments over the active experts, larger share first; the tokens add up to tokens * expertsPerToken. */
export function expertGroups(mixture: Mixture, tokens: number): ExpertGroup[] {
  const active = activeExperts(mixture, tokens);
  const assignments = tokens * mixture.expertsPerToken;
  const share = Math.floor(assignments / active);
  const larger = assignments % active;
  const groups = [
    { experts: larger, tokens: share + 1 },
    { experts: active - larger, tokens: share },
  ];
  return groups.filter((group) => group.experts > 0 && group.tokens > 0);
}

/** Rows of the experts: every matrix once per group of equally loaded experts. */
export function expertRows(
  setting: RowSetting,
  matrices: readonly WeightMatrix[],
  rows: { readonly mixture: Mixture; readonly tokens: TokenRows },
): LayerTrace[] {
  const { mixture, tokens } = rows;
  const groups = expertGroups(mixture, tokens.m);
  return matrices.flatMap((matrix) =>
    groups.flatMap((group) => {
      const name = groups.length === 1 ? matrix.name : `${matrix.name}[${group.tokens} tokens]`;
      const count = (matrix.count / mixture.experts) * group.experts;
      return linearRows(setting, { ...matrix, name, count, experts: group.experts }, { m: group.tokens, gemms: tokens.gemms });
    }),
  );
}
