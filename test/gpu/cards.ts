/** Cards and layers for tests of the GPU model. */
import { loadGpu, loadKernel, shippedKernels } from '../../src/config/gpu-catalogue.js';
import { operandFormat } from '../../src/formats/index.js';
import { healthyCard } from '../../src/gpu/device/gpu-schema.js';
import type { GpuSetup } from '../../src/gpu/gpu-machine.js';
import { simulateGpu } from '../../src/gpu/simulate.js';
import type { LayerTrace } from '../../src/trace/layer-trace.js';
import type { SimulationResult } from '../../src/trace/simulation-result.js';

/** A card with the kernels that formats choose and default parameters. */
export function card(name: string, settings: readonly string[] = [], named: readonly string[] = []): GpuSetup {
  return {
    config: loadGpu(name, settings).config,
    profile: healthyCard,
    kernels: shippedKernels(),
    named: named.map((kernel) => loadKernel(kernel)),
    fitted: {},
  };
}

/** A GEMM with operands of these formats. */
export function gemm([m, n, k]: readonly [number, number, number], formats: readonly [string, string] = ['bf16', 'bf16']): LayerTrace {
  const [activation, weight] = formats.map(operandFormat) as [LayerTrace['activation'], LayerTrace['weight']];
  const output = operandFormat('bf16');
  return { name: `${m}x${n}x${k}`, kind: 'gemm', m, n, k, gemms: 1, repeat: 1, sharedOperand: 'weight', activation, weight, output };
}

export function run(setup: GpuSetup, layers: readonly LayerTrace[]): Omit<SimulationResult, 'workload'> {
  return simulateGpu(setup, [{ layers }], {});
}
