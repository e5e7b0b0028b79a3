/**
 * Successive halving over the fidelity ladder: many points at the cheapest rung, the best 1/eta of them at the next, and so on to the last, which
 * is what counts.
 * Source: Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", AISTATS 2016, with the rungs of the
 * sweep file as resource. With R rungs the first one takes n points such that n + floor(n / eta) + ... + floor(n / eta^(R-1)) is within the budget.
 * Several objectives: survivors by constrained non-dominated rank, then crowding (ranking.ts), as NSGA-II picks parents. The first points are a
 * Latin hypercube sample; in a space with fewer points they are all of them.
 * Left out: brackets with other numbers of first points (Hyperband).
 */
import { archiveOf } from './archive.js';
import { freshPoints, initialSample, joined } from './initial-sample.js';
import { rankingOf } from './ranking.js';
import type { Search, SearchProblem, Strategy } from './search.js';

export const successiveHalving: Strategy = {
  name: 'successive-halving',
  description: 'many points on a cheap model, the best of them on a better one; for sweeps with rungs',
  source: 'Jamieson and Talwalkar, AISTATS 2016',
  objectives: { least: 1, most: 5 },
  settings: {
    eta: { value: 3, least: 2, most: 1000, describe: 'of eta points one goes to the next rung' },
  },
  search,
};

function* search(problem: SearchProblem): Search {
  const { sizes, rungs, evaluations, objectives } = problem;
  const eta = problem.settings['eta']!;
  const sampled = archiveOf(problem);
  let digits = initialSample(problem, sampled, firstRung(evaluations, rungs, eta), freshPoints(problem, sampled));
  for (let rung = 0; rung < rungs && digits.length > 0; rung++) {
    const told = yield { digits, rung };
    const archive = archiveOf(problem);
    archive.add(digits, told);
    const entries = Array.from({ length: archive.length }, (_, entry) => entry);
    const survivors = rankingOf(archive, entries, objectives).order.subarray(0, Math.floor(archive.length / eta));
    // In the order they were asked: rows of a rung do not depend on how close its objectives came.
    digits = joined(Array.from(survivors.toSorted(), archive.digits), sizes.length);
  }
}

/** Points of the first rung: as many as the budget allows, and at least one of them reaches the last one where it can. @internal */
export function firstRung(evaluations: number, rungs: number, eta: number): number {
  const cost = (count: number): number => {
    let sum = 0;
    let rest = count;
    for (let rung = 0; rung < rungs; rung++, rest = Math.floor(rest / eta)) sum += rest;
    return sum;
  };
  let [fits, fails] = [0, evaluations + 1];
  while (fails - fits > 1) {
    const middle = Math.floor((fits + fails) / 2);
    if (cost(middle) <= evaluations) fits = middle;
    else fails = middle;
  }
  return fits;
}
