/**
 * Coordinate refinement around the front: a coarse sample of the space, then the neighbours of every point of the front so far, one position away
 * in each dimension, until all of them are known; then two positions away, four, and so on up to half the longest axis. Whenever a longer step
 * finds a new point of the front, steps of one position are taken again. It ends when no step finds one, or with the budget.
 * Source: pattern search (Hooke and Jeeves, JACM 8 (1961); polling of Torczon, SIAM J. Optimization 7 (1997)) with the front in place of the best
 * point, as Pareto local search does (Paquete, Chiarandini and Stuetzle 2004), here with steps that grow out of a local optimum.
 * Points in one question are independent. When the budget ends within a question, neighbours of points with more room around them come first.
 */
import { archiveOf, type Archive } from './archive.js';
import { freshPoints, initialSample, joined } from './initial-sample.js';
import { neighbours } from './neighbourhood.js';
import { rankingOf } from './ranking.js';
import type { Search, SearchProblem, Strategy } from './search.js';

export const refineFront: Strategy = {
  name: 'refine-front',
  description:
    'a coarse sample, then the neighbours of the front until nothing better is next to it; for smooth spaces and complete fronts',
  source: 'Hooke and Jeeves, JACM 8 (1961); Paquete, Chiarandini and Stuetzle, Metaheuristics for Multiobjective Optimisation (2004)',
  objectives: { least: 1, most: 5 },
  settings: {
    sample: { value: 0.25, least: 0, most: 1, describe: 'share of the evaluations that the coarse sample takes' },
    round: { value: 64, least: 1, most: 1_000_000, whole: true, describe: 'most points asked for before the front is looked at again' },
  },
  search,
};

function* search(problem: SearchProblem): Search {
  const { evaluations, objectives, settings, sizes } = problem;
  const archive = archiveOf(problem);
  const longest = sizes.reduce((most, size) => Math.max(most, size), 1);
  const first = Math.min(evaluations, Math.max(1, Math.round(evaluations * settings['sample']!)));
  let digits = initialSample(problem, archive, first, freshPoints(problem, archive));
  const state: State = { problem, archive, explored: new Set() };
  let front: Int32Array = new Int32Array(0);
  while (digits.length > 0) {
    const told = yield { digits, rung: problem.rungs - 1 };
    const added = archive.add(digits, told);
    front = frontOf(archive, [...front, ...newEntries(added, archive.length)], objectives);
    const left = Math.min(settings['round']!, evaluations - archive.length);
    digits = new Int32Array(0);
    for (let step = 1; left > 0 && digits.length === 0 && step <= Math.max(1, longest / 2); step *= 2) {
      digits = nextNeighbours(state, front, step, left);
    }
  }
}

function newEntries(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, i) => first + i);
}

/** Entries of rank 0, those with the most room first. */
function frontOf(archive: Archive, entries: readonly number[], objectives: number): Int32Array {
  const { order, rank } = rankingOf(archive, entries, objectives);
  const end = rank.findIndex((r) => r > 0);
  return order.slice(0, end < 0 ? order.length : end);
}

interface State {
  readonly problem: SearchProblem;
  readonly archive: Archive;
  /** Entries and steps whose neighbours were all asked for, so that they are not looked at in every round. */
  readonly explored: Set<string>;
}

function nextNeighbours({ problem, archive, explored }: State, front: Int32Array, step: number, most: number): Int32Array {
  const rows: Int32Array[] = [];
  for (const entry of front) {
    const key = `${entry} ${step}`;
    if (explored.has(key)) continue;
    for (const neighbour of neighbours(problem, archive.digits(entry), step)) {
      if (rows.length === most) return joined(rows, problem.sizes.length);
      if (archive.reserve(neighbour)) rows.push(neighbour);
    }
    explored.add(key);
  }
  return joined(rows, problem.sizes.length);
}
