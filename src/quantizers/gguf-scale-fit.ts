/**
 * Scale of a sub-block of 16 of Q3_K and Q6_K: value = scale * q with q in -n..n-1, weights w = x^2.
 *   Q6_K (n = 32)  q = rne(x * -(n + 0.1 i) / extreme) for i = 0, -9..-1, 1..9; the trial of largest (Swxl)^2 / Swll is kept
 *   Q3_K (n = 4)   q = rne(x * -n / extreme), then up to 5 passes over the elements, each of which takes the code that fits the others best
 *                  when that makes (Swxl)^2 / Swll larger
 * scale = Swxl / Swll; `extreme` is the signed value of largest magnitude (the first of several); below 1e-15 all codes and the scale are 0. Every operation is rounded to float32.
 * Source: reference quantizers of llama.cpp's ggml without an importance matrix (facts of the rule). Sums that underflow give scale 0.
 */
import { roundHalfEven } from '../numeric/rounding.js';

const f = Math.fround;
const PASSES = 5;
const TRIALS = 9;
/** Magnitudes below this count as zero. */
export const SMALLEST_EXTREME = 1e-15;

/** A sub-block being fitted. */
export interface ScaleFit {
  readonly x: Float32Array;
  /** Signed integers, -n .. n-1. */
  readonly q: Int8Array;
  readonly trial: Int8Array;
}

export function scaleFit(length: number): ScaleFit {
  return { x: new Float32Array(length), q: new Int8Array(length), trial: new Int8Array(length) };
}

/** Value of largest magnitude, the first of several; 0 when all are zero. */
export function signedExtreme(values: Float32Array): number {
  let extreme = 0;
  for (const value of values) if (Math.abs(value) > Math.abs(extreme)) extreme = value;
  return extreme;
}

interface Sums {
  xl: number;
  ll: number;
}

function assign(x: Float32Array, q: Int8Array, iscale: number, n: number): Sums {
  const sums = { xl: 0, ll: 0 };
  for (let i = 0; i < x.length; i++) {
    const code = Math.max(-n, Math.min(n - 1, roundHalfEven(f(iscale * x[i]!))));
    q[i] = code;
    const w = f(x[i]! * x[i]!);
    sums.xl = f(sums.xl + f(f(w * x[i]!) * code));
    sums.ll = f(sums.ll + f(f(w * code) * code));
  }
  return sums;
}

/** Scale of a sub-block of Q6_K; sets q. */
export function fitByTrials({ x, q, trial }: ScaleFit, n: number): number {
  const extreme = signedExtreme(x);
  if (Math.abs(extreme) < SMALLEST_EXTREME) {
    q.fill(-n);
    return 0;
  }
  const first = assign(x, q, f(-n / extreme), n);
  let scale = first.ll > 0 ? f(first.xl / first.ll) : 0;
  let best = f(scale * first.xl);
  for (let i = -TRIALS; i <= TRIALS; i++) {
    if (i === 0) continue;
    const { xl, ll } = assign(x, trial, f(-f(n + f(f(0.1) * i)) / extreme), n);
    if (!(ll > 0 && f(xl * xl) > f(best * ll))) continue;
    q.set(trial);
    scale = f(xl / ll);
    best = f(scale * xl);
  }
  return scale;
}

/** Scale of a sub-block of Q3_K; sets q. */
export function fitByPasses({ x, q }: ScaleFit, n: number): number {
  const extreme = signedExtreme(x);
  if (Math.abs(extreme) < SMALLEST_EXTREME) {
    q.fill(-n);
    return 0;
  }
  const sums = assign(x, q, f(-n / extreme), n);
  for (let pass = 0; pass < PASSES && improve(x, q, sums, n); pass++);
  return sums.ll > 0 ? f(sums.xl / sums.ll) : 0;
}

/** One pass over the elements; whether a code changed. */
function improve(x: Float32Array, q: Int8Array, sums: Sums, n: number): boolean {
  let changed = false;
  for (let i = 0; i < x.length; i++) {
    const [value, code] = [x[i]!, q[i]!];
    const w = f(value * value);
    let xl = f(sums.xl - f(f(w * value) * code));
    if (!(xl > 0)) continue;
    let ll = f(sums.ll - f(f(w * code) * code));
    const better = Math.max(-n, Math.min(n - 1, roundHalfEven(f(f(value * ll) / xl))));
    if (better === code) continue;
    xl = f(xl + f(f(w * value) * better));
    ll = f(ll + f(f(w * better) * better));
    if (!(ll > 0 && f(f(xl * xl) * sums.ll) > f(f(sums.xl * sums.xl) * ll))) continue;
    q[i] = better;
    sums.xl = xl;
    sums.ll = ll;
    changed = true;
  }
  return changed;
}
