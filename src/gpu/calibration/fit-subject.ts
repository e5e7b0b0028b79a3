/**
 * A kernel on a card as a calibration sees it, whatever it computes: which parameters measured rows can tell, and the model under values of them.
 * `gemmSubject` is here; that of fused attention in attention-subject.ts.
 */
import type { GpuDevice, GpuProfile } from '../device/gpu-device.js';
import { gemmModel } from '../gemm/closed-form.js';
import { freeParameters } from '../gemm/free-parameters.js';
import type { GemmCost, GemmShape } from '../gemm/gemm-cost.js';
import { defaultParameters } from '../gemm/gemm-parameters.js';
import type { GpuKernel } from '../kernels/gpu-kernel.js';
import { rowBands, type Band } from './error-bands.js';
import type { ParameterSpec, Parameters } from './parameter-spec.js';

/** Seconds of a shape and what bounds them. */
export interface TimedModel<Shape> {
  time_s(shape: Shape): number;
  cost(shape: Shape): { readonly bound: GemmCost['bound'] };
}

export interface FitSubject<Shape> {
  /** What a fit moves, each starting at its default for card and kernel. */
  readonly free: readonly ParameterSpec[];
  /** Names of those that tell how the rows were timed and nothing about the kernel: fitted, told, and not part of what is simulated. */
  readonly harness: readonly string[];
  /** Bands that errors are told by. */
  readonly bands: readonly Band[];
  /** The model; parameters that are not given have their defaults. */
  model(parameters: Parameters, profile: GpuProfile): TimedModel<Shape>;
}

/** A GEMM kernel on a card. */
export function gemmSubject(device: GpuDevice, kernel: GpuKernel): FitSubject<GemmShape> {
  const defaults = defaultParameters(device, kernel);
  return {
    free: freeParameters(device, kernel),
    harness: [],
    bands: rowBands,
    model: (parameters, profile) => gemmModel(device, kernel, { ...defaults, ...parameters }, profile),
  };
}
