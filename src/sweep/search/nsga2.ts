/**
 * NSGA-II: an elitist genetic search for the front of one to five objectives under constraints.
 * Source: Deb, Pratap, Agarwal and Meyarivan, "A fast and elitist multiobjective genetic algorithm: NSGA-II", IEEE TEC 6 (2002): fast non-dominated
 * sort, crowding, binary tournament by both, the best half of parents and children as the next parents, constrained domination (ranking.ts).
 * Different from the paper, because digits are integers and a simulation costs more than bookkeeping:
 *   - crossover and mutation on ordered integer axes (variation.ts) take the place of SBX and polynomial mutation;
 *   - the first population is a Latin hypercube sample plus the first and the last corner of the space;
 *   - no point is simulated twice: a child that exists already is mutated on until it is new, in the end replaced by a random point;
 *   - a share of the children (`neighbours`) are new points one position away from a parent, which finishes fronts of discrete spaces.
 * It ends with the budget or when the space is exhausted.
 */
import type { Random } from '../../numeric/random.js';
import { archiveOf, type Archive } from './archive.js';
import { freshPoints, initialSample, joined, type FreshPoint } from './initial-sample.js';
import { neighbours } from './neighbourhood.js';
import { rankingOf } from './ranking.js';
import type { Search, SearchProblem, Strategy } from './search.js';
import { crossed, mutate } from './variation.js';

/** Mutations of a child that exists already before a random point replaces it. */
const ATTEMPTS = 20;
/** Parents looked at for one with a new neighbour. */
const PARENTS_TRIED = 4;

export const nsga2: Strategy = {
  name: 'nsga2',
  description: 'NSGA-II, a genetic search for fronts; for spaces too large to simulate whole',
  source: 'Deb, Pratap, Agarwal and Meyarivan, IEEE Transactions on Evolutionary Computation 6 (2002)',
  objectives: { least: 1, most: 5 },
  settings: {
    population: {
      value: 24,
      least: 4,
      most: 10_000,
      whole: true,
      describe: 'parents, and children of a generation; more for three objectives and up',
    },
    crossover: { value: 0.9, least: 0, most: 1, describe: 'share of children with two parents' },
    mutations: { value: 1, least: 0, most: 100, describe: 'digits of a child that mutate, on average' },
    neighbours: { value: 0.25, least: 0, most: 1, describe: 'share of children that are one position away from a parent' },
  },
  search,
};

interface Breeding {
  readonly problem: SearchProblem;
  readonly archive: Archive;
  /** Entries of the archive, best first, so that of two the one nearer the start wins a tournament. */
  readonly parents: Int32Array;
  readonly fresh: FreshPoint;
}

function* search(problem: SearchProblem): Search {
  const { evaluations, objectives, settings } = problem;
  const rung = problem.rungs - 1;
  const population = Math.min(settings['population']!, evaluations);
  const archive = archiveOf(problem);
  const fresh = freshPoints(problem, archive);
  let digits = firstPopulation(problem, archive, population, fresh);
  let parents: Int32Array = new Int32Array(0);
  while (digits.length > 0) {
    const told = yield { digits, rung };
    const first = archive.add(digits, told);
    const children = Int32Array.from({ length: archive.length - first }, (_, i) => first + i);
    parents = rankingOf(archive, [...parents, ...children], objectives).order.slice(0, population);
    digits = nextChildren({ problem, archive, parents, fresh }, Math.min(population, evaluations - archive.length));
  }
}

function firstPopulation(problem: SearchProblem, archive: Archive, population: number, fresh: FreshPoint): Int32Array {
  const rows: Int32Array[] = [];
  for (const share of [0, 1]) {
    const corner = Int32Array.from(problem.sizes, (size) => share * (size - 1));
    problem.settle(corner);
    if (rows.length < population && problem.contains(corner) && archive.reserve(corner)) rows.push(corner);
  }
  const rest = initialSample(problem, archive, population - rows.length, fresh);
  return Int32Array.from([...joined(rows, problem.sizes.length), ...rest]);
}

function nextChildren(breeding: Breeding, count: number): Int32Array {
  const rows: Int32Array[] = [];
  while (rows.length < count) {
    const child = newNeighbour(breeding) ?? newChild(breeding) ?? breeding.fresh();
    if (child === null) break;
    rows.push(child);
  }
  return joined(rows, breeding.problem.sizes.length);
}

function newNeighbour({ problem, archive, parents }: Breeding): Int32Array | null {
  const { random, settings } = problem;
  if (random.uniform() >= settings['neighbours']!) return null;
  for (let tried = 0; tried < PARENTS_TRIED; tried++) {
    const near = neighbours(problem, archive.digits(tournament(parents, random)), 1).filter((point) => !archive.has(point));
    const chosen = near[random.integer(near.length)];
    if (chosen !== undefined && archive.reserve(chosen)) return chosen;
  }
  return null;
}

function newChild({ problem, archive, parents }: Breeding): Int32Array | null {
  const { random, settings, sizes } = problem;
  let child = archive.digits(tournament(parents, random));
  if (random.uniform() < settings['crossover']!) child = crossed(child, archive.digits(tournament(parents, random)), random);
  const chance = settings['mutations']! / sizes.length;
  for (let d = 0; d < sizes.length; d++) if (random.uniform() < chance) mutate(child, d, sizes[d]!, random);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    problem.settle(child);
    if (problem.contains(child) && archive.reserve(child)) return child;
    const d = random.integer(sizes.length);
    mutate(child, d, sizes[d]!, random);
  }
  return null;
}

function tournament(parents: Int32Array, random: Random): number {
  return parents[Math.min(random.integer(parents.length), random.integer(parents.length))]!;
}
