/**
 * Fit of physical parameters to measured times: least mean |ln(simulated / measured)|, which weighs twice as slow and half as fast alike and gives
 * single wrong rows little pull. Parameters move within their physical ranges only, on a logarithmic axis where they say so.
 * Way: CMA-ES (numeric/cma-es.ts) from several starts on a sample of the rows; the best go on, at last one on all rows, each with what it has learnt
 * (successive halving: valleys of nearly equal parameters are many). The first start is where the parameters say, the others are drawn.
 * What is returned is rounded to 4 significant digits, and its value is that of the rounded parameters.
 * Left out: weights of rows, priors.
 */
import { minimumInBox, type Minimum } from '../../numeric/cma-es.js';
import { portableExp, portableLn } from '../../numeric/logarithm.js';
import { seededRandom, type Random } from '../../numeric/random.js';
import type { GemmShape } from '../gemm/gemm-cost.js';
import type { TimedModel } from './fit-subject.js';
import { pairHash, type Pair } from './pair-folds.js';
import type { ParameterSpec, Parameters } from './parameter-spec.js';

/** One measured call as the model sees it. */
export interface FitRow<Shape = GemmShape> {
  readonly shape: Shape;
  readonly latency_s: number;
  /** The configuration that a curve of rows shares: n and k of a GEMM, heads and queries of an attention. */
  readonly pair: Pair;
  /** Where on the curve the row stands: m of a GEMM, keys of an attention. */
  readonly along: number;
}

export interface FitTask<Shape = GemmShape> {
  readonly rows: readonly FitRow<Shape>[];
  readonly specs: readonly ParameterSpec[];
  /** The model under values of the specs. */
  readonly modelOf: (parameters: Parameters) => Pick<TimedModel<Shape>, 'time_s'>;
  readonly seed: number;
  readonly effort?: FitEffort;
}

/** Evaluations of a round of starts, each going on with what it has learnt before; the best of them go on to the next round. */
export interface FitRound {
  readonly starts: number;
  readonly evaluations: number;
  /** Rows of the sample; absent: all rows. */
  readonly sampleRows?: number;
}
export type FitEffort = readonly FitRound[];

const standardEffort: FitEffort = [
  { starts: 8, evaluations: 450, sampleRows: 300 },
  { starts: 3, evaluations: 500, sampleRows: 300 },
  { starts: 2, evaluations: 400 },
  { starts: 1, evaluations: 600 },
];

export interface Fit {
  readonly parameters: Parameters;
  /** Mean |ln(simulated / measured)| over all rows. */
  readonly loss: number;
  readonly evaluations: number;
}

export function fitParameters<Shape>(task: FitTask<Shape>): Fit {
  const effort = task.effort ?? standardEffort;
  const { rows, specs } = task;
  const lossOn = (some: readonly FitRow<Shape>[]): ((x: Float64Array) => number) => {
    const logs = Float64Array.from(some, ({ latency_s }) => portableLn(latency_s));
    return (x) => meanLogError(task.modelOf(valuesAt(specs, x)), some, logs);
  };
  let evaluations = 0;
  let searches = Array.from({ length: effort[0]?.starts ?? 0 }, (_, start) => firstSearch(specs, start, seededRandom(task.seed + start)));
  for (const { starts, evaluations: most, sampleRows } of effort) {
    const loss = lossOn(sampleRows === undefined ? rows : sampleOf(rows, sampleRows));
    searches = searches.slice(0, starts).map((search) => {
      const found = minimumInBox(loss, search.x, { ...search, evaluations: most });
      evaluations += found.evaluations;
      return { ...found, random: search.random };
    });
    searches.sort((a, b) => a.value - b.value);
  }
  const [best] = searches;
  if (best === undefined) throw new RangeError('a fit needs at least one start');
  const parameters = rounded(specs, valuesAt(specs, best.x));
  return { parameters, loss: lossOn(rows)(pointAt(specs, parameters)), evaluations };
}

/** A search that rounds continue. */
interface Search extends Pick<Minimum, 'x' | 'value' | 'sigma'> {
  readonly random: Random;
  readonly covariance?: Float64Array;
}

/** The first start is where the parameters say, the others are drawn around it. */
function firstSearch(specs: readonly ParameterSpec[], start: number, random: Random): Search {
  return { x: startPoint(specs, start === 0 ? undefined : random), value: Infinity, sigma: start === 0 ? 0.12 : 0.2, random };
}

/** At most `count` rows, those of the least hashes of their shape: the same ones in whatever order rows stand. */
function sampleOf<Shape>(rows: readonly FitRow<Shape>[], count: number): readonly FitRow<Shape>[] {
  if (rows.length <= count) return rows;
  const hash = ({ pair, along, latency_s }: FitRow<Shape>): number => pairHash(pair.n * 31 + along, pair.k) + latency_s;
  return rows
    .map((row) => ({ row, hash: hash(row) }))
    .sort((a, b) => a.hash - b.hash)
    .slice(0, count)
    .map(({ row }) => row);
}

function meanLogError<Shape>(model: Pick<TimedModel<Shape>, 'time_s'>, rows: readonly FitRow<Shape>[], logs: Float64Array): number {
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
