/**
 * Candidates of a model-based search: the points whose value is predicted before one is chosen. Up to 20,000 numbers: every point that was not
 * asked for. In larger spaces 2,000 random points, and everything one or two positions from the best ten.
 */
import type { Archive } from './archive.js';
import { digitsOf, joined, type FreshPoint } from './initial-sample.js';
import { neighbours } from './neighbourhood.js';
import { rankingOf } from './ranking.js';
import type { SearchProblem } from './search.js';

const LISTED_UP_TO = 20_000;
const RANDOM_POINTS = 2000;
const BEST_POINTS = 10;

/** New points row by row; none when the space is exhausted. */
export type Candidates = () => Int32Array;

export function candidatesOf(problem: SearchProblem, archive: Archive, fresh: FreshPoint): Candidates {
  const { sizes } = problem;
  const size = sizes.reduce((product, s) => product * s, 1);
  if (size > LISTED_UP_TO) return () => sampled(problem, archive, fresh);
  const listed = Array.from({ length: size }, (_, number) => digitsOf(number, sizes)).filter((digits) => problem.contains(digits));
  return () =>
    joined(
      listed.filter((digits) => !archive.has(digits)),
      sizes.length,
    );
}

function sampled(problem: SearchProblem, archive: Archive, fresh: FreshPoint): Int32Array {
  const { sizes, random, objectives } = problem;
  const entries = Array.from({ length: archive.length }, (_, entry) => entry);
  const best = rankingOf(archive, entries, objectives).order.subarray(0, BEST_POINTS);
  const rows = [...best].flatMap((entry) => [1, 2].flatMap((step) => neighbours(problem, archive.digits(entry), step)));
  for (let i = 0; i < RANDOM_POINTS; i++) {
    const digits = Int32Array.from(sizes, (s) => random.integer(s));
    problem.settle(digits);
    if (problem.contains(digits)) rows.push(digits);
  }
  const added = rows.filter((digits) => !archive.has(digits));
  if (added.length > 0) return joined(added, sizes.length);
  const last = fresh();
  return last ?? new Int32Array(0);
}
