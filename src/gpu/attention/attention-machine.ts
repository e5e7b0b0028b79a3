/** A card and an attention kernel as the closed form needs them: seconds per unit of work. */
import type { GpuDevice, GpuProfile, TensorType } from '../device/gpu-device.js';
import { mathType } from '../gemm/tile-table.js';
import type { GpuKernel, KernelAttention } from '../kernels/gpu-kernel.js';
import { actionEnergies, powerFloor, type PowerFloor } from '../power/power-floor.js';
import type { Parameters } from '../calibration/parameter-spec.js';
import { attentionParameter } from './attention-parameters.js';

export interface AttentionMachine {
  readonly kernel: GpuKernel;
  readonly attention: KernelAttention;
  readonly sms: number;
  /** One multiply-accumulate of an SM's tensor cores. */
  readonly mac_s: number;
  /** One lane operation of an SM: conversion, product on CUDA cores. */
  readonly laneOp_s: number;
  /** Softmax of one score on an SM. */
  readonly score_s: number;
  /** Lane operations of one score. */
  readonly score_ops: number;
  readonly dram_sPerByte: number;
  readonly l2_sPerByte: number;
  readonly kept_bytes: number;
  readonly l2_bytes: number;
  readonly launch_s: number;
  readonly block_s: number;
  readonly step_s: number;
  readonly split_s: number;
  readonly overlapLoss: number;
  readonly softmaxOverlap: number;
  readonly power: PowerFloor;
}

/** Share of L2 bandwidth that loads of tiles reach: the start value of GEMMs. */
const L2_EFFICIENCY = 0.8;
/** Scale, maximum, subtraction and sum of a score; its exponential runs on the special function units. Counted in FlashAttention-2, algorithm 1. */
const LANE_OPS_PER_SCORE = 4;

/** Prepares a kernel on a card. Throws for a kernel that is not one of attention. */
export function attentionMachine(device: GpuDevice, kernel: GpuKernel, parameters: Parameters, profile: GpuProfile): AttentionMachine {
  const { attention } = kernel;
  if (attention === undefined) throw new Error(`${kernel.name} is no attention kernel`);
  const value = (name: string): number => attentionParameter({ ...parameters, ...kernel.parameters }, name);
  const type: TensorType = mathType(device, kernel);
  const clock_Hz = device.clock_MHz * 1e6 * profile.clockFactor;
  const { cuda } = device;
  const lanes = attention.lanes === 'half2' ? cuda.int32_opPerClockPerSm : cuda.fp32_fmaPerClockPerSm;
  return {
    kernel,
    attention,
    sms: device.sms,
    mac_s: 1 / (clock_Hz * (device.tensor_macPerClockPerSm[type] ?? 0) * value('tensorEfficiency')),
    laneOp_s: 1 / (clock_Hz * lanes * value('cudaEfficiency')),
    score_s: (LANE_OPS_PER_SCORE / cuda.fp32_fmaPerClockPerSm + 1 / cuda.sfu_opPerClockPerSm) / clock_Hz,
    score_ops: LANE_OPS_PER_SCORE + 1,
    dram_sPerByte: 1 / (device.dram.bandwidth_GBps * 1e9 * value('dramEfficiency')),
    l2_sPerByte: 1 / (device.l2.bytesPerClock * clock_Hz * L2_EFFICIENCY),
    kept_bytes: device.l2.size_MiB * 2 ** 20 * value('keptInL2'),
    l2_bytes: device.l2.size_MiB * 2 ** 20,
    launch_s: (value('launch_us') + profile.launch_us) * 1e-6,
    block_s: value('block_us') * 1e-6,
    step_s: value('stepLatency_us') * 1e-6,
    split_s: value('splitFixed_us') * 1e-6,
    overlapLoss: value('overlapLoss'),
    softmaxOverlap: value('softmaxOverlap'),
    power: powerFloor(device, actionEnergies(device, type, value('tensorPower'))),
  };
}
