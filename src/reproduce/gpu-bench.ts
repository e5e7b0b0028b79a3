/**
 * GEMMs and linear layers on the GPUs of a reproduction: a kernel by name or by formats, on a card at its own clock or a locked one, with parameters
 * fitted on that card or on the nearest one (nothing is tuned per paper). Times are kernel times on a healthy card; `launch_us` adds a host.
 * Left out: what is not a GEMM.
 */
import { LowbitError, unknownName } from '../lowbit-error.js';
import { operandFormat } from '../formats/index.js';
import type { GpuDevice } from '../gpu/device/gpu-device.js';
import type { Parameters } from '../gpu/calibration/parameter-spec.js';
import { healthyCard, resolveGpu } from '../gpu/device/gpu-schema.js';
import type { GemmCost, GemmModel } from '../gpu/gemm/gemm-cost.js';
import { defaultParameters } from '../gpu/gemm/gemm-parameters.js';
import type { FittedParameters } from '../gpu/fitted-parameters.js';
import { kernelFor, namedKernel } from '../gpu/kernels/kernel-choice.js';
import type { KernelConfig } from '../gpu/kernels/kernel-schema.js';
import { fitOf } from '../gpu/nearest-fit.js';
import { scheduledModel } from '../gpu/timeline/scheduled-model.js';
import { isDecoder, type ModelConfig } from '../trace/model/model-config.js';
import { decoderMatrices } from '../trace/model/weight-matrices.js';
import type { ReproductionInputs } from './reproduction.js';

/** Output features and input features of a weight. */
export interface WeightShape {
  readonly n: number;
  readonly k: number;
}

/** How a product is run. */
export interface GemmRun {
  readonly gpu: string;
  /** Absent: chosen by formats. */
  readonly kernel?: string;
  /** Operand formats by the names of `lowbit list formats`. */
  readonly activation: string;
  readonly weight: string;
  /** Absent: bf16 or fp16, as the activation; fp16 for integers. */
  readonly output?: string;
  /** Clock that is locked; absent: that of the card. */
  readonly clock_MHz?: number;
  /** Of the host, added to every kernel; absent: 0. */
  readonly launch_us?: number;
}

export interface GpuBench {
  /** Seconds of rows x weight. Throws LowbitError for an unknown card or kernel, and for operands that it does not take. */
  time_s(run: GemmRun, rows: number, shape: WeightShape): number;
  cost(run: GemmRun, rows: number, shape: WeightShape): GemmCost;
  /** Physical parameters that the run is charged with, by the names of the GEMM model. */
  parameters(run: GemmRun): Parameters;
  device(gpu: string): GpuDevice;
  /** A kernel that the reproduction names. */
  kernel(name: string): KernelConfig;
  /** Where the parameters of every kernel that ran come from. */
  notes(): string[];
}

interface Ready {
  readonly parameters: Parameters;
  readonly model: GemmModel;
  readonly bits: { readonly activation_bits: number; readonly weight_bits: number; readonly output_bits: number };
}

