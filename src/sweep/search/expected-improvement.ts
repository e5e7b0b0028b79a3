/**
 * Efficient global optimization: each next point is the one that a Gaussian process of the points so far expects to improve most on the best.
 * Source: Jones, Schonlau and Welch, Journal of Global Optimization 13 (1998): EI = (best - m) P(z) + s p(z), z = (best - m) / s.
 * The objective enters by its logarithm where all values are positive. Constraints: EI times the probability of being feasible, of a second
 * process over +1 (feasible) and -1 (Gardner et al., ICML 2014, with regression in place of their model of the constraint value); points whose
 * objective is unknown count as infeasible. Several points at a time: each but the first as if the ones before it had come out as predicted
 * (kriging believer, Ginsbourger et al. 2010).
 * All points of the space are candidates up to 20,000 of them; else a random sample and everything one or two positions from the best few.
 * Lengths are searched anew after each answer up to 32 points, then whenever a tenth has been added. Left out: several objectives (nsga2).
 */
import { portableLn } from '../../numeric/logarithm.js';
import { normalCumulative, normalDensity } from '../../numeric/normal-distribution.js';
import { archiveOf, type Archive } from './archive.js';
import { candidatesOf, type Candidates } from './candidates.js';
import { correlationsOf, fitGaussianProcess, gaussianProcess, initialHyperparameters, type GaussianProcess } from './gaussian-process.js';
import { freshPoints, initialSample, joined } from './initial-sample.js';
import type { Search, SearchProblem, Strategy } from './search.js';

const FITTED_EACH_TIME_UP_TO = 32;
const GROWTH_BETWEEN_FITS = 1.1;
/** Deviations from which on the normal distribution function is 0 or 1. */
const CERTAIN = 40;

export const expectedImprovement: Strategy = {
  name: 'expected-improvement',
  description: 'Bayesian optimization of one objective by a Gaussian process; for few and expensive simulations (some hundred at most)',
  source: 'Jones, Schonlau and Welch, Journal of Global Optimization 13 (1998)',
  objectives: { least: 1, most: 1 },
  settings: {
    initial: { value: 12, least: 1, most: 1000, whole: true, describe: 'points of the first Latin hypercube sample' },
    batch: { value: 1, least: 1, most: 64, whole: true, describe: 'points simulated side by side' },
  },
  search,
};

function* search(problem: SearchProblem): Search {
  const { evaluations, settings } = problem;
  const archive = archiveOf(problem);
  const fresh = freshPoints(problem, archive);
  const state: State = {
    problem,
    archive,
    candidates: candidatesOf(problem, archive, fresh),
    objective: processOf(problem.sizes),
    feasibility: processOf(problem.sizes),
  };
  let digits = initialSample(problem, archive, Math.min(settings['initial']!, evaluations), fresh);
  while (digits.length > 0) {
    const told = yield { digits, rung: problem.rungs - 1 };
    archive.add(digits, told);
    digits = joined(nextPoints(state, Math.min(settings['batch']!, evaluations - archive.length)), problem.sizes.length);
  }
}

interface State {
  readonly problem: SearchProblem;
  readonly archive: Archive;
  readonly candidates: Candidates;
  readonly objective: Process;
  readonly feasibility: Process;
}

/** Points with a value each. */
interface Samples {
  readonly rows: Int32Array[];
  readonly values: number[];
}

/** The next `count` points, reserved; fewer when the space is exhausted. */
function nextPoints({ problem, archive, candidates, objective, feasibility }: State, count: number): Int32Array[] {
  const dimensions = problem.sizes.length;
  const known = objectiveSamples(archive);
  const judged = feasibilitySamples(archive);
  const found: Int32Array[] = [];
  while (found.length < count) {
    const digits = candidates();
    if (digits.length === 0) break;
    const value = known.values.length === 0 ? null : objective(known);
    const chance = judged.values.every((side) => side > 0) ? null : feasibility(judged);
    const at = mostPromising(digits, value, chance, bestFeasible(archive));
    const row = digits.slice(at * dimensions, (at + 1) * dimensions);
    archive.reserve(row);
    found.push(row);
    if (value !== null) believe(known, row, value);
    if (chance !== null) believe(judged, row, chance);
  }
  return found;
}

