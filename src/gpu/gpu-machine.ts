/**
 * A card that charges layers: the kernel of a layer by its formats (or the one that was named), its parameters (fitted, or the default ones), and
 * what a product costs. Models are prepared once per kernel and type of tensor cores.
 */
import { LowbitError } from '../lowbit-error.js';
import type { LayerTrace } from '../trace/layer-trace.js';
import { attentionMachine } from './attention/attention-machine.js';
import { attentionParameter, defaultAttentionParameters } from './attention/attention-parameters.js';
import { halfAttention } from './attention/half-attention.js';
import type { Parameters } from './calibration/parameter-spec.js';
import type { GpuDevice, GpuProfile, TensorType } from './device/gpu-device.js';
import { resolveGpu, type GpuConfig } from './device/gpu-schema.js';
import { vectorLayer, type VectorMachine } from './elementwise/vector-layer.js';
import { defaultParameters, parameterValue } from './gemm/gemm-parameters.js';
import { mathType } from './gemm/tile-table.js';
import { eightBitShare, hasEightBitBlocks, withEightBitBlocks } from './kernels/eight-bit-blocks.js';
import type { GpuKernel, MixedPrecision } from './kernels/gpu-kernel.js';
import { kernelFor, namedKernel, quantizesItself, takes, type OperandFormats } from './kernels/kernel-choice.js';
import type { KernelConfig } from './kernels/kernel-schema.js';
import { withSparseOutliers } from './kernels/sparse-outliers.js';
import type { LayerCost } from './layer-cost.js';
import type { FittedParameters } from './fitted-parameters.js';
import { gemmShapeOf } from './layer-shape.js';
import { fitOf } from './nearest-fit.js';
import { actionEnergies, type ActionEnergies } from './power/power-floor.js';
import { kernelModel, type KernelModel } from './timeline/kernel-model.js';

/** A card, the machine it is measured on, and what it can run. Plain data. */
export interface GpuSetup {
  readonly config: GpuConfig;
  readonly profile: GpuProfile;
  /** Kernels to choose from by formats. */
  readonly kernels: readonly KernelConfig[];
  /** Kernels that were asked for: each holds for the layers whose operands it takes. */
  readonly named: readonly KernelConfig[];
  /** Fitted parameters by kernel name. */
  readonly fitted: Readonly<Record<string, FittedParameters>>;
}

/** A kernel on this card, ready to charge. */
export interface PreparedKernel {
  readonly config: KernelConfig;
  readonly kernel: GpuKernel;
  readonly type: TensorType;
  readonly parameters: Parameters;
  /** What the parameters were fitted to; undefined: they are the default ones. */
  readonly fitted: FittedParameters | undefined;
  /** One instance of a layer that it takes. */
  cost(layer: LayerTrace): LayerCost;
  readonly energies: ActionEnergies;
  /** Energy of a product in either of two precisions; absent: one precision. */
  readonly mixedMac_pJ?: { readonly low: number; readonly high: number };
  /** How products are laid over the SMs; absent: attention. */
  readonly model?: KernelModel;
}

export interface ChargedLayer {
  /** undefined: a layer without products, which no kernel file describes. */
  readonly prepared: PreparedKernel | undefined;
  readonly cost: LayerCost;
}

export interface GpuMachine {
  readonly device: GpuDevice;
  /** Kernels that were used so far. */
  used(): readonly PreparedKernel[];
  /** The kernel of a layer; undefined: it has no products. Throws LowbitError for operands without a kernel. */
  kernelOf(layer: LayerTrace): PreparedKernel | undefined;
  /** One instance of a layer. Throws LowbitError for operands without a kernel. */
  charge(layer: LayerTrace): ChargedLayer;
}