export function gpuBench({ gpus = {}, kernels = {} }: ReproductionInputs): GpuBench {
  const devices = new Map<string, GpuDevice>();
  const prepared = new Map<string, Ready>();
  const origins = new Map<string, Set<string>>();
  const device = (name: string): GpuDevice => {
    const known = devices.get(name);
    if (known !== undefined) return known;
    const resolved = resolveGpu(setupOf(name).config);
    devices.set(name, resolved);
    return resolved;
  };
  const setupOf = (name: string): NonNullable<typeof gpus>[string] => {
    const setup = Object.hasOwn(gpus, name) ? gpus[name] : undefined;
    if (setup === undefined) throw unknownName('GPU of the reproduction', name, Object.keys(gpus));
    return setup;
  };
  const kernelNamed = (name: string): KernelConfig => {
    const found = Object.hasOwn(kernels, name) ? kernels[name] : undefined;
    if (found === undefined) throw unknownName('kernel of the reproduction', name, Object.keys(kernels));
    return found;
  };
  const prepare = (run: GemmRun): Ready => {
    const setup = setupOf(run.gpu);
    const card = device(run.gpu);
    const named = run.kernel === undefined ? undefined : (setup.kernels.find(({ name }) => name === run.kernel) ?? kernelNamed(run.kernel));
    const kernel =
      named === undefined
        ? kernelFor(card, setup.kernels, run)
        : namedKernel(card, named, run, [...setup.kernels, ...Object.values(kernels)]);
    const fitted = fitOf(setup.fitted, kernel);
    const origin = originOf(run.gpu, fitted);
    origins.set(origin, (origins.get(origin) ?? new Set<string>()).add(kernel.name));
    const parameters = { ...defaultParameters(card, kernel), ...fitted?.parameters };
    const clockFactor = run.clock_MHz === undefined ? 1 : run.clock_MHz / card.clock_MHz;
    const profile = { ...healthyCard, clockFactor, launch_us: run.launch_us ?? 0 };
    return { parameters, model: scheduledModel({ device: card, kernel, parameters, profile }), bits: bitsOf(run) };
  };
  const ready = (run: GemmRun): Ready => {
    const key = JSON.stringify([run.gpu, run.kernel, run.activation, run.weight, run.output, run.clock_MHz, run.launch_us]);
    const known = prepared.get(key);
    if (known !== undefined) return known;
    const made = prepare(run);
    prepared.set(key, made);
    return made;
  };
  return {
    time_s: (run, m, { n, k }) => {
      const { model, bits } = ready(run);
      return model.time_s({ m, n, k, ...bits });
    },
    cost: (run, m, { n, k }) => {
      const { model, bits } = ready(run);
      return model.cost({ m, n, k, ...bits });
    },
    parameters: (run) => ready(run).parameters,
    device,
    kernel: kernelNamed,
    notes: () => [...origins].map(([origin, names]) => `${[...names].join(', ')} on ${origin}`),
  };
}

function bitsOf({ activation, weight, output = /^(bf16|fp16)$/.test(activation) ? activation : 'fp16' }: GemmRun): Ready['bits'] {
  const bits = (name: string): number => {
    const { payload_bitsPerElement, metadata_bitsPerElement } = operandFormat(name);
    return payload_bitsPerElement + metadata_bitsPerElement;
  };
  return { activation_bits: bits(activation), weight_bits: bits(weight), output_bits: bits(output) };
}

function originOf(gpu: string, fitted: FittedParameters | undefined): string {
  if (fitted === undefined) return `${gpu}: default parameters of the GEMM model, not fitted`;
  const { from, like } = fitted;
  const of = like === undefined ? '' : ` of ${like}`;
  return `${gpu}: parameters${of} fitted on ${from}${from === gpu ? '' : ', the nearest card that was measured'}`;
}

/** Seconds of a list of products, one after the other. */
export function total_s(bench: GpuBench, run: GemmRun, rows: number, shapes: readonly WeightShape[]): number {
  return shapes.reduce((sum, shape) => sum + bench.time_s(run, rows, shape), 0);
}

/** Weights of a block of a decoder in the order they run, QKV as one and gate with up as one. Throws LowbitError for other models and mixtures. */
export function blockWeights(model: ModelConfig): WeightShape[] {
  if (!isDecoder(model) || model.experts !== undefined)
    throw new LowbitError('linear layers of a block are those of a decoder without experts', { value: model.name });
  const { qkv, output, feedForward } = decoderMatrices(model);
  const together = (matrices: readonly WeightShape[]): WeightShape[] =>
    matrices.length === 0 ? [] : [{ n: matrices.reduce((sum, { n }) => sum + n, 0), k: matrices[0]!.k }];
  return [together(qkv), together(output), together(feedForward.slice(0, -1)), together(feedForward.slice(-1))].flat();
}

export function arithmeticMean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function geometricMean(values: readonly number[]): number {
  return values.reduce((product, value) => product * value, 1) ** (1 / values.length);
}