/** Adds a point as if it had come out as predicted. */
function believe(samples: Samples, row: Int32Array, process: GaussianProcess): void {
  samples.rows.push(row);
  samples.values.push(process.predict(row).mean[0]!);
}

type Process = (samples: Samples) => GaussianProcess;

/** A process that keeps its hyperparameters from one call to the next and searches them anew when enough has been added. */
function processOf(sizes: readonly number[]): Process {
  const correlations = correlationsOf(sizes);
  let hyperparameters = initialHyperparameters(sizes.length);
  let fitted = 0;
  return ({ rows, values }) => {
    const observations = { correlations, digits: joined(rows, sizes.length), values: Float64Array.from(values) };
    if (values.length > FITTED_EACH_TIME_UP_TO && values.length < fitted * GROWTH_BETWEEN_FITS) {
      return gaussianProcess(observations, hyperparameters);
    }
    const fit = fitGaussianProcess(observations, hyperparameters);
    hyperparameters = fit.hyperparameters;
    fitted = values.length;
    return fit;
  };
}

/** Values of the points whose objective is known, by their logarithm where all are positive. */
function objectiveSamples(archive: Archive): Samples {
  const entries = entriesOf(archive).filter((entry) => !Number.isNaN(archive.objective(entry, 0)));
  const scale = scaleOf(archive);
  return { rows: entries.map(archive.digits), values: entries.map((entry) => scale(archive.objective(entry, 0))) };
}

function feasibilitySamples(archive: Archive): Samples {
  const entries = entriesOf(archive);
  return { rows: entries.map(archive.digits), values: entries.map((entry) => (archive.violations(entry) === 0 ? 1 : -1)) };
}

/** The least objective of the feasible points, on the scale of the process; null when none is feasible. */
function bestFeasible(archive: Archive): number | null {
  const feasible = entriesOf(archive).filter((entry) => archive.violations(entry) === 0);
  const scale = scaleOf(archive);
  return feasible.length === 0 ? null : feasible.reduce((least, entry) => Math.min(least, scale(archive.objective(entry, 0))), Infinity);
}

function scaleOf(archive: Archive): (value: number) => number {
  const positive = entriesOf(archive).every((entry) => !(archive.objective(entry, 0) <= 0));
  return positive ? portableLn : (value) => value;
}

function entriesOf(archive: Archive): number[] {
  return Array.from({ length: archive.length }, (_, entry) => entry);
}

/** Row of the candidate with the largest expected improvement (the first of several), or of the least known one where none is expected to improve. */
function mostPromising(digits: Int32Array, value: GaussianProcess | null, chance: GaussianProcess | null, best: number | null): number {
  const feasibility = chance?.predict(digits);
  const objective = value?.predict(digits);
  const count = (feasibility ?? objective)?.mean.length ?? 1;
  const score = (i: number): number => {
    const feasible = feasibility === undefined ? 1 : normalCumulative(over(feasibility.mean[i]!, feasibility.deviation[i]!));
    if (objective === undefined || best === null) return feasible;
    return feasible * improvement(best - objective.mean[i]!, objective.deviation[i]!);
  };
  const at = firstLargest(count, score);
  if (score(at) > 0) return at;
  return firstLargest(count, (i) => (objective ?? feasibility)?.deviation[i] ?? 0);
}

/** Expected improvement of a normal variable whose mean lies `gain` below the best. */
function improvement(gain: number, deviation: number): number {
  if (deviation === 0) return Math.max(0, gain);
  const z = gain / deviation;
  return Math.max(0, gain * normalCumulative(z) + deviation * normalDensity(z));
}

/** A mean in deviations of its own; where nothing is left to chance, farther out than any probability tells apart. */
function over(mean: number, deviation: number): number {
  return deviation === 0 ? Math.sign(mean) * CERTAIN : mean / deviation;
}

function firstLargest(count: number, score: (i: number) => number): number {
  let largest = 0;
  let most = score(0);
  for (let i = 1; i < count; i++) {
    const value = score(i);
    if (value <= most) continue;
    most = value;
    largest = i;
  }
  return largest;
}