export function gpuMachine(setup: GpuSetup): GpuMachine {
  const device = resolveGpu(setup.config);
  const all = [...setup.kernels, ...setup.named.filter((kernel) => !setup.kernels.includes(kernel))];
  const prepared = new Map<string, PreparedKernel>();
  const byFormats = new Map<string, PreparedKernel>();
  const chosen = (layer: LayerTrace): PreparedKernel => {
    const operands = operandsOf(layer);
    const shares = [eightBitShare(layer.activation), eightBitShare(layer.weight), layer.weight.statistics?.outlierShare];
    const formats = [...Object.values(operands), ...shares].join(' ');
    const known = byFormats.get(formats);
    if (known !== undefined) return known;
    const named = setup.named.find((kernel) => takes(kernel, operands));
    const own = named === undefined ? kernelFor(device, setup.kernels, operands) : namedKernel(device, named, operands, all);
    const kernel = operands.attention ? own : forLayer(device, own, layer);
    const { group, perPartialSum_ops } = kernel.conversion;
    const apart = kernel.after.map(({ outlierShare }) => outlierShare).join(' ');
    const key = [kernel.name, mathType(device, kernel), kernel.passes, perPartialSum_ops === 0 ? '' : group, apart].join(' ');
    const config = named ?? setup.kernels.find(({ name }) => name === kernel.name);
    if (config === undefined) throw new Error(`kernel ${kernel.name} is none of those to choose from`);
    const ready = prepared.get(key) ?? prepare(setup, device, config, kernel);
    prepared.set(key, ready);
    byFormats.set(formats, ready);
    return ready;
  };
  const vectors = vectorMachine(setup, device);
  const kernelOf = (layer: LayerTrace): PreparedKernel | undefined => (hasProducts(layer) ? placed(layer, chosen) : undefined);
  return {
    device,
    used: () => [...prepared.values()],
    kernelOf,
    charge: (layer) => {
      const ready = kernelOf(layer);
      return { prepared: ready, cost: ready === undefined ? vectorLayer(vectors, layer) : ready.cost(layer) };
    },
  };
}

function operandsOf({ kind, activation, weight }: LayerTrace): Required<OperandFormats> {
  return {
    activation: activation.format,
    weight: weight.format,
    attention: kind !== 'gemm',
    twoPrecisions: hasEightBitBlocks(activation) && !hasEightBitBlocks(weight),
  };
}

/** The kernel with what these very operands take of it. */
function forLayer(device: GpuDevice, kernel: GpuKernel, { activation, weight }: LayerTrace): GpuKernel {
  return withSparseOutliers(withEightBitBlocks(device, kernel, [activation, weight]), weight);
}

function hasProducts({ kind }: LayerTrace): boolean {
  return kind === 'gemm' || kind === 'attention-qk' || kind === 'attention-pv';
}

function vectorMachine({ kernels, profile }: GpuSetup, device: GpuDevice): VectorMachine {
  return { device, profile, quantizes: (format) => quantizesItself(device, kernels, format) };
}

/** Errors about operands name the layer. */
function placed(layer: LayerTrace, chosen: (layer: LayerTrace) => PreparedKernel): PreparedKernel {
  try {
    return chosen(layer);
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    const { place } = error.details;
    throw new LowbitError(error.what, { ...error.details, place: `layer ${layer.name}${place === undefined ? '' : ` on ${place}`}` });
  }
}

function prepare(setup: GpuSetup, device: GpuDevice, config: KernelConfig, kernel: GpuKernel): PreparedKernel {
  const fitted = fitOf(setup.fitted, kernel);
  const type = mathType(device, kernel);
  const ready = { config, kernel, type, fitted };
  if (kernel.attention !== undefined) {
    const parameters = { ...defaultAttentionParameters(kernel), ...fitted?.parameters };
    const machine = attentionMachine(device, kernel, parameters, setup.profile);
    const energies = actionEnergies(device, type, attentionParameter({ ...parameters, ...kernel.parameters }, 'tensorPower'));
    return { ...ready, parameters, energies, cost: (layer) => halfAttention(machine, layer) };
  }
  const parameters = { ...defaultParameters(device, kernel), ...fitted?.parameters };
  const model = kernelModel({ device, kernel, parameters, profile: setup.profile }, setup.config);
  const tensorPower = parameterValue({ ...kernel.parameters, ...parameters }, 'tensorPower');
  return {
    ...ready,
    parameters,
    energies: actionEnergies(device, type, tensorPower),
    ...(kernel.mixed === undefined ? {} : { mixedMac_pJ: mixedEnergies(device, kernel.mixed, tensorPower) }),
    model,
    cost: (layer) => model.cost(gemmShapeOf(layer, kernel)),
  };
}

function mixedEnergies(device: GpuDevice, { low, high }: MixedPrecision, tensorPower: number): { low: number; high: number } {
  const mac_pJ = (type: TensorType): number => actionEnergies(device, type, tensorPower).mac_pJ;
  return { low: mac_pJ(low.math), high: mac_pJ(high.math) };
}
