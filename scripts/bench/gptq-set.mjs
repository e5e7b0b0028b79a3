/** GPTQ of 4096 x 4096 weights for the benchmark: 4 bits, groups of 128, inputs of which neighbours are correlated. */
const size = 4096;

/** What one run does: the factor of the Hessian and the loop. */
export async function gptqSet() {
  const { quantize } = await import('../../dist/quantizers/index.js');
  const { matrix } = await import('../../dist/numeric/matrix.js');
  let state = 1;
  const uniform = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const weights = Float32Array.from({ length: size * size }, () => 0.04 * (uniform() + uniform() + uniform() - 1.5));
  const hessian = new Float32Array(size * size);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) hessian[i * size + j] = 0.9 ** Math.abs(i - j);
  const none = new Float32Array(size);
  const channels = { meanAbs: none, maxAbs: none, squareSum: new Float64Array(size) };
  const calibration = { tokens: size, channels, hessian: matrix(size, size, hessian) };
  return () => quantize('gptq', matrix(size, size, weights), {}, calibration);
}
