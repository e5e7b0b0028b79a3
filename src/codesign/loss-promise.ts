/**
 * What a sum of single errors promises of the whole model: the difference of its log-perplexity from the model in float32, nats per token, with an
 * interval. Single errors leave out what items do to each other; so some assignments are measured whole (anchors), on windows of the calibration text:
 *   divergence(S) = base + slope S (1 + growth S)        growth >= 0: what items do to each other grows with how much noise there is
 *                 = base + slope S / (1 - growth S)      growth < 0: predictions cannot get worse for ever
 * with base the divergence where no item is changed, and slope and growth by least squares of errors relative to the whole divergence [ours]. Both forms
 * rise with S: the order of assignments is that of their sums. Divergences are fitted because they have little noise. The loss rises by `ratio` times as
 * much, measured as the sum of loss differences over that of divergences: for small changes the variance of a loss difference is twice the divergence
 * (second order of ln p/q), and where variance grows with size a ratio of sums is the best linear estimate. Of a model whose probabilities are true on
 * that text it is 1.
 * Interval: bootstrap. Every draw takes windows anew, fits curve and ratio, and applies one of the relative errors that anchors have when they are left
 * out of the fit (Stone, "Cross-validatory choice and assessment of statistical predictions", J. R. Stat. Soc. B 36(2), 1974) and, since two assignments
 * that are equally far from float32 do not lose equally much, the distance of the loss of one anchor from `ratio` times its divergence, in units of the
 * root of the divergence.
 * Left out: that another text is another text; that the assignments of a front were chosen for small sums, unless there are such among the anchors.
 */
import { seededRandom } from '../numeric/random.js';

/** By window of the calibration text, against the model in float32. */
export interface WholeLoss {
  readonly divergence_nats: readonly number[];
  readonly lossDifference_nats: readonly number[];
}

/** An assignment that was measured whole. */
export interface Anchor extends WholeLoss {
  /** Of the errors of its items. */
  readonly sum: number;
}

export interface Promised {
  readonly mean: number;
  /** 95 % interval. */
  readonly low: number;
  readonly high: number;
}

export interface PromiseCurve {
  readonly base: number;
  readonly slope: number;
  readonly growth: number;
}

export interface LossPromise {
  readonly curve: PromiseCurve;
  /** Loss difference for one nat of divergence. */
  readonly ratio: Promised;
  /** Of every anchor: its divergence over what the others promise for it, less 1. */
  readonly leftOut: readonly number[];
  /** Of a sum of errors. */
  at(sum: number): Promised;
}

const DRAWS = 2000;
const TAIL = 0.025;

/** Needs at least three anchors of different positive sums. `base`: no item changed. */
export function lossPromise(base: WholeLoss, anchors: readonly Anchor[], seed: number): LossPromise {
  const all = Array.from(base.divergence_nats, (_, w) => w);
  const curve = fitted(base, anchors, all);
  const leftOut = anchors.map((anchor, k) => relativeError(anchor, fitted(base, anchors.toSpliced(k, 1), all)));
  const own = ratioOf(anchors, all);
  const apart = anchors.map((anchor) => lossApart(anchor, own));
  const random = seededRandom(seed);
  const draws = Array.from({ length: DRAWS }, () => {
    const windows = all.map(() => random.integer(all.length));
    return {
      curve: fitted(base, anchors, windows),
      ratio: ratioOf(anchors, windows),
      error: leftOut[random.integer(leftOut.length)]!,
      apart: apart[random.integer(apart.length)]!,
    };
  });
  const ratio = { mean: own, ...percentiles(draws.map((draw) => draw.ratio)) };
  return {
    curve,
    ratio,
    leftOut,
    at(sum) {
      const { low, high } = percentiles(
        draws.map((draw) => {
          const divergence = Math.max(0, divergenceAt(draw.curve, sum) * (1 + draw.error));
          return draw.ratio * divergence + draw.apart * Math.sqrt(divergence);
        }),
      );
      const mean = ratio.mean * divergenceAt(curve, sum);
      // A draw of few anchors can leave its own centre out.
      return { mean, low: Math.min(low, mean), high: Math.max(high, mean) };
    },
  };
}

