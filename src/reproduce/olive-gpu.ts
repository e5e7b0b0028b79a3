/**
 * OliVe (ISCA 2023) on a GPU: time and energy of five models on tensor cores of an RTX 2080 Ti that decode outlier-victim pairs, against GOBO (FP16
 * products), 8-bit tensor cores, and ANT, mean over models. Linear layers without lm_head of 64 sequences of 128 tokens, as in the part on systolic arrays.
 *   speedup = seconds of the other / seconds of OliVe        energyRatio = energy of the other / energy of OliVe (DRAM, L2, products, conversion, idle)
 * ANT is taken at 8 bits everywhere: on this card that is 8-bit tensor cores. Left out: attention, vector operations, energy of the decoders.
 */
import { unknownName } from '../lowbit-error.js';
import type { GpuSetup } from '../gpu/gpu-machine.js';
import { simulateGpu } from '../gpu/simulate.js';
import type { KernelConfig } from '../gpu/kernels/kernel-schema.js';
import { schemeSchema } from '../trace/scheme-config.js';
import type { Totals } from '../trace/simulation-result.js';
import { workload } from '../trace/workload/workload.js';
import { gpuReproduction } from './gpu-reproduction.js';
import { arithmeticMean } from './gpu-bench.js';
import { oliveModels } from './olive.js';
import type { PublishedTable } from './published-table.js';
import type { Reproduction, ReproductionInputs } from './reproduction.js';

const GPU = 'rtx-2080-ti';
const BATCH = 64;
const TOKENS = 128;

interface System {
  readonly activation: string;
  readonly weight: string;
  readonly kernel?: string;
}

const OURS: System = { activation: 'olive4', weight: 'olive4', kernel: 'olive-ovp' };
const others: Readonly<Record<string, System>> = {
  GOBO: { activation: 'fp16', weight: 'gobo3', kernel: 'gobo-gpu' },
  'INT8 tensor cores': { activation: 'int8', weight: 'int8', kernel: 'cutlass-w8a8' },
  ANT: { activation: 'int8', weight: 'int8', kernel: 'cutlass-w8a8' },
};

export const oliveGpuGpus: readonly string[] = [GPU];
export const oliveGpuKernels: readonly string[] = ['olive-ovp', 'gobo-gpu', 'cutlass-w8a8'];

const figures = { speedup: ({ latency_s }: Totals) => latency_s, energyRatio: ({ energy_pJ }: Totals) => energy_pJ ?? NaN };

/** Published means beside ours. */
export function reproduceOliveGpu(published: PublishedTable, inputs: ReproductionInputs): Reproduction {
  const known = new Map<string, Totals>();
  const totals = (model: string, system: System): Totals => {
    const key = `${model} ${system.kernel ?? system.weight}`;
    const found = known.get(key) ?? simulated(inputs, model, system);
    known.set(key, found);
    return found;
  };
  const mean = (figure: (totals: Totals) => number, row: string): number => {
    const other = Object.hasOwn(others, row) ? others[row] : undefined;
    if (other === undefined) throw unknownName('system of OliVe on GPUs', row, Object.keys(others));
    return arithmeticMean(oliveModels.map((model) => figure(totals(model, other)) / figure(totals(model, OURS))));
  };
  return gpuReproduction(
    published,
    { speedup: (row) => mean(figures.speedup, row), energyRatio: (row) => mean(figures.energyRatio, row) },
    () => [`${BATCH} sequences of ${TOKENS} tokens, linear layers without lm_head; one precision for all of them`],
  );
}

function simulated({ gpus = {}, kernels = {}, models }: ReproductionInputs, name: string, system: System): Totals {
  const setup = Object.hasOwn(gpus, GPU) ? gpus[GPU] : undefined;
  if (setup === undefined) throw unknownName('GPU of OliVe', GPU, Object.keys(gpus));
  const model = models[name];
  if (model === undefined) throw unknownName('model of OliVe', name, Object.keys(models));
  const { activation, weight } = system;
  const scheme = schemeSchema.parse({
    name: 'olive-gpu',
    weight: { format: weight },
    activation: { format: activation },
    kv: { format: 'fp16' },
  });
  const segments = workload(model, scheme, { phase: 'prefill', batch: BATCH, context: TOKENS }).segments.map(({ phase, layers }) => ({
    phase,
    layers: layers.filter(({ kind, name: layer }) => kind === 'gemm' && layer !== 'lm_head'),
  }));
  return simulateGpu(withKernel(setup, kernels, system), segments, {}).totals;
}

function withKernel(setup: GpuSetup, kernels: Readonly<Record<string, KernelConfig>>, { kernel }: System): GpuSetup {
  if (kernel === undefined) return setup;
  const found = Object.hasOwn(kernels, kernel) ? kernels[kernel] : undefined;
  if (found === undefined) throw unknownName('kernel of OliVe', kernel, Object.keys(kernels));
  return { ...setup, named: [found] };
}
