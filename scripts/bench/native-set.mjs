/** Layers of Llama-3-8B and -70B, decode and prefill, on machines of the native model for the benchmark: every mapping searched anew in each run. */

/** Machine, weight, activation. */
const machines = [
  ['bitmod-native', 'bitmod-fp4-g128', 'fp16'],
  ['fp16-native', 'int4-g128', 'fp16'],
  ['ant-native', 'ant4', 'ant4'],
  ['bitfusion-native', 'int8', 'int8'],
  ['int8-systolic', 'int8', 'int8'],
];
const tokens = [1, 16, 256, 2048];
/** n x k of one layer each. */
const matrices = [
  [4096, 4096],
  [1024, 4096],
  [14336, 4096],
  [4096, 14336],
  [28672, 8192],
];

/** Layers in a run. */
export const nativeLayers = machines.length * tokens.length * matrices.length;

/** What one run does: the activity of each layer. */
export async function nativeSet() {
  const { loadAccelerator } = await import('../../dist/config/catalogue.js');
  const { timingNamed } = await import('../../dist/accelerator/timing/index.js');
  const { operandFormat } = await import('../../dist/formats/index.js');
  const context = { energy_pJ: () => null };
  const all = machines.flatMap(([name = '', weight = '', activation = '']) => {
    const { config } = loadAccelerator(name);
    const formats = { weight: operandFormat(weight), activation: operandFormat(activation), output: operandFormat(activation) };
    return tokens.flatMap((m) =>
      matrices.map(([n = 0, k = 0]) => ({
        machine: timingNamed('native').machine(config, config.array, context),
        layer: /** @type {const} */ ({ name, kind: 'gemm', m, n, k, gemms: 1, repeat: 1, sharedOperand: 'weight', ...formats }),
      })),
    );
  });
  return () => all.map(({ machine, layer }) => machine.activity(layer).cycles.total);
}
