/** Random GEMMs of 16-bit floats on an A100 for the benchmark, through the closed form of the GPU model. */

/** GEMMs in a run. */
export const gemmCount = 20_000;

/** What one run does: the time of each GEMM, m 1..8192, n and k 256..16384, uniform. */
export async function gemmSet() {
  const { loadGpu, shippedKernels } = await import('../../dist/config/gpu-catalogue.js');
  const { resolveGpu } = await import('../../dist/gpu/device/gpu-schema.js');
  const { gemmModel } = await import('../../dist/gpu/gemm/closed-form.js');
  const { defaultParameters } = await import('../../dist/gpu/gemm/gemm-parameters.js');
  const { kernelFor } = await import('../../dist/gpu/kernels/kernel-choice.js');
  const device = resolveGpu(loadGpu('a100-80gb-sxm').config);
  const kernel = kernelFor(device, shippedKernels(), { activation: 'bf16', weight: 'bf16' });
  const model = gemmModel(device, kernel, defaultParameters(device, kernel), { name: 'bench', launch_us: 0, clockFactor: 1 });
  let state = 1;
  const integer = (/** @type {number} */ low, /** @type {number} */ high) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + Math.floor((state / 2 ** 32) * (high - low + 1));
  };
  const shapes = Array.from({ length: gemmCount }, () => ({
    m: integer(1, 8192),
    n: integer(256, 16384),
    k: integer(256, 16384),
    activation_bits: 16,
    weight_bits: 16,
    output_bits: 16,
  }));
  return () => shapes.reduce((sum, shape) => sum + model.time_s(shape), 0);
}
