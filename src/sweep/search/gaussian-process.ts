/**
 * Gaussian process over points of a space: what is known of a function from a few of its values, with how sure one can be.
 * Source: Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), algorithm 2.1 and section 5.4.1.
 * Covariance: product over dimensions of Matern 5/2, k(r) = (1 + s + s^2/3) e^-s with s = sqrt(5) r / length, r the distance of two positions
 * over the length of their axis (positions are ranks; what values stand there is not known here), plus a nugget on the diagonal. A product needs
 * one table per dimension and no exponential per pair.
 * The variance that maximises the likelihood has a closed form; lengths and nugget are found by coordinate search on a grid of factor sqrt(2)
 * (nugget: factor 10) from the last ones, with a log-normal prior of one and a half octaves (in e) around half an axis on the lengths, which
 * few points cannot tell. Left out: lengths between the steps of the grid, a mean other than a constant.
 */
import { choleskyInPlace, solveLower, solveLowerTransposed } from '../../numeric/cholesky.js';
import { portableExp, portableLn } from '../../numeric/logarithm.js';

/** Covariance along each dimension, by length and distance in positions. Tables are kept: a search comes back to the same few lengths. */
export interface Correlations {
  readonly dimensions: number;
  readonly table: (d: number, length: number) => Float64Array;
}

export interface Hyperparameters {
  /** Steps of sqrt(2) from half an axis, one per dimension. */
  readonly lengths: readonly number[];
  /** Power of ten. */
  readonly nugget: number;
}

export interface Observations {
  readonly correlations: Correlations;
  /** Row by row. */
  readonly digits: Int32Array;
  readonly values: Float64Array;
}

