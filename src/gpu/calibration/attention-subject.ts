/**
 * Fused attention on a card as a calibration sees it. Rows of decode tell launch, blocks, latency along the keys, DRAM, overlap and the merging of
 * a split context; tensor cores, softmax and CUDA cores show in too few of them and stay what the kernel file says. What L2 still holds of the
 * call before (`keptInL2`) belongs to the loop that was timed: in a model other layers run in between (docs/gpu/attention.md).
 */
import { attentionBound, fusedAttention } from '../attention/fused-attention.js';
import { attentionMachine } from '../attention/attention-machine.js';
import { attentionParameters, defaultAttentionParameters } from '../attention/attention-parameters.js';
import type { AttentionShape } from '../attention/attention-shape.js';
import type { GpuDevice } from '../device/gpu-device.js';
import type { GpuKernel } from '../kernels/gpu-kernel.js';
import { keyBands } from './error-bands.js';
import type { FitSubject } from './fit-subject.js';

const told = new Set(['launch_us', 'block_us', 'stepLatency_us', 'dramEfficiency', 'overlapLoss', 'splitFixed_us', 'keptInL2']);

/** An attention kernel on a card. Throws for a kernel of products. */
export function attentionSubject(device: GpuDevice, kernel: GpuKernel): FitSubject<AttentionShape> {
  const defaults = defaultAttentionParameters(kernel);
  return {
    free: attentionParameters
      .filter(({ name }) => told.has(name) && kernel.parameters[name] === undefined)
      .map((spec) => ({ ...spec, start: defaults[spec.name] ?? spec.start })),
    harness: ['keptInL2'],
    bands: keyBands,
    model: (parameters, profile) => {
      const machine = attentionMachine(device, kernel, { ...defaults, ...parameters }, profile);
      return {
        time_s: (shape) => fusedAttention(machine, shape).time_s,
        cost: (shape) => ({ bound: attentionBound(machine, fusedAttention(machine, shape)) }),
      };
    },
  };
}
