/**
 * CMA-ES: minimum of a function on the unit box without derivatives, by a normal distribution that learns its mean, scale and covariance from the better half of its samples.
 * Source: Hansen, The CMA Evolution Strategy: A Tutorial (arXiv 1604.00772), table 1 and its default constants; the covariance is factored by
 * Cholesky instead of eigenvectors (Krause, Arbones and Igel, NeurIPS 2016: the step-size path is measured in another rotation, its length is the same).
 * Samples that leave the box are moved to its face and learnt from as they were evaluated.
 * Logarithm, exponential and random numbers are this folder's own: equal functions give equal minima, bit for bit, on every machine.
 * Left out: negative weights, restarts with larger populations (the caller starts anew).
 */
import { choleskyInPlace, solveLower } from './cholesky.js';
import { portableExp, portableLn } from './logarithm.js';
import type { Random } from './random.js';

export interface MinimumOptions {
  readonly random: Random;
  /** Standard deviation of the first samples, in sides of the box. */
  readonly sigma: number;
  /** Evaluations after which it stops; the generation under way is finished. */
  readonly evaluations: number;
  /** Covariance to start from, of an earlier search (n x n, row-major); absent: equal along every axis. */
  readonly covariance?: Float64Array;
  /** Stops when the distribution is narrower than this along every axis; default 1e-4. */
  readonly narrow?: number;
}

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly evaluations: number;
  /** Where the distribution ended: its step size and covariance. */
  readonly sigma: number;
  readonly covariance: Float64Array;
}

interface Constants {
  readonly samples: number;
  readonly weights: Float64Array;
  readonly effective: number;
  readonly meanLength: number;
  readonly sigmaRate: number;
  readonly damping: number;
  readonly pathRate: number;
  readonly rankOne: number;
  readonly rankMany: number;
}

/** Default constants of the tutorial for n dimensions. */
function constantsFor(n: number): Constants {
  const samples = 4 + Math.floor(3 * portableLn(n));
  const parents = Math.floor(samples / 2);
  const raw = Float64Array.from({ length: parents }, (_, i) => portableLn((samples + 1) / 2) - portableLn(i + 1));
  const sum = raw.reduce((total, weight) => total + weight, 0);
  const weights = raw.map((weight) => weight / sum);
  const effective = 1 / weights.reduce((total, weight) => total + weight * weight, 0);
  const sigmaRate = (effective + 2) / (n + effective + 5);
  const rankOne = 2 / ((n + 1.3) ** 2 + effective);
  return {
    samples,
    weights,
    effective,
    meanLength: Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n)),
    sigmaRate,
    damping: 1 + 2 * Math.max(0, Math.sqrt((effective - 1) / (n + 1)) - 1) + sigmaRate,
    pathRate: (4 + effective / n) / (n + 4 + (2 * effective) / n),
    rankOne,
    rankMany: Math.min(1 - rankOne, (2 * (effective - 2 + 1 / effective)) / ((n + 2) ** 2 + effective)),
  };
}

interface State {
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
  /** Cholesky factor of the covariance. */
  readonly factor: Float64Array;
  readonly sigmaPath: Float64Array;
  readonly path: Float64Array;
  sigma: number;
  generation: number;
}

/** Smallest value found from `start`, a point of the unit box. A value that is not finite counts as the worst. */
export function minimumInBox(objective: (x: Float64Array) => number, start: Float64Array, options: MinimumOptions): Minimum {
  const n = start.length;
  const constants = constantsFor(n);
  const state = firstState(start, options);
  const best = { x: start.slice(), value: finite(objective(start)) };
  let evaluations = 1;
  while (evaluations < options.evaluations && !isNarrow(state, options.narrow ?? 1e-4)) {
    const points = Array.from({ length: constants.samples }, () => samplePoint(state, options.random));
    const ranked = points.map((x) => ({ x, value: finite(objective(x)) })).sort((a, b) => a.value - b.value);
    evaluations += ranked.length;
    const [first] = ranked;
    if (first !== undefined && first.value < best.value) {
      best.x.set(first.x);
      best.value = first.value;
    }
    learn(
      state,
      constants,
      ranked.map(({ x }) => x),
    );
  }
  return { ...best, evaluations, sigma: state.sigma, covariance: state.covariance };
}

const finite = (value: number): number => (Number.isFinite(value) ? value : Number.MAX_VALUE);

