/**
 * Scale and min of a sub-block of Q2_K, Q4_K and Q5_K: value = scale * code + min with min <= 0, fitted by weighted least squares.
 *   start    min = min(0, min x), code = rne(qmax (x - min) / (max - min)), scale = (max - min) / qmax
 *   trial i  code with (qmax + r0 + 0.1 i) / (max - min) around the best min so far, i = 0..steps; then the least-squares scale and min for
 *            those codes (min > 0: min = 0, scale = Swxl / Swll); kept when the weighted error is strictly smaller
 * Weights and error: Q2_K w = |x|, absolute; Q4_K and Q5_K w = rms(x) + |x|, squared. Every operation is rounded to float32.
 * Source: reference quantizers of llama.cpp's ggml without an importance matrix (facts of the rule).
 */
import { roundHalfEven } from '../numeric/rounding.js';

/** How a type fits its sub-blocks. */
export interface AffineRule {
  readonly qmax: number;
  /** r0: added to qmax in the first trial. */
  readonly start: number;
  readonly steps: number;
  readonly absolute: boolean;
}

/** A sub-block being fitted; `length` of x, weights and codes count. */
export interface AffineFit {
  readonly length: number;
  readonly x: Float32Array;
  readonly weights: Float32Array;
  readonly codes: Uint8Array;
  readonly trial: Uint8Array;
  /** Result; `min` is at most 0. */
  scale: number;
  min: number;
}

export function affineFit(length: number): AffineFit {
  const [x, weights] = [new Float32Array(length), new Float32Array(length)];
  return { length, x, weights, codes: new Uint8Array(length), trial: new Uint8Array(length), scale: 0, min: 0 };
}

const f = Math.fround;

/** |x|. */
export function magnitudeWeights({ x, weights }: AffineFit): void {
  for (let i = 0; i < x.length; i++) weights[i] = Math.abs(x[i]!);
}

/** rms(x) + |x|. */
export function rmsWeights({ x, weights }: AffineFit): void {
  let squares = 0;
  for (const value of x) squares = f(squares + f(value * value));
  const rms = f(Math.sqrt(f(squares / x.length)));
  for (let i = 0; i < x.length; i++) weights[i] = f(rms + Math.abs(x[i]!));
}

/** Fits x under the weights; sets codes, scale and min. */
export function fitAffine(fit: AffineFit, rule: AffineRule): void {
  const { x, codes, trial } = fit;
  let max = x[0]!;
  fit.min = x[0]!;
  for (const value of x) {
    if (value < fit.min) fit.min = value;
    if (value > max) max = value;
  }
  if (fit.min > 0) fit.min = 0;
  if (max === fit.min) {
    codes.fill(0);
    fit.scale = 0;
    return;
  }
  const iscale = f(rule.qmax / f(max - fit.min));
  fit.scale = f(1 / iscale);
  assign(fit, codes, iscale, rule.qmax);
  let best = weightedError(fit, codes, fit, rule.absolute);
  for (let i = 0; i <= rule.steps; i++) {
    const numerator = f(f(f(rule.start) + f(f(0.1) * i)) + rule.qmax);
    assign(fit, trial, f(numerator / f(max - fit.min)), rule.qmax);
    const solution = leastSquares(fit);
    if (solution === undefined) continue;
    const error = weightedError(fit, trial, solution, rule.absolute);
    if (!(error < best)) continue;
    best = error;
    codes.set(trial);
    fit.scale = solution.scale;
    fit.min = solution.min;
  }
}

function assign({ x, min, length }: AffineFit, codes: Uint8Array, iscale: number, qmax: number): void {
  for (let i = 0; i < length; i++) codes[i] = Math.max(0, Math.min(qmax, roundHalfEven(f(iscale * f(x[i]! - min)))));
}

/** Scale and min that fit the trial codes best; undefined when all codes are equal. */
function leastSquares({ x, weights, trial, length }: AffineFit): { readonly scale: number; readonly min: number } | undefined {
  let [sumW, sumX, sumL, sumL2, sumXL] = [0, 0, 0, 0, 0];
  for (let i = 0; i < length; i++) {
    const [w, code] = [weights[i]!, trial[i]!];
    const wl = f(w * code);
    sumW = f(sumW + w);
    sumX = f(sumX + f(w * x[i]!));
    sumL = f(sumL + wl);
    sumL2 = f(sumL2 + f(wl * code));
    sumXL = f(sumXL + f(wl * x[i]!));
  }
  const determinant = f(f(sumW * sumL2) - f(sumL * sumL));
  if (!(determinant > 0)) return undefined;
  const scale = f(f(f(sumW * sumXL) - f(sumX * sumL)) / determinant);
  const min = f(f(f(sumL2 * sumX) - f(sumL * sumXL)) / determinant);
  return min > 0 ? { scale: f(sumXL / sumL2), min: 0 } : { scale, min };
}

function weightedError(
  { x, weights, length }: AffineFit,
  codes: Uint8Array,
  { scale, min }: { readonly scale: number; readonly min: number },
  absolute: boolean,
): number {
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const difference = f(f(f(scale * codes[i]!) + min) - x[i]!);
    sum = f(sum + f(weights[i]! * (absolute ? Math.abs(difference) : f(difference * difference))));
  }
  return sum;
}
