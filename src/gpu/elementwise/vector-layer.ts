/**
 * Layers without products as the kernels that do them.
 *   norm                     one input, one output
 *   elementwise              two inputs (residual, gated activation), one where the name says `activation` alone
 *   softmax                  a kernel of its own; nothing where it is that of an attention (`attention-softmax`), whose fused kernel does it
 *   transform                from one format to another; nothing where a row moves no bits (the layer before writes it so) or the kernel that takes the format
 *                            quantizes for itself (its file has a pass `quantize ...` before)
 */
import { operandBits, type LayerTrace } from '../../trace/layer-trace.js';
import type { GpuDevice, GpuProfile } from '../device/gpu-device.js';
import type { LayerCost } from '../layer-cost.js';
import { vectorKernel, type VectorShape } from './vector-kernel.js';
import type { VectorKind } from './vector-parameters.js';

export interface VectorMachine {
  readonly device: GpuDevice;
  readonly profile: GpuProfile;
  /** Whether the kernel that takes activations of this format makes them itself. */
  quantizes(format: string): boolean;
}

/** One instance of a layer that has no products. */
export function vectorLayer(machine: VectorMachine, layer: LayerTrace): LayerCost {
  const { kind, inputs } = kernelOf(layer);
  if (isPartOfAnother(machine, layer)) return inPassing();
  const elements = layer.m * layer.gemms * layer.n;
  const shape: VectorShape = {
    rows: layer.m * layer.gemms,
    columns: layer.n,
    read_bytes: (elements * inputs * operandBits(layer.activation)) / 8,
    write_bytes: (elements * operandBits(layer.output)) / 8,
  };
  return vectorKernel(machine, kind, shape);
}

/** Whether another kernel does the work of a row: then it takes no time of its own. */
function isPartOfAnother(machine: VectorMachine, layer: LayerTrace): boolean {
  if (layer.kind === 'softmax') return /(^|\/)attention-softmax(@|$)/.test(layer.name);
  if (layer.kind !== 'transform') return false;
  return operandBits(layer.activation) + operandBits(layer.output) === 0 || machine.quantizes(layer.output.format);
}

function kernelOf({ kind, name }: LayerTrace): { readonly kind: VectorKind; readonly inputs: number } {
  if (kind === 'norm' || kind === 'softmax' || kind === 'transform') return { kind, inputs: 1 };
  if (name.endsWith('activation-gate')) return { kind: 'gate', inputs: 2 };
  return { kind: 'add', inputs: name.endsWith('activation') ? 1 : 2 };
}

function inPassing(): LayerCost {
  return {
    time_s: 0,
    seconds: { compute: 0, dequant: 0, laneStall: 0, fill: 0, dramStall: 0, drain: 0, sync: 0, launch: 0 },
    dramRead_bytes: 0,
    dramWrite_bytes: 0,
    l2Read_bytes: 0,
    sharedMemory_bytes: 0,
    conversion_ops: 0,
    bound: 'compute',
  };
}