function firstState(start: Float64Array, { sigma, covariance }: MinimumOptions): State {
  const n = start.length;
  const identity = new Float64Array(n * n);
  for (let i = 0; i < n; i++) identity[i * n + i] = 1;
  const state = {
    mean: start.slice(),
    covariance: (covariance ?? identity).slice(),
    factor: (covariance ?? identity).slice(),
    sigmaPath: new Float64Array(n),
    path: new Float64Array(n),
    sigma,
    generation: 0,
  };
  if (!choleskyInPlace(state.factor, n)) restoreFactor(state);
  return state;
}

function isNarrow({ sigma, covariance, mean }: State, narrow: number): boolean {
  const n = mean.length;
  for (let i = 0; i < n; i++) if (sigma * Math.sqrt(covariance[i * n + i]!) >= narrow) return false;
  return true;
}

/** mean + sigma L z, moved into the box. */
function samplePoint({ mean, factor, sigma }: State, random: Random): Float64Array {
  const n = mean.length;
  const z = Float64Array.from({ length: n }, () => random.normal());
  return mean.map((center, i) => {
    let step = 0;
    for (let j = 0; j <= i; j++) step += factor[i * n + j]! * z[j]!;
    return Math.min(1, Math.max(0, center + sigma * step));
  });
}

/** Moves mean, paths, covariance and step size towards the better half of the ranked points. */
function learn(state: State, constants: Constants, ranked: readonly Float64Array[]): void {
  const { mean, sigmaPath, path, covariance, factor } = state;
  const n = mean.length;
  const { weights, effective, sigmaRate, pathRate, meanLength } = constants;
  const steps = Array.from(weights, (_, i) => ranked[i]!.map((x, d) => (x - mean[d]!) / state.sigma));
  const step = mean.map((_, d) => steps.reduce((sum, y, i) => sum + weights[i]! * y[d]!, 0));
  for (let d = 0; d < n; d++) mean[d] = Math.min(1, Math.max(0, mean[d]! + state.sigma * step[d]!));

  const whitened = step.slice();
  solveLower(factor, n, whitened);
  const sigmaGain = Math.sqrt(sigmaRate * (2 - sigmaRate) * effective);
  let square = 0;
  for (let d = 0; d < n; d++) {
    sigmaPath[d] = (1 - sigmaRate) * sigmaPath[d]! + sigmaGain * whitened[d]!;
    square += sigmaPath[d]! * sigmaPath[d]!;
  }
  const length = Math.sqrt(square);
  state.generation++;
  const grown = Math.sqrt(1 - (1 - sigmaRate) ** (2 * state.generation));
  const steady = length / grown < (1.4 + 2 / (n + 1)) * meanLength;
  const gain = steady ? Math.sqrt(pathRate * (2 - pathRate) * effective) : 0;
  for (let d = 0; d < n; d++) path[d] = (1 - pathRate) * path[d]! + gain * step[d]!;

  spread(covariance, { constants, steps, path, lost: steady ? 0 : pathRate * (2 - pathRate) });
  factor.set(covariance);
  if (!choleskyInPlace(factor, n)) restoreFactor(state);
  const change = (sigmaRate / constants.damping) * (length / meanLength - 1);
  state.sigma = Math.min(1, state.sigma * portableExp(Math.min(1, change)));
}

interface Spread {
  readonly constants: Constants;
  readonly steps: readonly Float64Array[];
  readonly path: Float64Array;
  /** Variance that a path held back leaves out. */
  readonly lost: number;
}

function spread(covariance: Float64Array, { constants, steps, path, lost }: Spread): void {
  const { rankOne, rankMany, weights } = constants;
  const n = path.length;
  const keep = 1 - rankOne - rankMany + rankOne * lost;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let many = 0;
      for (let s = 0; s < steps.length; s++) many += weights[s]! * steps[s]![i]! * steps[s]![j]!;
      const value = keep * covariance[i * n + j]! + rankOne * path[i]! * path[j]! + rankMany * many;
      covariance[i * n + j] = value;
      covariance[j * n + i] = value;
    }
  }
}

/** A covariance that rounding has spoilt keeps its variances and forgets the rest. */
function restoreFactor({ covariance, factor, mean }: State): void {
  const n = mean.length;
  for (let i = 0; i < n; i++) {
    const variance = Math.max(covariance[i * n + i]!, 1e-12);
    for (let j = 0; j < n; j++) covariance[i * n + j] = i === j ? variance : 0;
    factor.fill(0, i * n, (i + 1) * n);
    factor[i * n + i] = Math.sqrt(variance);
  }
}