/** A measured mean and its 95 % interval; null: a single window. */
interface Measured {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * `withinInterval`: the promised mean lies in the measured interval. `holds`: both means are no farther apart than the halves of both intervals that face
 * each other, added as squares, as errors that know nothing of each other add. null: not measured, or without an interval.
 */
export function judged(
  promised: Promised,
  measured: Measured | undefined,
): { readonly withinInterval: boolean | null; readonly holds: boolean | null } {
  if (measured === undefined || measured.low === null || measured.high === null) return { withinInterval: null, holds: null };
  const { mean, low, high } = measured;
  const [own, other] = promised.mean < mean ? [promised.high - promised.mean, mean - low] : [promised.mean - promised.low, high - mean];
  return {
    withinInterval: promised.mean >= low && promised.mean <= high,
    holds: (promised.mean - mean) ** 2 <= own ** 2 + other ** 2,
  };
}

/** Of a sum of errors; below 0, which errors within their noise can be, that of no item changed: no anchor says more, and a divergence has no sign. @internal */
export function divergenceAt({ base, slope, growth }: PromiseCurve, sum: number): number {
  if (sum <= 0) return base;
  return base + slope * sum * (growth >= 0 ? 1 + growth * sum : 1 / (1 - growth * sum));
}

function relativeError({ sum, divergence_nats }: Anchor, curve: PromiseCurve): number {
  return meanOf(divergence_nats) / divergenceAt(curve, sum) - 1;
}

/** By how much the loss of an anchor is more than `ratio` times its divergence, in roots of divergence: a loss difference varies with that root. */
function lossApart({ divergence_nats, lossDifference_nats }: Anchor, ratio: number): number {
  const divergence = meanOf(divergence_nats);
  return divergence > 0 ? (meanOf(lossDifference_nats) - ratio * divergence) / Math.sqrt(divergence) : 0;
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function over(values: readonly number[], windows: readonly number[]): number {
  let sum = 0;
  for (const w of windows) sum += values[w]!;
  return sum / windows.length;
}

function ratioOf(anchors: readonly Anchor[], windows: readonly number[]): number {
  const total = (read: (anchor: Anchor) => readonly number[]): number =>
    anchors.reduce((sum, anchor) => sum + over(read(anchor), windows), 0);
  const divergence = total(({ divergence_nats }) => divergence_nats);
  return divergence > 0 ? Math.max(0, total(({ lossDifference_nats }) => lossDifference_nats) / divergence) : 1;
}

function percentiles(values: readonly number[]): { readonly low: number; readonly high: number } {
  const sorted = Float64Array.from(values).sort();
  return { low: sorted[Math.floor(TAIL * sorted.length)]!, high: sorted[Math.ceil((1 - TAIL) * sorted.length) - 1]! };
}

/** One anchor of a fit: its sum, what is above the base, and the weight of a squared error. */
interface Point {
  readonly sum: number;
  readonly above: number;
  readonly weight: number;
}

function fitted(base: WholeLoss, anchors: readonly Anchor[], windows: readonly number[]): PromiseCurve {
  const level = over(base.divergence_nats, windows);
  const points = anchors.flatMap(({ sum, divergence_nats }): Point[] => {
    const whole = over(divergence_nats, windows);
    return sum > 0 && whole > 0 ? [{ sum, above: whole - level, weight: 1 / whole ** 2 }] : [];
  });
  return { base: level, ...(rising(points) ?? bending(points) ?? straight(points)) };
}

type Shape = Pick<PromiseCurve, 'slope' | 'growth'>;

/** above = slope S + slope growth S^2. */
function rising(points: readonly Point[]): Shape | undefined {
  const line = weightedLine(points.map(({ sum, above, weight }) => ({ x: sum, y: above / sum, weight: weight * sum ** 2 })));
  return line !== undefined && line.at0 > 0 && line.slope >= 0 ? { slope: line.at0, growth: line.slope / line.at0 } : undefined;
}

/** S / above = (1 + |growth| S) / slope; an error of `above` is (S / above^2) times as much here. */
function bending(points: readonly Point[]): Shape | undefined {
  const line = weightedLine(
    points.flatMap(({ sum, above, weight }) => (above > 0 ? [{ x: sum, y: sum / above, weight: weight * (above ** 2 / sum) ** 2 }] : [])),
  );
  return line !== undefined && line.at0 > 0 && line.slope >= 0 ? { slope: 1 / line.at0, growth: -line.slope / line.at0 } : undefined;
}

function straight(points: readonly Point[]): Shape {
  const [up, down] = points.reduce(([a, b], { sum, above, weight }) => [a + weight * above * sum, b + weight * sum ** 2], [0, 0]);
  return { slope: down > 0 ? Math.max(0, up / down) : 1, growth: 0 };
}

interface Weighed {
  readonly x: number;
  readonly y: number;
  readonly weight: number;
}

/** Least squares; undefined where all x are one. */
function weightedLine(points: readonly Weighed[]): { readonly at0: number; readonly slope: number } | undefined {
  const total = points.reduce((sum, { weight }) => sum + weight, 0);
  const x = points.reduce((sum, point) => sum + point.weight * point.x, 0) / total;
  const y = points.reduce((sum, point) => sum + point.weight * point.y, 0) / total;
  let [both, spread] = [0, 0];
  for (const point of points) {
    both += point.weight * (point.x - x) * (point.y - y);
    spread += point.weight * (point.x - x) ** 2;
  }
  return spread > 0 ? { at0: y - (both / spread) * x, slope: both / spread } : undefined;
}