export interface Prediction {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

export interface GaussianProcess {
  readonly hyperparameters: Hyperparameters;
  /** Of points given row by row. */
  predict(digits: Int32Array): Prediction;
}

const LENGTH_STEPS = 8;
const LEAST_NUGGET = -8;
const MOST_NUGGET = -1;
/** Standard deviation of the prior on ln(length), and the logarithm of a step. */
const PRIOR_DEVIATION = 1.5;
const ROUNDS = 8;

export function initialHyperparameters(dimensions: number): Hyperparameters {
  return { lengths: new Array<number>(dimensions).fill(0), nugget: -6 };
}

/** The process given the observations (at least one), its hyperparameters searched from `start`. */
export function fitGaussianProcess(observations: Observations, start: Hyperparameters): GaussianProcess {
  return gaussianProcess(observations, likeliest(observations, start));
}

/** The process with given hyperparameters. */
export function gaussianProcess(observations: Observations, hyperparameters: Hyperparameters): GaussianProcess {
  const { correlations, digits, values } = observations;
  const count = values.length;
  const centre = values.reduce((sum, value) => sum + value, 0) / count;
  const { tables, nugget, factor, weights, variance } = solved(observations, hyperparameters, centre);
  const { dimensions } = correlations;
  return {
    hyperparameters,
    predict(points) {
      const asked = points.length / dimensions;
      const mean = new Float64Array(asked);
      const deviation = new Float64Array(asked);
      const column = new Float64Array(count);
      for (let p = 0; p < asked; p++) {
        let sum = 0;
        for (let i = 0; i < count; i++) {
          let product = 1;
          for (let d = 0; d < dimensions; d++) {
            product *= tables[d]![Math.abs(digits[i * dimensions + d]! - points[p * dimensions + d]!)]!;
          }
          column[i] = product;
          sum += product * weights[i]!;
        }
        solveLower(factor, count, column);
        let explained = 0;
        for (let i = 0; i < count; i++) explained += column[i]! * column[i]!;
        mean[p] = centre + sum;
        deviation[p] = Math.sqrt(variance * Math.max(0, 1 + nugget - explained));
      }
      return { mean, deviation };
    },
  };
}

export function correlationsOf(sizes: readonly number[]): Correlations {
  const kept = sizes.map(() => new Map<number, Float64Array>());
  return {
    dimensions: sizes.length,
    table(d, length) {
      const known = kept[d]!.get(length);
      if (known !== undefined) return known;
      const made = matern(sizes[d]!, 0.5 * rootOfTwoTo(length));
      kept[d]!.set(length, made);
      return made;
    },
  };
}

/** Matern 5/2 by distance in positions. */
function matern(size: number, length: number): Float64Array {
  return Float64Array.from({ length: size }, (_, distance) => {
    const s = size === 1 ? 0 : (Math.sqrt(5) * distance) / (size - 1) / length;
    return s > 600 ? 0 : (1 + s + (s * s) / 3) * portableExp(-s);
  });
}

/** sqrt(2) ** step by multiplication. */
function rootOfTwoTo(step: number): number {
  let power = 1;
  for (let i = 0; i < Math.abs(step); i++) power *= Math.SQRT2;
  return step < 0 ? 1 / power : power;
}

interface Solved {
  readonly tables: readonly Float64Array[];
  readonly nugget: number;
  readonly factor: Float64Array;
  readonly weights: Float64Array;
  readonly variance: number;
  /** Logarithm of the concentrated likelihood and the prior, up to a constant. */
  readonly logPosterior: number;
}

function solved(observations: Observations, { lengths, nugget }: Hyperparameters, centre: number): Solved {
  const { correlations, values } = observations;
  const count = values.length;
  const tables = lengths.map((length, d) => correlations.table(d, length));
  const factor = new Float64Array(count * count);
  // Points next to each other on a long length are nearly the same row; more nugget keeps the matrix positive definite.
  let noise = tenTo(nugget);
  while (!factored(factor, observations, tables, noise)) noise *= 10;
  const weights = values.map((value) => value - centre);
  solveLower(factor, count, weights);
  let square = 0;
  for (const weight of weights) square += weight * weight;
  solveLowerTransposed(factor, count, weights);
  // A constant function has no variance of its own; the least positive one keeps logarithms finite.
  const variance = Math.max(square / count, 1e-30);
  let logDeterminant = 0;
  for (let i = 0; i < count; i++) logDeterminant += 2 * portableLn(factor[i * count + i]!);
  let prior = 0;
  for (const step of lengths) prior += ((step * Math.LN2) / 2 / PRIOR_DEVIATION) ** 2;
  return { tables, nugget: noise, factor, weights, variance, logPosterior: -0.5 * (count * portableLn(variance) + logDeterminant + prior) };
}

/** Fills the correlation matrix of the observations and factors it; false when it is not positive definite. */
function factored(factor: Float64Array, { digits, values }: Observations, tables: readonly Float64Array[], noise: number): boolean {
  const dimensions = tables.length;
  const count = values.length;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      let product = 1;
      for (let d = 0; d < dimensions; d++) {
        product *= tables[d]![Math.abs(digits[i * dimensions + d]! - digits[j * dimensions + d]!)]!;
      }
      factor[i * count + j] = product;
    }
    factor[i * count + i] = 1 + noise;
  }
  return choleskyInPlace(factor, count);
}

function tenTo(power: number): number {
  return Number(`1e${power}`);
}

function likeliest(observations: Observations, start: Hyperparameters): Hyperparameters {
  const { values } = observations;
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
  const score = (candidate: Hyperparameters): number => solved(observations, candidate, centre).logPosterior;
  let best = start;
  let bestScore = score(best);
  for (let round = 0, improved = true; improved && round < ROUNDS; round++) {
    improved = false;
    for (const candidate of stepsFrom(best)) {
      const found = score(candidate(best));
      if (found <= bestScore) continue;
      best = candidate(best);
      bestScore = found;
      improved = true;
    }
  }
  return best;
}

/** Moves of the coordinate search: every length two steps and one step either way, then the nugget. */
function stepsFrom({ lengths }: Hyperparameters): ((from: Hyperparameters) => Hyperparameters)[] {
  const moves = lengths.flatMap((_, d) =>
    [-2, 2, -1, 1].map((step) => (from: Hyperparameters) => ({
      ...from,
      lengths: from.lengths.map((length, at) => (at === d ? clamped(length + step, -LENGTH_STEPS, LENGTH_STEPS) : length)),
    })),
  );
  const nuggets = [-1, 1].map((step) => (from: Hyperparameters) => ({
    ...from,
    nugget: clamped(from.nugget + step, LEAST_NUGGET, MOST_NUGGET),
  }));
  return [...moves, ...nuggets];
}

function clamped(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
