/**
 * The integer program of LQ-LoRA at its published size for the benchmark: the 224 matrices of 32 layers like those of Llama-3-8B x 432
 * configurations, prices by the storage formula, errors that fall by about 6 dB per bit and rise with blocks and coarse scales, each with seeded noise.
 */

const shapes = [
  [4096, 4096],
  [1024, 4096],
  [1024, 4096],
  [4096, 4096],
  [14336, 4096],
  [14336, 4096],
  [4096, 14336],
];

/** What one run does: the least error at 2.75 bits per weight, proven. */
export async function allocationSet() {
  const { allocate } = await import('../../dist/codesign/allocation/index.js');
  const { lqLoraBits, lqLoraConfigurations } = await import('../../dist/codesign/lq-lora-configurations.js');
  const { seededRandom } = await import('../../dist/numeric/random.js');
  const { normal } = seededRandom(1);
  const configurations = lqLoraConfigurations();
  const items = Array.from({ length: 32 }, (_, layer) =>
    shapes.map(([rows = 0, cols = 0], i) => ({ name: `${layer}.${i}`, weights: rows * cols })),
  ).flat();
  const tables = items.map(({ weights }) => {
    const scale = weights * 4e-4 * Math.exp(0.7 * normal());
    const slope = 2 + 0.05 * normal();
    return configurations.map((configuration) => {
      const { bits, block, scaleBits, scaleBlock } = configuration;
      const scales = 1 + 2 ** (-2 * scaleBits) * (1 + 0.3 * Math.log2(scaleBlock / 16));
      const error = scale * 2 ** (-slope * bits) * (1 + 0.35 * Math.log2(block / 16)) * scales * (1 + 0.002 * normal());
      return { error, cost: weights * lqLoraBits(configuration) };
    });
  });
  const problem = {
    items,
    options: configurations.map(({ name }) => name),
    error: Float64Array.from(tables.flat(), ({ error }) => error),
    cost: Float64Array.from(tables.flat(), ({ cost }) => cost),
    budget: 2.75 * items.reduce((sum, { weights }) => sum + weights, 0),
  };
  return async () => {
    const { error, errorBound = NaN } = await allocate('ilp', problem);
    if (!(error - errorBound <= 1e-12 * error)) throw new Error(`not proven: ${error} above ${errorBound}`);
  };
}
