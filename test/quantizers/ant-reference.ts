/** The released quantizers of ANT and OliVe written as plainly as possible: what the fast implementation must equal bit by bit. */

/** The nearest-value kernel in float32. */
export function kernel(x: number, order: ArrayLike<number>): number {
  let best = 102400;
  let chosen = 0;
  for (let i = 0; i < order.length; i++) {
    const distance = Math.fround(Math.abs(x - order[i]!));
    if (distance <= best) {
      best = distance;
      chosen = order[i]!;
    }
  }
  return chosen;
}

/** Fake-quantized values of one scale unit at a clip value. */
export function quantizedAt(x: Float32Array, alpha: number, order: ArrayLike<number>, gridMax: number): Float32Array {
  const scale = Math.fround(alpha / gridMax);
  if (scale === 0) return new Float32Array(x.length);
  return x.map((value) => Math.fround(kernel(Math.fround(value / scale), order) * scale));
}

/** float32 mean squared error, squares rounded one by one. */
export function meanSquaredError(output: Float32Array, x: Float32Array): number {
  let sum = 0;
  output.forEach((value, i) => {
    const error = Math.fround(value - x[i]!);
    sum += Math.fround(error * error);
  });
  return Math.fround(sum / x.length);
}

/** Best output over the clip candidates; `outputAt` maps a clip value to the quantized unit. */
export function searched(x: Float32Array, base: number, percents: readonly number[], outputAt: (alpha: number) => Float32Array) {
  let best: { output: Float32Array; mse: number } | undefined;
  for (const percent of percents) {
    const output = outputAt(Math.fround(base * Math.fround(percent * 0.01)));
    const mse = meanSquaredError(output, x);
    if (best === undefined || mse < best.mse) best = { output, mse };
  }
  return best!;
}

/** low, low + step, ... below high. */
export function percents(low: number, high: number, step: number): number[] {
  return Array.from({ length: Math.ceil((high - low) / step) }, (_, i) => low + i * step);
}

/** OliVe's base of the clip candidates: three standard deviations (over N - 1) from the mean, on the wider side. */
export function threeSigma(x: Float32Array): number {
  const center = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.length === 1 ? 0 : x.reduce((sum, value) => sum + (value - center) ** 2, 0) / (x.length - 1);
  const mean = Math.fround(center);
  const three = Math.fround(3 * Math.fround(Math.sqrt(variance)));
  return Math.max(Math.abs(Math.fround(mean + three)), Math.abs(Math.fround(mean - three)));
}
