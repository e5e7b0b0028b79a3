import { describe, expect, it } from 'vitest';
import { loadFitted } from '../../../src/config/fitted-file.js';
import { loadGpu, shippedKernels } from '../../../src/config/gpu-catalogue.js';
import { healthyCard, resolveGpu } from '../../../src/gpu/device/gpu-schema.js';
import { gemmModel } from '../../../src/gpu/gemm/closed-form.js';
import { defaultParameters } from '../../../src/gpu/gemm/gemm-parameters.js';
import { kernelFor } from '../../../src/gpu/kernels/kernel-choice.js';

const device = resolveGpu(loadGpu('a100-80gb-sxm').config);
const kernel = kernelFor(device, shippedKernels(), { activation: 'fp16', weight: 'fp16' });
const fitted = loadFitted('a100-80gb-sxm');
const parameters = { ...defaultParameters(device, kernel), ...fitted?.kernels[kernel.name]?.parameters };
const vidur = fitted?.profiles['vidur'];
if (vidur === undefined) throw new Error('the shipped fit of the A100 has no profile vidur');
const model = gemmModel(device, kernel, parameters, { ...vidur, name: 'vidur' });
/** Without the power limit of that board, which makes its long waves slopes. */
const healthy = gemmModel(device, kernel, parameters, healthyCard);
const shape = (m: number) => ({ m, n: 12288, k: 4096, activation_bits: 16, weight_bits: 16, output_bits: 16 });
const time_us = (m: number): number => model.time_s(shape(m)) * 1e6;
const healthy_us = (m: number): number => healthy.time_s(shape(m)) * 1e6;

/** Vidur (MIT), A100, n 12288, k 4096, medians of steps in microseconds. */
const steps: readonly (readonly [m: number, us: number])[] = [
  [64, 66],
  [128, 75],
  [200, 119],
  [300, 164],
  [464, 226],
  [680, 350],
  [872, 450],
  [1056, 472],
];

describe('wave quantization of an A100', () => {
  it.each(steps)('takes the step of %i rows, %d us, within 12 percent', (m, us) => {
    expect(Math.abs(time_us(m) / us - 1)).toBeLessThan(0.12);
  });

  it('is stairs and not a line on a card at full power: flat inside a wave, a jump where another one begins', () => {
    expect(healthy_us(1024) / healthy_us(904)).toBeLessThan(1.03);
    expect(healthy_us(257) / healthy_us(256)).toBeGreaterThan(1.2);
    expect(healthy_us(513) / healthy_us(512)).toBeGreaterThan(1.15);
  });
});
