/** Rates of the GPU model for the benchmark: GEMMs a second of the closed form on one core, and seconds of one fit on 5,000 measured rows. */

/** @typedef {{ unit: string, target: number, atLeast: boolean, measure: () => Promise<number> }} GpuRate */

const sides = [256, 512, 1024, 1536, 2560, 4096, 7168, 12288, 16384];
const rows = [1, 4, 16, 48, 128, 320, 1024, 4096];

/** Card, kernel and default parameters of the fit that most rows are there for. */
async function subject() {
  const { loadGpu, shippedKernels } = await import('../../dist/config/gpu-catalogue.js');
  const { resolveGpu, healthyCard } = await import('../../dist/gpu/device/gpu-schema.js');
  const { kernelFor } = await import('../../dist/gpu/kernels/kernel-choice.js');
  const { gemmModel } = await import('../../dist/gpu/gemm/closed-form.js');
  const { defaultParameters } = await import('../../dist/gpu/gemm/gemm-parameters.js');
  const device = resolveGpu(loadGpu('a100-80gb-sxm').config);
  const kernel = kernelFor(device, shippedKernels(), { activation: 'bf16', weight: 'bf16' });
  return { device, kernel, model: gemmModel(device, kernel, defaultParameters(device, kernel), healthyCard) };
}

/** Shapes of a grid, as many as asked for, none twice. */
function shapes(/** @type {number} */ count) {
  const grid = sides.flatMap((n) => sides.flatMap((k) => rows.map((m) => ({ m, n, k }))));
  return Array.from({ length: count }, (_, i) => {
    const { m, n, k } = /** @type {{ m: number, n: number, k: number }} */ (grid[i % grid.length]);
    return { m: m + Math.floor(i / grid.length), n, k, activation_bits: 16, weight_bits: 16, output_bits: 16 };
  });
}

async function closedFormRate() {
  const { model } = await subject();
  const all = shapes(5000);
  let [sum, best] = [0, 0];
  for (let run = 0; run < 7; run++) {
    const start = performance.now();
    for (const shape of all) sum += model.time_s(shape);
    best = Math.max(best, all.length / ((performance.now() - start) / 1000));
  }
  if (!(sum > 0)) throw new Error('the closed form gave no time');
  return best;
}

/** Rows timed by the model itself, a tenth off up or down by turns. */
async function fitSeconds() {
  const { device, kernel, model } = await subject();
  const { calibrate } = await import('../../dist/gpu/calibration/calibrate.js');
  const { gemmSubject } = await import('../../dist/gpu/calibration/fit-subject.js');
  const measured = shapes(5000).map((shape, i) => {
    const latency_s = model.time_s(shape) * (i % 2 === 0 ? 0.9 : 1.1);
    return { shape, latency_s, pair: { n: shape.n, k: shape.k }, along: shape.m };
  });
  const start = performance.now();
  calibrate({ kind: 'kernel', subject: gemmSubject(device, kernel), rows: measured, folds: 0, seed: 0 });
  return (performance.now() - start) / 1000;
}

/** @type {Record<string, GpuRate>} */
export const gpuRates = {
  'gpu closed form': { unit: 'GEMMs/s', target: 200_000, atLeast: true, measure: closedFormRate },
  'gpu fit, 5000 rows': { unit: 's', target: 60, atLeast: false, measure: fitSeconds },
};
