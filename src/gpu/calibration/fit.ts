/**
 * Fit of physical parameters to measured GEMMs: least mean |ln(simulated / measured)|, which weighs twice as slow and half as fast alike and gives
 * single wrong rows little pull. Parameters move within their physical ranges only, on a logarithmic axis where they say so.
 * Way: CMA-ES (numeric/cma-es.ts) from a few starts on a sample of the rows, then on all rows from the best of them with what it has learnt. The first start is where the
 * parameters say, the others are drawn. What is returned is rounded to 4 significant digits, and its value is that of the rounded parameters.
 * Left out: weights of rows, priors.
 */
import { minimumInBox, type Minimum } from '../../numeric/cma-es.js';
import { portableExp, portableLn } from '../../numeric/logarithm.js';
import { seededRandom, type Random } from '../../numeric/random.js';
import type { GemmModel, GemmShape } from '../gemm/gemm-cost.js';
import { pairHash } from './pair-folds.js';
import type { ParameterSpec, Parameters } from './parameter-spec.js';

/** One measured GEMM as the model sees it. */
export interface FitRow {
  readonly shape: GemmShape;
  readonly latency_s: number;
}

export interface FitTask {
  readonly rows: readonly FitRow[];
  readonly specs: readonly ParameterSpec[];
  /** The model under values of the specs. */
  readonly modelOf: (parameters: Parameters) => Pick<GemmModel, 'time_s'>;
  readonly seed: number;
  readonly effort?: FitEffort;
}

export interface FitEffort {
  readonly starts: number;
  /** Rows of the sample that starts are searched on. */
  readonly sampleRows: number;
  readonly sampleEvaluations: number;
  /** Evaluations on all rows, from the best start. */
  readonly evaluations: number;
}

export const standardEffort: FitEffort = { starts: 3, sampleRows: 300, sampleEvaluations: 1000, evaluations: 600 };

export interface Fit {
  readonly parameters: Parameters;
  /** Mean |ln(simulated / measured)| over all rows. */
  readonly loss: number;
  readonly evaluations: number;
}

export function fitParameters(task: FitTask): Fit {
  const effort = task.effort ?? standardEffort;
  const { rows, specs } = task;
  const lossOn = (some: readonly FitRow[]): ((x: Float64Array) => number) => {
    const logs = Float64Array.from(some, ({ latency_s }) => portableLn(latency_s));
    return (x) => meanLogError(task.modelOf(valuesAt(specs, x)), some, logs);
  };
  const [onAll, onSample] = [lossOn(rows), lossOn(sampleOf(rows, effort.sampleRows))];
  let evaluations = 0;
  let best: Minimum | undefined;
  for (let start = 0; start < effort.starts; start++) {
    const random = seededRandom(task.seed + start);
    const options = { random, sigma: start === 0 ? 0.12 : 0.2, evaluations: effort.sampleEvaluations };
    const found = minimumInBox(onSample, startPoint(specs, start === 0 ? undefined : random), options);
    evaluations += found.evaluations;
    if (best === undefined || found.value < best.value) best = found;
  }
  if (best === undefined) throw new RangeError('a fit needs at least one start');
  const random = seededRandom(task.seed + effort.starts);
  const { covariance } = best;
  const last = minimumInBox(onAll, best.x, { random, sigma: 2 * best.sigma, covariance, evaluations: effort.evaluations });
  const parameters = rounded(specs, valuesAt(specs, last.x));
  return { parameters, loss: onAll(pointAt(specs, parameters)), evaluations: evaluations + last.evaluations };
}

/** At most `count` rows, those of the least hashes of their shape: the same ones in whatever order rows stand. */
function sampleOf(rows: readonly FitRow[], count: number): readonly FitRow[] {
  if (rows.length <= count) return rows;
  const hash = ({ shape, latency_s }: FitRow): number => pairHash(shape.n * 31 + shape.m, shape.k) + latency_s;
  return rows
    .map((row) => ({ row, hash: hash(row) }))
    .sort((a, b) => a.hash - b.hash)
    .slice(0, count)
    .map(({ row }) => row);
}

function meanLogError(model: Pick<GemmModel, 'time_s'>, rows: readonly FitRow[], logs: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < rows.length; i++) {
    const time_s = model.time_s(rows[i]!.shape);
    if (!(time_s > 0)) return Infinity;
    sum += Math.abs(portableLn(time_s) - logs[i]!);
  }
  return sum / rows.length;
}

/** Values of the parameters at a point of the unit box. */
function valuesAt(specs: readonly ParameterSpec[], x: Float64Array): Parameters {
  return Object.fromEntries(
    specs.map(({ name, low, high, logarithmic }, i) => {
      const at = x[i] ?? 0;
      return [name, logarithmic ? low * portableExp(at * portableLn(high / low)) : low + at * (high - low)];
    }),
  );
}

/** Point of the unit box at values of the parameters. */
function pointAt(specs: readonly ParameterSpec[], values: Parameters): Float64Array {
  return Float64Array.from(specs, ({ name, low, high, start, logarithmic }) => {
    const value = values[name] ?? start;
    return logarithmic ? portableLn(value / low) / portableLn(high / low) : (value - low) / (high - low);
  });
}

/** Where the parameters say, or a point around it, drawn. */
function startPoint(specs: readonly ParameterSpec[], random: Random | undefined): Float64Array {
  const start = pointAt(specs, {});
  return random === undefined ? start : start.map((x) => Math.min(1, Math.max(0, x + 0.25 * random.normal())));
}

/** To 4 significant digits, within the range. */
function rounded(specs: readonly ParameterSpec[], values: Parameters): Parameters {
  return Object.fromEntries(
    specs.map(({ name, low, high, start }) => [name, Math.min(high, Math.max(low, Number((values[name] ?? start).toPrecision(4))))]),
  );
}
